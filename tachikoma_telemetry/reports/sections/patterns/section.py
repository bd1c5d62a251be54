"""The section `patterns`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

from ....visible import visible
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, bar, interval, name
from ...query import records, row_of
from ...section import Part, Request, Section, part
from .rows import ErrorRow, PatternRow, SkillOrderRow
from .sequences import beyond_chance


def _read(request: Request[None]) -> list[PatternRow]:
    """Those that fail beyond chance, the ones that surely fail most often first."""
    sequences = beyond_chance(records(request.store, __package__, "patterns"))
    rows = [row_of(PatternRow, each) for each in sequences]
    return sorted(rows, key=lambda row: -row.failure_low)


_SHOWN = 20
_FOLLOWERS = 3


def _before(row: PatternRow) -> Cell:
    return Cell(" → ".join(visible(each) for each in (row.before_last, row.before) if each))


PATTERNS = [
    Column("after", _before, right=False, shrink=20),
    Column("fails", name, "tool", "strong", right=False, shrink=10),
    Column("how often", figures.share_of, ("failure_rate", "calls")),
    Column("", bar, "failure_rate", drop=3, bar=True),
    Column("95 %", interval, ("failure_low", "failure_high"), drop=2),
    Column("usually", figures.share, "usual_rate"),
    Column("sessions", figures.count, "sessions", drop=1),
]


def _next(skill: str | None) -> Cell:
    return Cell("(none)", "faint") if skill is None else name(skill)


ORDER = [
    Column("skill", name, "skill", "strong", right=False, shrink=16, grouped=True),
    Column("next", _next, "next", right=False, shrink=16),
    Column("times", figures.count, "times"),
    Column("share", figures.share, "followed"),
    Column("", bar, "followed", drop=1, bar=True),
]
ERRORS = [
    Column("where", Cell, "source", "faint", right=False),
    Column("of", name, "name", "strong", right=False, shrink=14),
    Column("error", name, "error", right=False, shrink=20),
    Column("times", figures.count, "times"),
    Column("sessions", figures.count, "sessions", drop=1),
    Column("last seen", figures.moment, "last_seen", drop=2),
]


def patterns(rows: Sequence[PatternRow]) -> list[Block]:
    """What precedes a failure."""
    if not rows:
        return [Sentence("No sequence of calls fails clearly more often than its last tool does.")]
    return [Heading("before a failure"), Sheet(PATTERNS, rows[:_SHOWN])]


def order(rows: Sequence[SkillOrderRow]) -> list[Block]:
    """Which skill is loaded after which."""
    # That no skill ever follows one is no order.
    followed = {row.skill for row in rows if row.next is not None}
    shown = [
        row
        for skill, group in groupby(rows, key=lambda row: row.skill)
        for row in islice(group, _FOLLOWERS)
        if skill in followed
    ][:_SHOWN]
    return [Heading("skill after skill"), Sheet(ORDER, shown)] if shown else []


def errors(rows: Sequence[ErrorRow]) -> list[Block]:
    """Which errors recur."""
    return [Heading("recurring errors"), Sheet(ERRORS, rows[:_SHOWN])] if rows else []


SECTION: Section[None] = Section(
    name="patterns",
    question="what precedes a failure, which skills follow each other, which errors recur",
    parts={
        "patterns": Part(PatternRow, _read),
        "skill_order": part(__package__, "skill_order", SkillOrderRow),
        "errors_seen": part(__package__, "errors_seen", ErrorRow),
    },
    blocks=lambda parts: [
        *patterns(parts["patterns"]),
        *errors(parts["errors_seen"]),
        *order(parts["skill_order"]),
    ],
    empty="No failure, no error, and no two skills in one session yet.",
    in_overview=False,
    needs=("call_outcomes", "call_sums", "calls_by_name", "tool_names"),
    shows_times=True,
    columns=(*PATTERNS, *ORDER, *ERRORS),
    headings={"after": "the calls before it"},
)
