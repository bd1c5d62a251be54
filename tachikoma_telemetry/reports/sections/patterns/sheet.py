"""The section `patterns` for people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Sentence,
    Sheet,
    bar,
    first_of_each,
    name,
    number,
)
from ...names import visible
from .rows import ErrorRow, PatternRow, SkillOrderRow

_SHOWN = 20
_FOLLOWERS = 3

_PATTERNS = [
    Column("after", right=False, shrink=20),
    Column("fails", right=False, shrink=10),
    Column("how often"),
    Column("", drop=3, bar=True),
    Column("95 %", drop=2),
    Column("usually"),
    Column("sessions", drop=1),
]
_ORDER = [
    Column("skill", right=False, shrink=16),
    Column("next", right=False, shrink=16),
    Column("times"),
    Column("share"),
    Column("", drop=1, bar=True),
]
_ERRORS = [
    Column("where", right=False),
    Column("of", right=False, shrink=14),
    Column("error", right=False, shrink=20),
    Column("times"),
    Column("sessions", drop=1),
    Column("last seen", drop=2),
]


def patterns(rows: Sequence[PatternRow]) -> list[Block]:
    """What precedes a failure."""
    cells = [
        [
            Cell(" → ".join(visible(each) for each in (row.before_last, row.before) if each)),
            name(row.tool, "strong"),
            number(figures.share_of(row.failure_rate, row.calls)),
            bar(row.failure_rate),
            number(figures.interval(row.failure_low, row.failure_high), "faint"),
            number(figures.share(row.usual_rate)),
            number(figures.count(row.sessions)),
        ]
        for row in rows[:_SHOWN]
    ]
    if not rows:
        return [Sentence("No sequence of calls fails clearly more often than its last tool does.")]
    return [Heading("before a failure"), Sheet(_PATTERNS, cells)]


def order(rows: Sequence[SkillOrderRow]) -> list[Block]:
    """Which skill is loaded after which."""
    shown = [
        row
        for _, group in groupby(rows, key=lambda row: row.skill)
        for row in islice(group, _FOLLOWERS)
    ][:_SHOWN]
    skills = first_of_each(row.skill for row in shown)
    cells = [
        [
            skill,
            Cell("(none)", "faint") if row.next is None else name(row.next),
            number(figures.count(row.times)),
            number(figures.share(row.followed)),
            bar(row.followed),
        ]
        for skill, row in zip(skills, shown, strict=True)
    ]
    return [Heading("skill after skill"), Sheet(_ORDER, cells)] if rows else []


def errors(rows: Sequence[ErrorRow]) -> list[Block]:
    """Which errors recur."""
    cells = [
        [
            Cell(row.source, "faint"),
            name(row.name, "strong"),
            name(row.error),
            number(figures.count(row.times)),
            number(figures.count(row.sessions)),
            number(figures.moment(row.last_seen)),
        ]
        for row in rows[:_SHOWN]
    ]
    return [Heading("recurring errors"), Sheet(_ERRORS, cells)] if rows else []
