"""The section `skills`."""

from __future__ import annotations

from typing import Any

from ...query import rows
from ...section import Part, Request, Section, part
from . import sheet
from .rows import OutsideWindowsRow, RunDurationRow, SkillRow

# What skills.sql reads; the section `check` reads it, too.
NEEDS = (
    *("session_projects", "call_outcomes", "run_outcomes", "contradictions", "skill_uses"),
    "unrecorded_steps",
)


_ENOUGH = 5  # ended runs


def read(request: Request[Any]) -> list[SkillRow]:
    """The worst first: those whose rate may be the lowest. Then those with few runs, or none."""
    found = rows(request.store, __package__, "skills", SkillRow)
    # 1 of 1 is no bad rate, though its interval begins at 21 %.
    found.sort(key=lambda row: (row.ended < _ENOUGH, row.success_low if row.ended else 2.0))
    return found


SECTION: Section[None] = Section(
    name="skills",
    question="which skills are used, how often they succeed, how long they take and what they cost",
    parts={
        "skills": Part(SkillRow, read),
        "outside_windows": part(__package__, "outside_windows", OutsideWindowsRow, in_brief=False),
        "run_durations": part(__package__, "run_durations", RunDurationRow, for_charts=True),
    },
    blocks=lambda parts: [
        *sheet.blocks(parts["skills"]),
        *sheet.outside(parts["outside_windows"]),
    ],
    brief=lambda parts: sheet.blocks(parts["skills"]),
    empty="No skill was loaded or run yet: load one in OpenCode, or record a run with "
    "`with telemetry.skill_run(…)`.",
    needs=("duration_bins", "message_sums", "call_sums", *NEEDS),
    shows_times=True,
    columns=sheet.COLUMNS,
    headings={
        "succeeded": "runs that succeeded, of those that succeeded, failed or escalated",
        "time in skill": "median time from a load to the end of what it was used for",
    },
)
