"""The section `trend` as users read it: each thing's history, then period by period."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from ....visible import visible
from ... import figures
from ...blocks import VERSION_MARK, Block, Cell, Column, Sheet, Tone, bar, interval, name, number
from ..compare.rows import Verdict
from .calendar import Subject
from .rows import TrendChangeRow, TrendRow

R = TypeVar("R")

ROWS_SHOWN = 200
_POINTS = 24
_MOST_EMPTY = 20_000  # as many as a calendar has

# What is known of none of a kind, ever: a column for it would be empty.
_OF_SKILLS = ("loads", "versions")
_RATE = ("rate", "last rate", "bar", "interval")
_NEVER: Mapping[Subject, Collection[str]] = {
    "skills": (),
    "iterations": (*_OF_SKILLS, "cost"),
    "edits": (*_OF_SKILLS, "cost"),
    "rlm": (*_OF_SKILLS, "cost"),
    "intents": (*_OF_SKILLS, "p50", "tokens", "cost"),
    "tools": (*_OF_SKILLS, "tokens", "cost"),
    "models": (*_OF_SKILLS, *_RATE),
    "sessions": (*_OF_SKILLS, *_RATE, "p50"),
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
    rated: bool
    change: TrendChangeRow | None

    @property
    def uses(self) -> int:
        """All uses together."""
        return sum(row.uses for row in self.rows)

    @property
    def loads(self) -> int:
        """All loads together, of skills."""
        return sum(row.loads or 0 for row in self.rows)

    @property
    def finished(self) -> int:
        """All whose end is known."""
        return sum(row.finished for row in self.rows)


def _shape(history: _History) -> Cell:
    """Success in each period, a version marked where it came into use; without rates the uses."""
    if history.rated and not history.finished:
        return Cell("")
    together = -(-len(history.starts) // _POINTS)
    points = -(-len(history.starts) // together)
    place = {started: at // together for at, started in enumerate(history.starts)}
    uses, good, finished, newer = ([0] * points for _ in range(4))
    for row in history.rows:
        at = place[row.started]
        uses[at] += row.uses or row.loads or 0
        good[at] += row.succeeded or 0
        finished[at] += row.finished
        newer[at] += len(row.new_versions)
    if not history.rated:
        return Cell("", bar=tuple(each / (max(uses) or 1) for each in uses))
    first = next(at for at in range(points) if uses[at])
    line: list[float | None] = []
    for at in range(points):
        line += [VERSION_MARK] if newer[at] and at > first else []
        line.append(good[at] / finished[at] if finished[at] else None)
    return Cell("", bar=tuple(line))


def _rate(history: _History) -> str:
    finished = history.finished
    rate = sum(row.succeeded or 0 for row in history.rows) / finished if finished else None
    return figures.share_of(rate, finished)


def _versions(versions: Sequence[str]) -> Cell:
    if len(versions) > 2:  # while a skill is written, there are many in a period
        return name(f"{versions[0]} and {len(versions) - 1:,} more")
    return name(", ".join(versions) or None)


_VERDICTS: Mapping[Verdict, tuple[str, Tone]] = {
    "better": ("▲ better", "good"),
    "worse": ("▼ worse", "bad"),
    "same": ("same", "plain"),
    "can't tell yet": ("can't tell yet", "faint"),
}


def _change(history: _History) -> Cell:
    """``62 → 89 % ▲ better``: what `compare` says of the newest version."""
    change = history.change
    if change is None:
        return number(figures.UNKNOWN)
    before = figures.share(change.before).removesuffix(" %")
    word, tone = _VERDICTS[change.verdict]
    text = f"{before} → {figures.share(change.after)} {word}"
    return Cell(figures.Figure(text, change.after - change.before), tone)


def _last_rate(history: _History) -> str:
    last = history.rows[-1]
    return figures.share_of(last.success_rate, last.finished)


SHAPES: Mapping[str, Column] = {
    "thing": Column("", Cell, "thing", "strong", right=False, shrink=16),
    "first": Column("first", lambda each: Cell(each.rows[0].period), right=False, drop=4),
    "last": Column("last", lambda each: Cell(each.rows[-1].period), right=False, drop=3),
    "shape": Column("success over time", _shape, right=False, bar=True),
    "uses": Column("runs", figures.count, "uses", drop=2),
    "loads": Column("loads", figures.count, "loads", drop=6),
    "rate": Column("succeeded", _rate),
    "last rate": Column("in the last period", _last_rate, drop=5),
    "versions": Column("with the newest version", _change, right=False),
}
ROWS: Mapping[str, Column] = {
    "period": Column("period", name, "period", "strong", right=False, grouped=True),
    "thing": Column("", lambda row: Cell(thing(row)), right=False, shrink=36),
    "uses": Column("runs", figures.count, "uses"),
    "loads": Column("loads", figures.count, "loads", drop=7),
    "rate": Column("succeeded", figures.share_of, ("success_rate", "finished")),
    "bar": Column("", bar, "success_rate", drop=6, bar=True),
    "interval": Column("95 %", interval, ("success_low", "success_high"), drop=3),
    "p50": Column("p50", figures.duration, "duration_p50_ms", drop=1),
    "tokens": Column("tokens", figures.amount, "tokens", drop=4),
    "cost": Column("cost", figures.money, "cost", drop=5),
    "versions": Column("new version", _versions, "new_versions", right=False, drop=2),
}


def _columns(columns: Mapping[str, Column], rows: Sequence[TrendRow]) -> list[Column]:
    """Those that this kind of trend can fill."""
    never = _NEVER[rows[0].subject] if rows else ()
    what = "success" if any(row.finished for row in rows) else "uses"
    uses = "runs" if rows and rows[0].subject == "skills" else "uses"
    titles = {"success over time": f"{what} over time", "runs": uses}
    return [
        replace(column, title=titles.get(column.title, column.title))
        for fact, column in columns.items()
        if fact not in never
    ]


def shapes(rows: Sequence[TrendRow], changes: Sequence[TrendChangeRow] = ()) -> list[Block]:
    """Each thing in one line: how it succeeded over the periods, and what a version changed."""
    by_thing: dict[str, list[TrendRow]] = {}
    for row in rows:
        by_thing.setdefault(thing(row), []).append(row)
    starts, rated = _starts(rows), any(row.finished for row in rows)
    changed = {visible(change.skill): change for change in changes}
    histories = [
        _History(each, of_thing, starts, rated, changed.get(each))
        for each, of_thing in by_thing.items()
    ]
    histories.sort(key=lambda each: (-each.finished, -each.uses, -each.loads))
    return [Sheet(_columns(SHAPES, rows), histories)]


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


def blocks(rows: Sequence[TrendRow], changes: Sequence[TrendChangeRow] = ()) -> list[Block]:
    """The shapes, then each period."""
    columns = _columns(ROWS, rows)
    return [*shapes(rows, changes), Sheet(columns, rows, most=ROWS_SHOWN, newest_last=True)]
