"""The section `unused`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ....opencode.installed import InstalledSkill
from ...query import records
from ...section import Part, Request, Section
from . import sheet
from .rows import UnusedRow


@dataclass(frozen=True, slots=True)
class Installed:
    """The skills that are installed (`find_installed`)."""

    skills: Sequence[InstalledSkill] = ()


def _prepare(request: Request[Installed]) -> None:
    """Make the table `installed` that unused.sql reads."""
    wanted, version = request.filters.skill, _latest_version(request)
    used = {name for (name,) in request.store.execute("SELECT skill FROM skill_uses").fetchall()}
    skills = (
        (_known_as(each, version, used), each.path, each.description_chars)
        for each in request.options.skills
        if each.since <= version
    )
    request.store.keep(
        "installed",
        {"skill": "TEXT", "path": "TEXT", "description_chars": "INTEGER"},
        (row for row in skills if wanted is None or row[0] == wanted),
    )


def _latest_version(request: Request[Installed]) -> int:
    """The latest OpenCode that wrote a session, 1 or 2."""
    versions = request.store.execute(
        "SELECT DISTINCT version FROM main.sessions WHERE version IS NOT NULL"
    )
    majors = (version.partition(".")[0] for (version,) in versions)
    return 2 if any(each.isdecimal() and int(each) >= 2 for each in majors) else 1


def _known_as(skill: InstalledSkill, version: int, used: Collection[str]) -> str:
    """A skill's name in loads: for OpenCode 2 its id, unless it is known by that of 1.x alone."""
    if version == 1 or skill.id is None or (skill.id not in used and skill.skill in used):
        return skill.skill
    return skill.id


def _read(request: Request[Installed]) -> list[UnusedRow]:
    """With a truth value where SQL has a number."""
    return [
        UnusedRow(**{**each, "instrumented": bool(each["instrumented"])})
        for each in records(request.store, __package__, "unused")
    ]


SECTION = Section(
    name="unused",
    question="which installed skills are never used, long unused, or used but never measured",
    parts={"unused": Part(UnusedRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["unused"]),
    empty="No skill that is installed here or in the home folder is unused or unmeasured.",
    needs=("skill_uses",),
    options=Installed,
    prepare=_prepare,
    shows_times=True,
    answers_when_empty=True,
    headings={
        "skill": "skill",
        "loads": "loads",
        "opened": "reads",
        "last used": "last_used",
        "description tok.": "description_tokens",
        "file": "path",
    },
)
