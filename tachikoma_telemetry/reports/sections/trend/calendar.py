"""The periods of a trend: hours, days, weeks and months as calendars have them.

SQL knows no time zones, so the edges are worked out here and come in as the table `buckets`:
from the first moment of a date to that of the next, so days in which the clocks change have 23 or
25 hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from ....local_time import change, first_shown, offset
from ...engine import Engine
from ...section import Request

Period = Literal["hour", "day", "week", "month"]
Subject = Literal["skills", "iterations", "edits", "rlm", "intents", "tools", "models", "sessions"]

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_LENGTHS: Mapping[Period, int] = {
    "hour": _HOUR_MS,
    "day": _DAY_MS,
    "week": 7 * _DAY_MS,
    "month": 30 * _DAY_MS,
}
# A rate of fewer is hardly known: 15 of 20 may be anything from 53 to 89 %.
_ENOUGH = 20
_MOST_CHOSEN = 62  # periods that a reader looks at
_LEAST_CHOSEN = 3
# A clock that was wrong once must not make a million periods: the latest ones are kept.
_MOST = 20_000

_NAMES: dict[Period, str] = {
    "hour": "%Y-%m-%d %H:00",
    "day": "%Y-%m-%d",
    "week": "%G-W%V",
    "month": "%Y-%m",
}
# When each happened, of what, and what of it counts for a rate (where there are rates at all).
_FACTS: dict[Subject, str] = {
    "skills": "SELECT started AS t, skill AS thing, CASE WHEN kind = 'run' AND outcome IN "
    "('succeeded', 'failed', 'escalated') THEN 1 END AS known FROM skill_metrics",
    "iterations": "SELECT time AS t, stage AS thing, passed AS known FROM iteration_metrics",
    "edits": "SELECT time AS t, model_key || format AS thing, success AS known FROM edit_metrics",
    "rlm": "SELECT time - coalesce(duration_ms, 0) AS t, mode AS thing, success AS known "
    "FROM rlm_metrics",
    "intents": "SELECT time AS t, intent AS thing, correct AS known FROM intent_metrics",
    "tools": "SELECT started AS t, tool AS thing, 1 AS known FROM calls",
    "models": "SELECT created AS t, model AS thing, 1 AS known FROM messages",
    "sessions": "SELECT created AS t, 1 AS thing, 1 AS known FROM sessions",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a trend counts, and by which periods.

    Attributes:
        of: the section whose rows are counted.
        by: the length of a period; None is the shortest in which the median cell, a thing in a
            period, holds 20 runs.

    """

    of: Subject = "skills"
    by: Period | None = None


_BUCKETS = {"period": "TEXT", "started": "INTEGER", "ended": "INTEGER"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """One period: its name, and its edges in ms since the epoch, the end outside it."""

    name: str
    start: int
    end: int


def prepare_calendar(request: Request[Calendar]) -> None:
    """Make the tables `buckets` and `trend_of`, from the first row that is counted to the last."""
    store, calendar = request.store, request.options
    store.keep("trend_of", {"subject": "TEXT"}, [(calendar.of,)])
    facts = _FACTS[calendar.of]
    # Two queries: each finds its end in an index.
    (first,) = store.execute(f"SELECT min(t) FROM ({facts})").fetchone()
    (last,) = store.execute(
        f"SELECT max(t) FROM ({facts}) WHERE t <= ?", (request.now_ms + _DAY_MS,)
    ).fetchone()
    if first is None or last is None:
        store.keep("buckets", _BUCKETS, ())
        return
    by = calendar.by or _chosen(store, facts, int(first), int(last))
    store.keep(
        "buckets",
        _BUCKETS,
        (
            (each.name, each.start, each.end)
            for each in buckets(int(first), int(last), by, utc=request.utc)
        ),
    )


def _chosen(store: Engine, facts: str, first: int, last: int) -> Period:
    """The shortest period in which the median cell holds enough; else the longest."""
    periods: list[Period] = [
        by
        for by, length in _LENGTHS.items()
        if _LEAST_CHOSEN <= (last - first) / length + 1 and (last - first) / length <= _MOST_CHOSEN
    ]
    # Not every engine divides whole numbers as SQLite does.
    cell = "CAST(round(t) AS BIGINT) - (CAST(round(t) AS BIGINT) - ?) % ?"
    for by in periods:
        cells = store.execute(
            f"SELECT count(*) FROM ({facts}) WHERE known IS NOT NULL AND t BETWEEN ? AND ? "
            f"GROUP BY thing, {cell} ORDER BY 1",
            (first, last, first, _LENGTHS[by]),
        ).fetchall()
        if cells and cells[len(cells) // 2][0] >= _ENOUGH:
            return by
    if not periods:
        return "hour" if last - first < _DAY_MS else "month"
    return periods[-1]


def buckets(
    first: int, last: int, by: Period, *, utc: bool = False, zone: tzinfo | None = None
) -> list[Bucket]:
    """The periods that hold everything from `first` to `last`, without gaps.

    Args:
        first: ms since the epoch.
        last: likewise.
        by: their length.
        utc: by UTC; else by the local time zone.
        zone: by this one; None is the local time zone.

    """
    zone = UTC if utc else zone
    first = max(first, last - _MOST * _LENGTHS[by])
    edges = [*(_hours(first, last, zone) if by == "hour" else _dates(first, last, by, zone))]
    found: list[Bucket] = []
    names: set[str] = set()
    for start, end in pairwise(edges):
        begun = datetime.fromtimestamp(start // 1000, UTC).astimezone(zone)
        name = begun.strftime(_NAMES[by])
        if name in names:  # the hour that comes twice in autumn
            name += begun.strftime(" %z")
        names.add(name)
        found.append(Bucket(name, start, end))
    return found


def _hours(first: int, last: int, zone: tzinfo | None) -> Iterator[int]:
    """The edges of hours: the full ones of the local clock, and where the clock is changed.

    Lord Howe Island moves its clock by half an hour: one hour then has 30 minutes, another 90.
    """
    second = first // 1000
    # The clock of the hour that holds `first` may have been changed inside it.
    edge = _full_hour(second, zone)
    changed = change(edge, second, zone)
    edge = edge if changed is None else changed
    while True:
        yield edge * 1000
        if edge * 1000 > last:
            return
        end = _full_hour(edge, zone) + 3600
        changed = change(edge, end, zone)
        edge = end if changed is None else changed


def _full_hour(second: int, zone: tzinfo | None) -> int:
    """When the hour began that the local clock shows, were it never changed."""
    return second - (second + offset(second, zone)) % 3600


def _dates(first: int, last: int, by: Period, zone: tzinfo | None) -> Iterator[int]:
    """The edges of days, weeks or months."""
    begun = datetime.fromtimestamp(first // 1000, UTC).astimezone(zone)
    # Dates are counted without a zone, and then the zone says when each begins.
    date = begun.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if by == "week":
        date -= timedelta(days=date.weekday())
    elif by == "month":
        date = date.replace(day=1)
    edge: int | None = None
    while True:
        begins = first_shown(date, zone) * 1000
        if begins != edge:  # a date that a zone leaves out has no length
            edge = begins
            yield edge
        if edge > last:
            return
        date = _next_month(date) if by == "month" else date + timedelta(7 if by == "week" else 1)


def _next_month(date: datetime) -> datetime:
    return (date + timedelta(days=31)).replace(day=1)
