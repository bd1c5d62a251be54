"""How reports write numbers: short, with their unit, and "–" for what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

UNKNOWN = "–"
VERSION_LENGTH = 12
"""Characters of a version's hash that users read."""

P = ParamSpec("P")
N = TypeVar("N", bound=float)

_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)  # None is the local one

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_CENT = 0.00995  # is written as one: $0.01
_DOLLARS = 999.5  # from here on, cents are noise


class Figure(str):
    """A number as users read it. `number` is what it was written from, and what it sorts by."""

    __slots__ = ("number",)

    number: float

    def __new__(cls, text: str, number: float) -> Self:
        """Keep `number` beside `text`."""
        figure = super().__new__(cls, text)
        figure.number = number
        return figure


class Interval(Figure):
    """A rate's interval as users read it. `number` is its lower end, 0–1, and `high` its upper."""

    __slots__ = ("high",)

    high: float


def _figure(write: Callable[Concatenate[N, P], str]) -> Callable[Concatenate[N | None, P], str]:
    """Let a way of writing numbers remember its first argument, and know the unknown."""

    @wraps(write)
    def figure(number: N | None, /, *args: P.args, **kwargs: P.kwargs) -> str:
        if number is None:
            return UNKNOWN
        return Figure(write(number, *args, **kwargs), number)

    return figure


@_figure
def duration(ms: float) -> str:
    """12 ms, 3.4 s, 2 m 10 s, 3 h 5 m, 2 d 3 h."""
    if 0 < ms < 0.05:
        return "<0.1 ms"
    if ms < 9.95:
        return f"{ms:.1f} ms" if ms % 1 else f"{ms:.0f} ms"
    if round(ms) < _SECOND:
        return f"{ms:.0f} ms"
    if round(ms / 100) < 600:
        return f"{ms / _SECOND:.1f} s"
    seconds = round(ms / _SECOND)
    if seconds < 3600:
        return f"{seconds // 60} m {seconds % 60} s"
    minutes = round(ms / _MINUTE)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} m"
    hours = round(ms / _HOUR)
    return f"{hours // 24} d {hours % 24} h"


@_figure
def amount(number: float) -> str:
    """Tokens and the like: 812, 12.3k, 123k, 1.2M."""
    if round(number) < 1000:
        return f"{number:.0f}"
    for unit in ("k", "M", "G"):
        number /= 1000
        if round(number, 1) < 100:
            return f"{number:.1f}{unit}"
        if round(number) < 1000:
            return f"{number:.0f}{unit}"
    return f"{number / 1000:.1f}T"


@_figure
def count(number: int) -> str:
    """A number in full: 1,234."""
    return f"{number:,}"


@_figure
def about(number: float) -> str:
    """A number that is not known better than by two digits: 740, 1,200."""
    digits = len(f"{number:.0f}")
    return f"{round(number, 2 - digits):,.0f}" if digits > 2 else f"{number:.0f}"


@_figure
def mean(number: float) -> str:
    """A mean or a factor: 2.3; never 0.0 when it is not quite that."""
    return "<0.1" if 0 < number < 0.05 else f"{number:.1f}"


@_figure
def share(rate: float) -> str:
    """A rate: 88 %; never 0 % or 100 % when it is not quite that."""
    if 0 < rate < 0.005:
        return "<1 %"
    if 0.995 <= rate < 1:
        return ">99 %"
    return f"{rate * 100:.0f} %"


@_figure
def share_of(rate: float, n: int) -> str:
    """A rate with what it is of: 88 % of 16."""
    return f"{share(rate)} of {n:,}"


def interval(low: float | None, high: float | None) -> str:
    """A rate's interval in percent: 64–97."""
    if low is None or high is None:
        return UNKNOWN
    written = Interval(f"{low * 100:.0f}–{high * 100:.0f}", low)
    written.high = high
    return written


@_figure
def factor(number: float) -> str:
    """A speed-up: 4.2×."""
    return f"{mean(number)}×"


class Money(Figure):
    """A cost in dollars. Those of one column are written in one format: `in_one_format`."""

    __slots__ = ()


def money(cost: float | None) -> str:
    """A cost in dollars, as OpenCode has it: $1,234, $1.23, $0.07; less than a cent: $0.0042."""
    if cost is None:
        return UNKNOWN
    in_dollars = cost >= _DOLLARS
    return Money(f"${cost:,.0f}" if in_dollars else _money(cost, in_cents=cost >= _CENT), cost)


def in_one_format(costs: Sequence[Money]) -> list[Money]:
    """The costs of one column: all in cents, or where none of them reaches one, in parts of it."""
    in_cents = any(each.number >= _CENT for each in costs)
    return [Money(_money(each.number, in_cents=in_cents), each.number) for each in costs]


def _money(cost: float, *, in_cents: bool) -> str:
    least, decimals = (0.01, 2) if in_cents or not cost else (0.0001, 4)
    if 0 < cost < least / 2:
        return f"<${least}"
    return f"${cost:,.{decimals}f}"


@contextmanager
def in_zone(*, utc: bool) -> Iterator[None]:
    """Write the times inside in UTC, or in the local time zone."""
    token = _zone.set(UTC if utc else None)
    try:
        yield
    finally:
        _zone.reset(token)


@_figure
def moment(ms: int) -> str:
    """A time in the zone of the report: 2026-11-23 04:22."""
    return _written(ms, "%Y-%m-%d %H:%M")


@_figure
def clock(ms: int) -> str:
    """A time of the day in the zone of the report: 04:22:07."""
    return _written(ms, "%H:%M:%S")


def zone(ms: int | None) -> str:
    """What the time zone of the report is called at that time: UTC, CET."""
    return "" if ms is None else _written(ms, "%Z")


def _written(ms: int, form: str) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(_zone.get()).strftime(form)
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"  # a damaged clock: show what was written


@_figure
def day(ms: int) -> str:
    """A day in the zone of the report: 1 Jul 2026."""
    return _written(ms, "%d %b %Y").removeprefix("0")
