"""The section `patterns`."""

from __future__ import annotations

from ...query import records, row_of
from ...section import Part, Request, Section, part
from . import sheet
from .rows import ErrorRow, PatternRow, SkillOrderRow
from .sequences import beyond_chance


def _read(request: Request[None]) -> list[PatternRow]:
    """Those that fail beyond chance, the ones that surely fail most often first."""
    sequences = beyond_chance(records(request.store, __package__, "patterns"))
    rows = [row_of(PatternRow, each) for each in sequences]
    return sorted(rows, key=lambda row: -row.failure_low)


SECTION: Section[None] = Section(
    name="patterns",
    question="what precedes a failure, which skills follow each other, which errors recur",
    parts={
        "patterns": Part(PatternRow, _read),
        "skill_order": part(__package__, "skill_order", SkillOrderRow),
        "errors_seen": part(__package__, "errors_seen", ErrorRow),
    },
    blocks=lambda parts: [
        *sheet.patterns(parts["patterns"]),
        *sheet.errors(parts["errors_seen"]),
        *sheet.order(parts["skill_order"]),
    ],
    empty="No failure, no error, and no two skills in one session yet.",
    in_overview=False,
    needs=("call_outcomes", "call_sums", "calls_by_name", "tool_names"),
    shows_times=True,
    columns=(*sheet.PATTERNS, *sheet.ORDER, *sheet.ERRORS),
    headings={"after": "the calls before it"},
)
