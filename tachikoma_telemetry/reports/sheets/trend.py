"""The section `trend` for people: the shape of each thing's history, then period by period."""

from __future__ import annotations

from collections.abc import Sequence

from .. import figures
from ..blocks import Block, Cell, Column, Sentence, Sheet, bar, first_of_each, name, number
from ..names import visible
from ..rows import TrendRow

ROWS_SHOWN = 200
_POINTS = 24
_MOST_EMPTY = 20_000  # as many as a calendar has

_SHAPES = [
    Column("", right=False, shrink=36),
    Column("first", right=False, drop=3),
    Column("last", right=False, drop=2),
    Column("uses over time", right=False, bar=True),
    Column("uses"),
    Column("succeeded"),
    Column("in the last period", drop=1),
    Column("new versions", drop=4),
]
_ROWS = [
    Column("period", right=False),
    Column("", right=False, shrink=36),
    Column("uses"),
    Column("succeeded"),
    Column("", drop=6, bar=True),
    Column("95 %", drop=3),
    Column("p50", drop=1),
    Column("tokens", drop=4),
    Column("cost", drop=5),
    Column("new version", right=False, drop=2),
]


def shapes(rows: Sequence[TrendRow]) -> list[Block]:
    """Each thing in one line: how its use went over the periods, and how it succeeds."""
    by_thing: dict[str, list[TrendRow]] = {}
    for row in rows:
        by_thing.setdefault(thing(row), []).append(row)
    things = sorted(by_thing.items(), key=lambda each: -sum(row.uses for row in each[1]))
    starts = _starts(rows)
    return [Sheet(_SHAPES, [_shape(each, of_thing, starts) for each, of_thing in things])]


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
    return [*parts, Sheet(_ROWS, cells)]


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
