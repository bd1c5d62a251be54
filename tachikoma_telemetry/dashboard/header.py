"""The two lines above every screen."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from ..reports import Filters, figures
from ..reports.drilldown.pulse import Pulse, pulse_of, totals_of
from ..reports.sections.overview.rows import Totals
from .fields import spark
from .time_range import TimeRange

_DAY_MS = 86_400_000
_USUAL_FOR_MS = 600_000
_RECENT = 5


@dataclass(frozen=True, slots=True)
class HeaderFigures:
    """What the second line says.

    Attributes:
        pulse: what happens now.
        totals: the whole of the span.
        cost_per_day: of all of the history, as the overview has it; None without a cost.
        read_at: when that was read, ms since the epoch: it takes long, and hardly changes.

    """

    pulse: Pulse
    totals: Totals
    cost_per_day: float | None
    read_at: int


def head_of(
    store: sqlite3.Connection, filters: Filters, before: HeaderFigures | None, now_ms: int
) -> HeaderFigures:
    """Read it."""
    totals = totals_of(store, filters, now_ms=now_ms)
    if before is not None and 0 <= now_ms - before.read_at < _USUAL_FOR_MS:
        usual, read_at = before.cost_per_day, before.read_at
    else:
        usual, read_at = totals_of(store, Filters(), now_ms=now_ms).cost_per_day, now_ms
    return HeaderFigures(pulse_of(store, now_ms=now_ms), totals, usual, read_at)


def summary(head: HeaderFigures, span: TimeRange) -> Text:
    """``active 2 · 11/min ▁▂▅▂▇ · 9 of 214 failed · $1.84 (usual $0.82 ▲)``."""
    pace, totals = head.pulse.pace, head.totals
    text = Text(" ", no_wrap=True, overflow="ellipsis")
    working = sum(row.working for row in head.pulse.active)
    text.append(f"{'●' if working else '○'} {working} working", "green" if working else "dim")
    rate = sum(pace[-_RECENT:]) / _RECENT
    text.append(
        f" · {rate:.0f}/min {_shape(pace)}"
        if rate >= 1 or not rate
        else f" · <1/min {_shape(pace)}"
    )
    finished = totals.succeeded + totals.failed
    text.append(" · ")
    failed = f"{totals.failed:,} of {finished:,} failed" if finished else "no call ended"
    text.append(failed, "red" if totals.failed else "")
    text.append(f" · {_cost(head, span)}")
    return text


def _shape(pace: Sequence[int]) -> str:
    """Five bars of two minutes each."""
    many = [sum(pair) for pair in zip(pace[::2], pace[1::2], strict=True)]
    return spark([each / (max(many) or 1) for each in many])


def _cost(head: HeaderFigures, span: TimeRange) -> str:
    cost = head.totals.cost
    if cost is None:
        return "no cost known"
    shown = _money(cost)
    if span.ms is None or head.cost_per_day is None:
        return shown
    usual = head.cost_per_day * span.ms / _DAY_MS
    sign = "▲" if cost > usual * 1.1 else "▼" if cost < usual * 0.9 else "≈"
    return f"{shown} (usual {_money(usual)} {sign})"


def _money(cost: float) -> str:
    return figures.money(cost) if cost < 0.005 else f"${cost:,.2f}"


def state_of(phase: str, *, failed: bool, took: float | None) -> Text:
    """Whether it follows: ``● 0.4 s``, ``○ joining 45 %``, ``! can't follow``."""
    if failed:
        return Text("! see below ", style="yellow", no_wrap=True)
    if phase:
        return Text(f"○ {phase} ", style="dim", no_wrap=True, overflow="ellipsis")
    return Text(f"● {took:.1f} s " if took is not None else "● live ", style="green", no_wrap=True)
