"""Skill runs that were not recorded: a row for every shell call that ran a file of a skill.

A call in which its code recorded anything of a run is of that run, which has its own row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

# What was refused, or could not begin, ran nothing.
RAN = "c.outcome <> 'invalid' AND NOT (c.outcome = 'failed' AND c.exit_code IS NULL)"

_CALLS = f"""
SELECT c.call_key, c.script_skill, c.script_decides, c.outcome, c.reason, c.started, c.ended,
       c.updated, c.duration_ms, c.model, c.agent, c.message_id, m.counted, m.tokens_input,
       m.tokens_output, m.tokens_cache_read, m.cost
FROM calls c INDEXED BY calls_script
LEFT JOIN messages m ON m.message_id = c.message_id
WHERE c.session_id = ?1 AND c.script_skill IS NOT NULL AND c.counted = 1
  AND {RAN}
  AND NOT EXISTS (
      SELECT 1 FROM events e CROSS JOIN skill_metrics r ON r.metric_id = 'run:' || e.run
      WHERE e.call_key = c.call_key)
ORDER BY c.started, c.call_key
"""

_COLUMNS = (
    *("metric_id", "run_id", "skill", "session_id", "call_key", "model", "agent", "started"),
    *("ended", "last_seen", "last_call", "left_open", "outcome", "reason", "run_ms"),
    *("tokens_input", "tokens_output", "tokens_cache_read", "cost"),
)
_INSERT = (
    f"INSERT OR IGNORE INTO skill_metrics (kind, source, counted, {', '.join(_COLUMNS)}) "
    f"VALUES ('run', 'call', 1, {', '.join('?' * len(_COLUMNS))})"
)


def derive_script_runs(store: sqlite3.Connection, sessions: Iterable[str]) -> None:
    """Make the rows of `skill_metrics` that are of calls in these sessions again.

    Recorded events have to be matched, and recorded runs derived before.
    """
    for session in sessions:
        store.execute(
            "DELETE FROM skill_metrics WHERE session_id = ? AND kind = 'run' AND source = 'call'",
            (session,),
        )
        # The tokens of a message count once a skill, for the first of its runs there.
        spent: set[tuple[str, str]] = set()
        calls = map(_Call._make, store.execute(_CALLS, (session,)).fetchall())
        store.executemany(_INSERT, [_row(session, call, spent) for call in calls])


class _Call(NamedTuple):
    """A shell call that ran a file of a skill, and its message's tokens and cost."""

    call_key: str
    skill: str
    decides: int
    outcome: str
    reason: str | None
    started: int | None
    ended: int | None
    updated: int | None
    duration_ms: int | None
    model: str | None
    agent: str | None
    message_id: str
    counted: int | None
    tokens_input: int | None
    tokens_output: int | None
    tokens_cache_read: int | None
    cost: float | None


def _row(session: str, call: _Call, spent: set[tuple[str, str]]) -> tuple[Any, ...]:
    run, key = f"call:{call.call_key}", call.call_key
    step = (call.message_id, call.skill)
    amounts = call[-4:] if call.counted and step not in spent else (None,) * 4
    spent.add(step)
    last_seen = call.ended or call.updated or call.started
    outcome, reason = _outcome(call)
    return (
        *(f"run:{run}", run, call.skill, session, key, call.model, call.agent, call.started),
        *(call.ended, last_seen, key, int(not call.decides), outcome, reason, call.duration_ms),
        *amounts,
    )


def _outcome(call: _Call) -> tuple[str | None, str | None]:
    """How a run ended, by its call, and why; None when that does not say it."""
    if call.outcome == "timed_out":
        return "failed", "timed out"
    if call.outcome == "cancelled" or (call.outcome in ("succeeded", "failed") and call.decides):
        return call.outcome, call.reason
    return None, None
