"""The columns of every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reports import figures
from ..reports.blocks import Cell, Tone, bar, faults, interval, name, number
from ..reports.drilldown.event_words import event_name, event_words
from ..reports.drilldown.listed_rows import AttemptRow, PlacedSession, RunRow, StepRow, UnjoinedRow
from ..reports.drilldown.pulse import ActiveRow
from ..reports.sections.calls.rows import CallRow
from ..reports.sections.findings.rows import FindingRow
from ..reports.sections.skills.rows import SkillRow
from ..visible import visible
from .fields import ListField

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


def _cost(row: Any) -> Cell:
    cost = row.cost
    text = figures.money(cost)
    if cost is not None and 0.005 <= cost < 0.99995:
        text = figures.Figure(f"${cost:.2f}", cost)
    return number(text)


def _known(number_of: int | None) -> Cell:
    return number(figures.count(number_of), "plain" if number_of else "faint")


def _titled(row: ActiveRow | PlacedSession) -> Cell:
    branch = "  " * (row.depth - 1) + "└ " if row.depth else ""
    fork = "⑂ " if isinstance(row, PlacedSession) and row.fork_of is not None else ""
    title = visible(row.session_id if row.title is None else row.title)
    return Cell(branch + fork + title, "plain" if row.depth else "strong")


def _step(row: ActiveRow) -> Cell:
    sign = {True: "✓", False: "✗", None: ""}[row.step_good]
    text = row.step if sign in row.step else f"{row.step} {sign}"
    return Cell(text, "bad" if row.step_good is False else "plain")


def _state(row: ActiveRow) -> Cell:
    if row.working:
        return Cell("● working", "good")
    return Cell("○ ended" if row.parent_id is not None else "○ waits", "faint")


ACTIVE: Sequence[ListField[ActiveRow]] = (
    ListField("at work", "title", _titled, right=False, shrink=18),
    ListField("skill", "skill", lambda row: name(row.skill), right=False, drop=1, shrink=10),
    ListField("last step", "step", _step, right=False, shrink=14),
    ListField("", "working", _state, right=False),
    ListField("failed", "failed", lambda row: faults(row.failed), drop=4),
    ListField("cost", "cost", _cost),
)

TODAY: Sequence[ListField[SkillRow]] = (
    ListField("skill", "skill", lambda row: name(row.skill, "strong"), right=False, shrink=16),
    ListField("loads", "loads", lambda row: _known(row.loads)),
    ListField("runs", "runs", lambda row: _known(row.runs)),
    ListField("ok", "success_rate", lambda row: number(figures.share(row.success_rate))),
    ListField("", "success_rate", lambda row: bar(row.success_rate), drop=3, sorts=False),
    ListField("time", "run_p50_ms", lambda row: number(figures.duration(row.run_p50_ms)), drop=2),
    ListField("cost", "cost", _cost, drop=1),
)


def _calls_failed(row: SkillRow) -> Cell:
    if not row.tool_calls:
        return Cell(figures.UNKNOWN, "faint")
    failed = row.failed_tool_calls or 0
    return number(figures.Figure(f"{failed} of {row.tool_calls:,}", failed))


SKILLS: Sequence[ListField[SkillRow]] = (
    ListField("skill", "skill", lambda row: name(row.skill, "strong"), right=False, shrink=16),
    ListField("runs", "runs", lambda row: _known(row.runs)),
    ListField("ok", "success_rate", lambda row: number(figures.share(row.success_rate))),
    ListField("", "success_rate", lambda row: bar(row.success_rate), drop=6, sorts=False),
    ListField(
        "95 %", "success_low", lambda row: interval(row.success_low, row.success_high), drop=3
    ),
    ListField("abandoned", "abandoned", lambda row: faults(row.abandoned, "doubtful"), drop=8),
    ListField("time", "run_p50_ms", lambda row: number(figures.duration(row.run_p50_ms)), drop=2),
    ListField("loads", "loads", lambda row: _known(row.loads)),
    ListField("not loaded", "failed_loads", lambda row: faults(row.failed_loads), drop=10),
    ListField(
        "in skill", "window_p50_ms", lambda row: number(figures.duration(row.window_p50_ms)), drop=7
    ),
    ListField("calls failed", "failed_tool_calls", _calls_failed, drop=9),
    ListField("cost", "cost", _cost, drop=1),
    ListField("last used", "last_used", lambda row: clock(row.last_used), drop=5),
)

SESSIONS: Sequence[ListField[PlacedSession]] = (
    ListField("session", "title", _titled, right=False, shrink=24),
    ListField("started", "started", lambda row: clock(row.started), right=False),
    ListField("calls", "calls", lambda row: number(figures.count(row.calls))),
    ListField("failed", "failed", lambda row: faults(row.failed)),
    ListField("skills", "skills", lambda row: _known(row.skills), drop=2),
    ListField(
        "out tokens", "tokens_output", lambda row: number(figures.amount(row.tokens_output)), drop=3
    ),
    ListField("cost", "cost", _cost, drop=1),
)


def _indented(row: StepRow) -> Cell:
    if row.kind == "turn":
        return Cell("the user wrote", "strong")
    if row.kind == "error":
        return Cell(f"✗ {visible(row.name or 'error')}", "bad")
    lead = "└ " if row.depth else ""
    if row.kind == "event":
        lost = "" if row.match in ("exact", "inferred") else " ?"
        return Cell(f"{lead}{event_name(row.name or '')}{lost}", "faint")
    return Cell(lead + visible(row.name or "skill"))


def _said(row: StepRow) -> Cell:
    if row.kind == "event":
        text, good = event_words(row.body)
        return Cell(text, "bad" if good is False else "good" if good else "plain")
    if row.kind != "call":
        return Cell("")
    cell = outcome(row.outcome)
    return Cell(f"{cell.text} {visible(row.reason)}" if row.reason else cell.text, cell.tone)


def _step_time(row: StepRow) -> Cell:
    return clock(row.time, seconds=True) if not row.depth else Cell("")


def _skill_of_step(row: StepRow) -> Cell:
    return name(row.skill, "faint") if row.kind in ("call", "event") else Cell("")


STEPS: Sequence[ListField[StepRow]] = (
    ListField("time", "time", _step_time, right=False),
    ListField("step", "name", _indented, right=False, shrink=16),
    ListField("", "outcome", _said, right=False, shrink=20),
    ListField(
        "took",
        "duration_ms",
        lambda row: number(figures.duration(row.duration_ms)) if row.kind == "call" else Cell(""),
    ),
    ListField("skill", "skill", _skill_of_step, right=False, drop=1, shrink=10),
)

CALLS: Sequence[ListField[CallRow]] = (
    ListField("started", "started", lambda row: clock(row.started), right=False),
    ListField("tool", "tool", lambda row: name(row.tool, "strong"), right=False, shrink=10),
    ListField("outcome", "outcome", lambda row: outcome(row.outcome), right=False),
    ListField("why", "reason", lambda row: name(row.reason), right=False, drop=3, shrink=12),
    ListField("took", "duration_ms", lambda row: number(figures.duration(row.duration_ms))),
    ListField("skill", "skill", lambda row: name(row.skill), right=False, drop=2, shrink=10),
    ListField("events", "events", lambda row: _known(row.events), drop=1, sorts=False),
    ListField("model", "model", lambda row: name(row.model), right=False, drop=4, shrink=12),
)

RUNS: Sequence[ListField[RunRow]] = (
    ListField("started", "started", lambda row: clock(row.started), right=False),
    ListField("skill", "skill", lambda row: name(row.skill, "strong"), right=False, shrink=12),
    ListField("outcome", "outcome", lambda row: outcome(row.outcome), right=False),
    ListField("why", "reason", lambda row: name(row.reason), right=False, shrink=10, drop=4),
    ListField("took", "run_ms", lambda row: number(figures.duration(row.run_ms))),
    ListField("iterations", "iterations", lambda row: _known(row.iterations), drop=2),
    ListField("retries", "retries", lambda row: _known(row.retries), drop=3),
    ListField("session", "title", lambda row: name(row.title), right=False, shrink=12, drop=1),
    ListField("model", "model", lambda row: name(row.model), right=False, drop=5, shrink=10),
)


_SUCCESS: Mapping[int | None, str] = {1: "succeeded", 0: "failed"}

ATTEMPTS: Sequence[ListField[AttemptRow]] = (
    ListField("time", "time", lambda row: clock(row.time), right=False),
    ListField("model", "model", lambda row: name(row.model), right=False, drop=3, shrink=10),
    ListField("format", "format", lambda row: name(row.format), right=False, shrink=12),
    ListField("outcome", "success", lambda row: outcome(_SUCCESS.get(row.success)), right=False),
    ListField("try", "attempt", lambda row: number(figures.count(row.attempt))),
    ListField(
        "why", "error_type", lambda row: name(row.error_type), right=False, drop=2, shrink=10
    ),
    ListField("took", "duration_ms", lambda row: number(figures.duration(row.duration_ms)), drop=4),
    ListField("skill", "skill", lambda row: name(row.skill), right=False, drop=1, shrink=10),
    ListField("session", "title", lambda row: name(row.title), right=False, drop=5, shrink=12),
)

_WHY = {
    "orphan": "names a call that is not here (yet)",
    "ambiguous": "fits more than one call",
    "none": "names no call, fits none",
}

UNJOINED: Sequence[ListField[UnjoinedRow]] = (
    ListField("time", "time", lambda row: clock(row.time), right=False),
    ListField("event", "type", lambda row: name(event_name(row.type)), right=False, shrink=12),
    ListField("skill", "skill", lambda row: name(row.skill), right=False, shrink=10, drop=1),
    ListField(
        "why not joined",
        "match",
        lambda row: Cell(f"! {row.match}: {_WHY.get(row.match, '')}", "doubtful"),
        right=False,
    ),
    ListField("call", "call_id", lambda row: name(row.call_id), right=False, shrink=10, drop=2),
)

FINDINGS: Sequence[ListField[FindingRow]] = (
    ListField("", "level", lambda row: Cell(*_LEVELS[row.level]), right=False),
    ListField("stands out", "text", lambda row: Cell(row.text), right=False, shrink=66),
    ListField(
        "from", "evidence", lambda row: Cell(row.evidence, "faint"), right=False, drop=1, shrink=20
    ),
)

LISTED: Mapping[str, tuple[type[Any], Sequence[ListField[Any]], str]] = {
    "calls": (CallRow, CALLS, "call_key"),
    "runs": (RunRow, RUNS, "run_id"),
    "attempts": (AttemptRow, ATTEMPTS, "attempt_id"),
    "unjoined": (UnjoinedRow, UNJOINED, "event_id"),
    "sessions": (PlacedSession, SESSIONS, "session_id"),
    "steps": (StepRow, STEPS, "step"),
}
"""Of each kind of rows that are read by pages: the row, its columns, and what is unique in it."""
