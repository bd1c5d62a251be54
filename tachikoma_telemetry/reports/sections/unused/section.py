"""The section `unused`."""

from __future__ import annotations

from collections.abc import Sequence
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
    wanted = request.filters.skill
    request.store.execute(
        "CREATE TEMP TABLE installed (skill TEXT, path TEXT, description_chars INTEGER)"
    )
    request.store.executemany(
        "INSERT INTO installed VALUES (?, ?, ?)",
        (
            (each.skill, each.path, each.description_chars)
            for each in request.options.skills
            if wanted is None or each.skill == wanted
        ),
    )


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
)
