"""The section `unused`: installed skills that are not used, or not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ....opencode.installed import InstalledSkill
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name
from ...section import Request, Section, part
from .rows import UnusedRow

_TONES: dict[str, Tone] = {
    "never used": "bad",
    "long unused": "doubtful",
    "not instrumented": "faint",
}
_COLUMNS = [
    Column("skill", name, "skill", "strong", right=False, shrink=16),
    Column("", lambda row: Cell(row.state, _TONES[row.state]), right=False),
    Column("loads", figures.count, "loads"),
    Column("opened", figures.count, "reads", drop=2),
    Column("last used", figures.moment, "last_used", drop=1),
    Column("description tok.", figures.count, "description_tokens"),
    Column("file", name, "path", right=False, drop=3, shrink=20),
]


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


def _blocks(rows: Sequence[UnusedRow]) -> list[Block]:
    """Installed skills that are not used, or not measured, and what their descriptions cost."""
    many: Counter[str] = Counter(row.state for row in rows)
    counts = ", ".join(f"{many[state]:,} {state}" for state in _TONES if many[state])
    idle = sum(row.description_tokens or 0 for row in rows if row.state != "not instrumented")
    text = f"Of the installed skills: {counts}"
    if idle:
        text += f"; descriptions of unused ones cost {idle:,} tokens in every request"
    return [Sentence(text + "."), Sheet(_COLUMNS, rows)]


SECTION = Section(
    name="unused",
    question="which installed skills are never used, long unused, or used but never measured",
    parts={"unused": part(__package__, "unused", UnusedRow)},
    blocks=lambda parts: _blocks(parts["unused"]),
    empty="No skill that is installed here or in the home folder is unused or unmeasured.",
    needs=("skill_uses",),
    options=Installed,
    prepare=_prepare,
    shows_times=True,
    answers_when_empty=True,
    columns=_COLUMNS,
)
