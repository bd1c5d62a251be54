"""The periods of a trend: hours, days, weeks and months as calendars have them.

SQL knows no time zones, so the edges are worked out here and come in as the table `buckets`:
from the first moment of a date to that of the next, so days in which the clocks change have 23 or
25 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from ....local_time import change, first_shown, offset
from ...section import Request

Period = Literal["hour", "day", "week", "month"]
Subject = Literal["skills", "iterations", "edits", "rlm", "intents", "tools", "models", "sessions"]

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
# From how long a history on a longer period is chosen: about 60 rows at most.
_SPANS: tuple[tuple[int, Period], ...] = (
    (2 * _DAY_MS, "hour"),
    (60 * _DAY_MS, "day"),
    (420 * _DAY_MS, "week"),
)
# A clock that was wrong once must not make a million periods: the latest ones are kept.
_MOST = 20_000

_NAMES: dict[Period, str] = {
    "hour": "%Y-%m-%d %H:00",
    "day": "%Y-%m-%d",
    "week": "%G-W%V",
    "month": "%Y-%m",
}
_TIMES: dict[Subject, str] = {
    "skills": "SELECT started AS t FROM skill_metrics",
    "iterations": "SELECT time AS t FROM iteration_metrics",
    "edits": "SELECT time AS t FROM edit_metrics",
    "rlm": "SELECT time - coalesce(duration_ms, 0) AS t FROM rlm_metrics",
    "intents": "SELECT time AS t FROM intent_metrics",
    "tools": "SELECT started AS t FROM calls",
    "models": "SELECT created AS t FROM messages",
    "sessions": "SELECT created AS t FROM sessions",
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a trend counts, and by which periods.

    Attributes:
        of: the section whose rows are counted.
        by: the length of a period; None is chosen by the length of the history.

    """

    of: Subject = "skills"
    by: Period | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One period: its name, and its edges in ms since the epoch, the end outside it."""

    name: str
    start: int
    end: int


def prepare_calendar(request: Request[Calendar]) -> None:
    """Make the tables `buckets` and `trend_of`, from the first row that is counted to the last."""
    store, calendar = request.store, request.options
    store.execute("CREATE TEMP TABLE trend_of AS SELECT ? AS subject", (calendar.of,))
    store.execute("CREATE TEMP TABLE buckets (period TEXT, started INTEGER, ended INTEGER)")
    times = _TIMES[calendar.of]
    # Two queries: each finds its end in an index.
    (first,) = store.execute(f"SELECT min(t) FROM ({times})").fetchone()
    (last,) = store.execute(
        f"SELECT max(t) FROM ({times}) WHERE t <= ?", (request.now_ms + _DAY_MS,)
    ).fetchone()
    if first is None or last is None:
        return
    by: Period = calendar.by or "month"
    if calendar.by is None:
        by = next((name for span, name in _SPANS if last - first <= span), "month")
    store.executemany(
        "INSERT INTO buckets VALUES (?, ?, ?)",
        (
            (each.name, each.start, each.end)
            for each in buckets(int(first), int(last), by, utc=request.utc)
        ),
    )


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
    least = {"hour": _HOUR_MS, "day": _DAY_MS, "week": 7 * _DAY_MS, "month": 28 * _DAY_MS}[by]
    first = max(first, last - _MOST * least)
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
