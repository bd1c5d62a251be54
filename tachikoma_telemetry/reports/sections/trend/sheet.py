"""The section `trend` as users read it: each thing's history, then period by period."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeVar

from ....visible import visible
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sheet,
    bar,
    interval,
    name,
    number,
)
from .calendar import Subject
from .rows import TrendRow

R = TypeVar("R")

ROWS_SHOWN = 200
_POINTS = 24
_MOST_EMPTY = 20_000  # as many as a calendar has

# What is known of none of a kind, ever: a column for it would be empty.
_RATE = ("rate", "last rate", "bar", "interval")
_NEVER: Mapping[Subject, Collection[str]] = {
    "skills": (),
    "iterations": ("cost", "versions"),
    "edits": ("cost", "versions"),
    "rlm": ("cost", "versions"),
    "intents": ("p50", "tokens", "cost", "versions"),
    "tools": ("tokens", "cost", "versions"),
    "models": (*_RATE, "versions"),
    "sessions": (*_RATE, "p50", "versions"),
}


def thing(row: TrendRow) -> str:
    """What a row counts: its model, skill and stage, format, mode, intent or tool."""
    named = [each for each in (row.model, row.skill, row.name) if each is not None]
    if row.subject == "sessions":
        return "sessions"
    return " · ".join(visible(each) for each in named) or figures.UNKNOWN


class _History(NamedTuple):
    """What happened to one thing, over all periods."""

    thing: str
    rows: Sequence[TrendRow]
    starts: Sequence[int]

    @property
    def uses(self) -> int:
        """All uses together."""
        return sum(row.uses for row in self.rows)


def _shape(history: _History) -> Cell:
    uses = _uses(history.rows, history.starts)
    return Cell("", bar=tuple(each / (max(uses) or 1) for each in uses))


def _rate(history: _History) -> str:
    finished = sum(row.finished for row in history.rows)
    rate = sum(row.succeeded or 0 for row in history.rows) / finished if finished else None
    return figures.share_of(rate, finished)


def _last_rate(history: _History) -> str:
    last = history.rows[-1]
    return figures.share_of(last.success_rate, last.finished)


def _versions(history: _History) -> Cell:
    versions = sum(len(row.new_versions) for row in history.rows)
    return number(figures.count(versions), "plain" if versions else "faint")


_SHAPES: Mapping[str, Column[_History]] = {
    "thing": Column("", lambda each: Cell(each.thing, "strong"), right=False, shrink=36),
    "first": Column("first", lambda each: Cell(each.rows[0].period), right=False, drop=3),
    "last": Column("last", lambda each: Cell(each.rows[-1].period), right=False, drop=2),
    "shape": Column("uses over time", _shape, right=False, bar=True),
    "uses": Column("uses", lambda each: number(figures.count(each.uses))),
    "rate": Column("succeeded", lambda each: number(_rate(each))),
    "last rate": Column("in the last period", lambda each: number(_last_rate(each)), drop=1),
    "versions": Column("new versions", _versions, drop=4),
}
_ROWS: Mapping[str, Column[TrendRow]] = {
    "period": Column("period", lambda row: name(row.period, "strong"), right=False, grouped=True),
    "thing": Column("", lambda row: Cell(thing(row)), right=False, shrink=36),
    "uses": Column("uses", lambda row: number(figures.count(row.uses))),
    "rate": Column(
        "succeeded", lambda row: number(figures.share_of(row.success_rate, row.finished))
    ),
    "bar": Column("", lambda row: bar(row.success_rate), drop=6, bar=True),
    "interval": Column("95 %", lambda row: interval(row.success_low, row.success_high), drop=3),
    "p50": Column("p50", lambda row: number(figures.duration(row.duration_p50_ms)), drop=1),
    "tokens": Column("tokens", lambda row: number(figures.amount(row.tokens)), drop=4),
    "cost": Column("cost", lambda row: number(figures.money(row.cost)), drop=5),
    "versions": Column(
        "new version", lambda row: name(", ".join(row.new_versions) or None), right=False, drop=2
    ),
}


def _columns(columns: Mapping[str, Column[R]], rows: Sequence[TrendRow]) -> list[Column[R]]:
    """Those that this kind of trend can fill."""
    never = _NEVER[rows[0].subject] if rows else ()
    return [column for fact, column in columns.items() if fact not in never]


def shapes(rows: Sequence[TrendRow]) -> list[Block]:
    """Each thing in one line: how its use went over the periods, and how it succeeds."""
    by_thing: dict[str, list[TrendRow]] = {}
    for row in rows:
        by_thing.setdefault(thing(row), []).append(row)
    starts = _starts(rows)
    histories = [_History(each, of_thing, starts) for each, of_thing in by_thing.items()]
    histories.sort(key=lambda each: -each.uses)
    return [Sheet.of(_columns(_SHAPES, rows), histories)]


def _uses(rows: Sequence[TrendRow], starts: Sequence[int]) -> list[int]:
    """The uses in each period; in several together where there are more than can be drawn."""
    together = -(-len(starts) // _POINTS)
    uses = [0] * -(-len(starts) // together)
    place = {started: at // together for at, started in enumerate(starts)}
    for row in rows:
        uses[place[row.started]] += row.uses
    return uses


def _starts(rows: Sequence[TrendRow]) -> list[int]:
    """When each period began; those in which nothing happened too: a gap is part of a shape."""
    starts: list[int] = []
    edge: int | None = None
    for started, ended in sorted({(row.started, row.ended) for row in rows}):
        if edge is not None and starts:
            # Months and days with a change of clocks are of unequal length, so round().
            empty = round((started - edge) / (ended - started))
            starts += (edge + at * (ended - started) for at in range(min(empty, _MOST_EMPTY)))
        starts.append(started)
        edge = ended
    return starts


def blocks(rows: Sequence[TrendRow]) -> list[Block]:
    """The shapes, then each period."""
    columns = _columns(_ROWS, rows)
    return [*shapes(rows), Sheet.of(columns, rows, most=ROWS_SHOWN, newest_last=True)]
