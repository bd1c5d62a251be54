"""The section `trend` for people: the shape of each thing's history, then period by period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sentence,
    Sheet,
    bar,
    first_of_each,
    name,
    number,
)
from ...names import visible
from .calendar import Subject
from .rows import TrendRow

ROWS_SHOWN = 200
_POINTS = 24
_MOST_EMPTY = 20_000  # as many as a calendar has

_SHAPES = {
    "thing": Column("", right=False, shrink=36),
    "first": Column("first", right=False, drop=3),
    "last": Column("last", right=False, drop=2),
    "shape": Column("uses over time", right=False, bar=True),
    "uses": Column("uses"),
    "rate": Column("succeeded"),
    "last rate": Column("in the last period", drop=1),
    "versions": Column("new versions", drop=4),
}
_ROWS = {
    "period": Column("period", right=False),
    "thing": Column("", right=False, shrink=36),
    "uses": Column("uses"),
    "rate": Column("succeeded"),
    "bar": Column("", drop=6, bar=True),
    "interval": Column("95 %", drop=3),
    "p50": Column("p50", drop=1),
    "tokens": Column("tokens", drop=4),
    "cost": Column("cost", drop=5),
    "versions": Column("new version", right=False, drop=2),
}
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


def shapes(rows: Sequence[TrendRow]) -> list[Block]:
    """Each thing in one line: how its use went over the periods, and how it succeeds."""
    by_thing: dict[str, list[TrendRow]] = {}
    for row in rows:
        by_thing.setdefault(thing(row), []).append(row)
    things = sorted(by_thing.items(), key=lambda each: -sum(row.uses for row in each[1]))
    starts = _starts(rows)
    return [_sheet(_SHAPES, [_shape(each, of_thing, starts) for each, of_thing in things], rows)]


def _sheet(
    columns: Mapping[str, Column], cells: Iterable[Sequence[Cell]], rows: Sequence[TrendRow]
) -> Sheet:
    """The columns that this kind of trend can fill."""
    never = _NEVER[rows[0].subject] if rows else ()
    kept = [at for at, fact in enumerate(columns) if fact not in never]
    titles = [*columns.values()]
    return Sheet([titles[at] for at in kept], [[row[at] for at in kept] for row in cells])


def _shape(name_of_it: str, rows: Sequence[TrendRow], starts: Sequence[int]) -> list[Cell]:
    uses = _uses(rows, starts)
    finished = sum(row.finished for row in rows)
    rate = sum(row.succeeded or 0 for row in rows) / finished if finished else None
    last = rows[-1]
    versions = sum(len(row.new_versions) for row in rows)
    return [
        Cell(name_of_it, "strong"),
        Cell(rows[0].period),
        Cell(last.period),
        Cell("", bar=tuple(each / (max(uses) or 1) for each in uses)),
        number(figures.count(sum(row.uses for row in rows))),
        number(figures.share_of(rate, finished)),
        number(figures.share_of(last.success_rate, last.finished)),
        number(figures.count(versions), "plain" if versions else "faint"),
    ]


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
            # Months and days with a change of clocks are of unequal length: hence round().
            empty = round((started - edge) / (ended - started))
            starts += (edge + at * (ended - started) for at in range(min(empty, _MOST_EMPTY)))
        starts.append(started)
        edge = ended
    return starts


def blocks(rows: Sequence[TrendRow]) -> list[Block]:
    """The shapes, then each period."""
    shown = rows[-ROWS_SHOWN:]
    parts: list[Block] = shapes(rows)
    if len(shown) < len(rows):
        text = f"The last {len(shown)} of {len(rows):,} rows; --format json or csv has them all."
        parts.append(Sentence(text))
    periods = first_of_each(row.period for row in shown)
    cells = [[period, *_cells(row)] for period, row in zip(periods, shown, strict=True)]
    return [*parts, _sheet(_ROWS, cells, rows)]


def thing(row: TrendRow) -> str:
    """What a row counts: its model, skill and stage, format, mode, intent or tool."""
    named = [each for each in (row.model, row.skill, row.name) if each is not None]
    if row.subject == "sessions":
        return "sessions"
    return " · ".join(visible(each) for each in named) or figures.UNKNOWN


def _cells(row: TrendRow) -> list[Cell]:
    return [
        Cell(thing(row)),
        number(figures.count(row.uses)),
        number(figures.share_of(row.success_rate, row.finished)),
        bar(row.success_rate),
        number(figures.interval(row.success_low, row.success_high), "faint"),
        number(figures.duration(row.duration_p50_ms)),
        number(figures.amount(row.tokens)),
        number(figures.money(row.cost)),
        name(", ".join(row.new_versions) or None),
    ]
