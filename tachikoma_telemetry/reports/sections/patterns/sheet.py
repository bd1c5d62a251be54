"""The section `patterns` as users read it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

from ....visible import visible
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Sentence,
    Sheet,
    bar,
    interval,
    name,
    number,
)
from .rows import ErrorRow, PatternRow, SkillOrderRow

_SHOWN = 20
_FOLLOWERS = 3


def _before(row: PatternRow) -> Cell:
    return Cell(" → ".join(visible(each) for each in (row.before_last, row.before) if each))


_PATTERNS: list[Column[PatternRow]] = [
    Column("after", _before, right=False, shrink=20),
    Column("fails", lambda row: name(row.tool, "strong"), right=False, shrink=10),
    Column("how often", lambda row: number(figures.share_of(row.failure_rate, row.calls))),
    Column("", lambda row: bar(row.failure_rate), drop=3, bar=True),
    Column("95 %", lambda row: interval(row.failure_low, row.failure_high), drop=2),
    Column("usually", lambda row: number(figures.share(row.usual_rate))),
    Column("sessions", lambda row: number(figures.count(row.sessions)), drop=1),
]


def _next(row: SkillOrderRow) -> Cell:
    return Cell("(none)", "faint") if row.next is None else name(row.next)


_ORDER: list[Column[SkillOrderRow]] = [
    Column("skill", lambda row: name(row.skill, "strong"), right=False, shrink=16, grouped=True),
    Column("next", _next, right=False, shrink=16),
    Column("times", lambda row: number(figures.count(row.times))),
    Column("share", lambda row: number(figures.share(row.followed))),
    Column("", lambda row: bar(row.followed), drop=1, bar=True),
]
_ERRORS: list[Column[ErrorRow]] = [
    Column("where", lambda row: Cell(row.source, "faint"), right=False),
    Column("of", lambda row: name(row.name, "strong"), right=False, shrink=14),
    Column("error", lambda row: name(row.error), right=False, shrink=20),
    Column("times", lambda row: number(figures.count(row.times))),
    Column("sessions", lambda row: number(figures.count(row.sessions)), drop=1),
    Column("last seen", lambda row: number(figures.moment(row.last_seen)), drop=2),
]


def patterns(rows: Sequence[PatternRow]) -> list[Block]:
    """What precedes a failure."""
    if not rows:
        return [Sentence("No sequence of calls fails clearly more often than its last tool does.")]
    return [Heading("before a failure"), Sheet.of(_PATTERNS, rows[:_SHOWN])]


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
    return [Heading("skill after skill"), Sheet.of(_ORDER, shown)] if shown else []


def errors(rows: Sequence[ErrorRow]) -> list[Block]:
    """Which errors recur."""
    return [Heading("recurring errors"), Sheet.of(_ERRORS, rows[:_SHOWN])] if rows else []
