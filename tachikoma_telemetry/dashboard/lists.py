"""The columns of every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reports import figures
from ..reports.blocks import Cell, Column, Tone, bar, faults, interval, name, number
from ..reports.drilldown.event_words import event_words
from ..reports.drilldown.listed_rows import AttemptRow, PlacedSession, RunRow, StepRow, UnjoinedRow
from ..reports.drilldown.pulse import ActiveRow
from ..reports.sections.calls.rows import CallRow
from ..reports.sections.timeline.details import called
from ..visible import visible

# A word's sign, for where colours are not seen.
_OUTCOMES: Mapping[str, tuple[str, Tone]] = {
    "succeeded": ("✓", "good"),
    "failed": ("✗", "bad"),
    "timed_out": ("✗", "bad"),
    "invalid": ("✗", "bad"),
    "escalated": ("✗", "bad"),
    "running": ("●", "plain"),
    "abandoned": ("!", "doubtful"),
    "unfinished": ("!", "doubtful"),
    "cancelled": ("○", "faint"),
}
_LEVELS: Mapping[str, tuple[str, Tone]] = {
    "good": ("▲", "good"),
    "bad": ("✗", "bad"),
    "warning": ("!", "doubtful"),
}


def outcome(text: str | None) -> Cell:
    """How something ended: a sign and its word."""
    if text is None:
        return Cell(figures.UNKNOWN, "faint")
    sign, tone = _OUTCOMES.get(text, (" ", "plain"))
    return Cell(f"{sign} {visible(text).replace('_', ' ')}", tone)


def clock(ms: int | None, *, seconds: bool = False) -> Cell:
    """A time, short: ``11-23 04:22``, or within a session ``04:22:07``."""
    if ms is None:
        return Cell(figures.UNKNOWN, "faint")
    text = figures.clock(ms) if seconds else figures.moment(ms)[5:]
    return Cell(figures.Figure(text, ms), "faint")


def _cost(cost: float | None) -> str:
    if cost is not None and 0.005 <= cost < 0.99995:
        return figures.Figure(f"${cost:.2f}", cost)
    return figures.money(cost)


def _known(many: int | None) -> Cell:
    return number(figures.count(many), "plain" if many else "faint")


def _titled(row: ActiveRow | PlacedSession) -> Cell:
    branch = "  " * (row.depth - 1) + "└ " if row.depth else ""
    fork = "⑂ " if isinstance(row, PlacedSession) and row.fork_of is not None else ""
    title = visible(row.session_id if row.title is None else row.title)
    return Cell(branch + fork + title, "plain" if row.depth else "strong")


def _step(step: str, good: bool | None) -> Cell:  # noqa: FBT001 - as the row has it
    sign = {True: "✓", False: "✗", None: ""}[good]
    text = step if sign in step else f"{step} {sign}"
    return Cell(text, "bad" if good is False else "plain")


def _state(working: bool, parent_id: str | None) -> Cell:  # noqa: FBT001 - as the row has it
    if working:
        return Cell("● working", "good")
    return Cell("○ ended" if parent_id is not None else "○ waits", "faint")


_SKILL = Column("skill", name, "skill", right=False, drop=1, shrink=10)
_COST = Column("cost", _cost, "cost", drop=1)

ACTIVE = (
    Column("at work", _titled, about="title", right=False, shrink=18),
    _SKILL,
    Column("last step", _step, ("step", "step_good"), right=False, shrink=14),
    Column("", _state, ("working", "parent_id"), right=False),
    Column("failed", faults, "failed", drop=4),
    Column("cost", _cost, "cost"),
)

_NAME = Column("skill", name, "skill", "strong", right=False, shrink=16)
_LOADS = Column("loads", _known, "loads")
_RUNS = Column("runs", _known, "runs")
_RATE = Column("ok", figures.share, "success_rate")
_RUN_TIME = Column("time", figures.duration, "run_p50_ms", drop=2)

TODAY = (
    *(_NAME, _LOADS, _RUNS, _RATE),
    Column("", bar, "success_rate", drop=3, sorts=False),
    *(_RUN_TIME, _COST),
)


def _calls_failed(failed: int | None, calls: int | None) -> str:
    if not calls:
        return figures.UNKNOWN
    return figures.Figure(f"{failed or 0} of {calls:,}", failed or 0)


SKILLS = (
    *(_NAME, _RUNS, _RATE),
    Column("", bar, "success_rate", drop=6, sorts=False),
    Column("95 %", interval, ("success_low", "success_high"), drop=3),
    Column("abandoned", faults, "abandoned", "doubtful", drop=8),
    *(_RUN_TIME, _LOADS),
    Column("not loaded", faults, "failed_loads", drop=10),
    Column("in skill", figures.duration, "window_p50_ms", drop=7),
    Column("calls failed", _calls_failed, ("failed_tool_calls", "tool_calls"), drop=9),
    _COST,
    Column("last used", clock, "last_used", drop=5),
)

_STARTED = Column("started", clock, "started", right=False)

SESSIONS = (
    Column("session", _titled, about="title", right=False, shrink=24),
    _STARTED,
    Column("calls", figures.count, "calls"),
    Column("failed", faults, "failed"),
    Column("skills", _known, "skills", drop=2),
    Column("out tokens", figures.amount, "tokens_output", drop=3),
    _COST,
)


def _indented(row: StepRow) -> Cell:
    if row.kind == "turn":
        return Cell("the user wrote", "strong")
    if row.kind == "error":
        return Cell(f"✗ {visible(row.name or 'error')}", "bad")
    lead = "└ " if row.depth else ""
    if row.kind == "event":
        lost = "" if row.match in ("exact", "inferred") else " ?"
        return Cell(f"{lead}{called(row.name or '')}{lost}", "faint")
    return Cell(lead + visible(row.name or "skill"))


def _said(row: StepRow) -> Cell:
    if row.kind == "event":
        text, good = event_words(row.body)
        return Cell(text, "bad" if good is False else "good" if good else "plain")
    if row.kind != "call":
        return Cell("")
    cell = outcome(row.outcome)
    return Cell(f"{cell.text} {visible(row.reason)}" if row.reason else cell.text, cell.tone)


def _step_time(time: int | None, depth: int) -> Cell:
    return clock(time, seconds=True) if not depth else Cell("")


def _took(duration_ms: int | None, kind: str) -> Cell:
    return number(figures.duration(duration_ms)) if kind == "call" else Cell("")


def _skill_of_step(skill: str | None, kind: str) -> Cell:
    return name(skill, "faint") if kind in ("call", "event") else Cell("")


STEPS = (
    Column("time", _step_time, ("time", "depth"), right=False),
    Column("step", _indented, about="name", right=False, shrink=16),
    Column("", _said, about="outcome", right=False, shrink=20),
    Column("took", _took, ("duration_ms", "kind")),
    Column("skill", _skill_of_step, ("skill", "kind"), right=False, drop=1, shrink=10),
)

_OUTCOME = Column("outcome", outcome, "outcome", right=False)

CALLS = (
    _STARTED,
    Column("tool", name, "tool", "strong", right=False, shrink=10),
    _OUTCOME,
    Column("why", name, "reason", right=False, drop=3, shrink=12),
    Column("took", figures.duration, "duration_ms"),
    Column("skill", name, "skill", right=False, drop=2, shrink=10),
    Column("events", _known, "events", drop=1, sorts=False),
    Column("model", name, "model", right=False, drop=4, shrink=12),
)

RUNS = (
    _STARTED,
    Column("skill", name, "skill", "strong", right=False, shrink=12),
    _OUTCOME,
    Column("why", name, "reason", right=False, shrink=10, drop=4),
    Column("took", figures.duration, "run_ms"),
    Column("iterations", _known, "iterations", drop=2),
    Column("retries", _known, "retries", drop=3),
    Column("session", name, "title", right=False, shrink=12, drop=1),
    Column("model", name, "model", right=False, drop=5, shrink=10),
)

_TIME = Column("time", clock, "time", right=False)
_SUCCESS: Mapping[int | None, str] = {1: "succeeded", 0: "failed"}

ATTEMPTS = (
    _TIME,
    Column("model", name, "model", right=False, drop=3, shrink=10),
    Column("format", name, "format", right=False, shrink=12),
    Column("outcome", lambda each: outcome(_SUCCESS.get(each)), "success", right=False),
    Column("try", figures.count, "attempt"),
    Column("why", name, "error_type", right=False, drop=2, shrink=10),
    Column("took", figures.duration, "duration_ms", drop=4),
    _SKILL,
    Column("session", name, "title", right=False, drop=5, shrink=12),
)

_WHY = {
    "orphan": "names a call that is not here (yet)",
    "ambiguous": "fits more than one call",
    "none": "names no call, fits none",
}


def _why(match: str) -> Cell:
    return Cell(f"! {match}: {_WHY.get(match, '')}", "doubtful")


UNJOINED = (
    _TIME,
    Column("event", lambda kind: name(called(kind)), "type", right=False, shrink=12),
    _SKILL,
    Column("why not joined", _why, "match", right=False),
    Column("call", name, "call_id", right=False, shrink=10, drop=2),
)

FINDINGS = (
    Column("", lambda level: Cell(*_LEVELS[level]), "level", right=False),
    Column("stands out", Cell, "text", right=False, shrink=66),
    Column("from", Cell, "evidence", "faint", right=False, drop=1, shrink=20),
)

LISTED: Mapping[str, tuple[type[Any], Sequence[Column], str]] = {
    "calls": (CallRow, CALLS, "call_key"),
    "runs": (RunRow, RUNS, "run_id"),
    "attempts": (AttemptRow, ATTEMPTS, "attempt_id"),
    "unjoined": (UnjoinedRow, UNJOINED, "event_id"),
    "sessions": (PlacedSession, SESSIONS, "session_id"),
    "steps": (StepRow, STEPS, "step"),
}
"""Of each kind of rows that are read by pages: the row, its columns, and what is unique in it."""
