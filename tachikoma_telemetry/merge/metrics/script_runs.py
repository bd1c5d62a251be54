"""Skill runs that were not recorded: a row for every shell call that ran a file of a skill.

A call in which its code recorded anything of a run is of that run, which has its own row. So is one
during which a run of its skill was recorded that fits several calls: which of them it was, nothing
says, but a run is never counted twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...store.time_limits import ABANDONED_AFTER_MS

# What was refused, or could not begin, ran nothing.
RAN = "c.outcome <> 'invalid' AND NOT (c.outcome = 'failed' AND c.exit_code IS NULL)"
# What was recorded during a script's call without naming one, and may be of it.
_LOOSE = f"""
 e.call_id IS NULL AND (e.opencode = 1 OR e.session_id IS NOT NULL) AND e.skill = c.script_skill
 AND e.time BETWEEN c.started
     AND coalesce(c.ended, max(coalesce(c.updated, 0), c.started) + {ABANDONED_AFTER_MS})
 AND coalesce(e.session_id, c.session_id) = c.session_id
 """
_CALLS = f"""
SELECT c.call_key, c.script_skill, c.script_decides, c.outcome, c.reason, c.started, c.ended,
       c.updated, c.duration_ms, c.model, c.agent, c.message_id, m.counted, m.tokens_input,
       m.tokens_output, m.tokens_cache_read, m.cost
FROM calls c INDEXED BY calls_script
LEFT JOIN messages m ON m.message_id = c.message_id
LEFT JOIN sessions s ON s.session_id = c.session_id
WHERE c.session_id = ?1 AND c.script_skill IS NOT NULL AND c.counted = 1
  AND {RAN}
  AND NOT EXISTS (
      SELECT 1 FROM events e CROSS JOIN skill_metrics r ON r.metric_id = 'run:' || e.run
      WHERE e.call_key = c.call_key)
  AND NOT EXISTS (
      SELECT 1 FROM events e INDEXED BY events_loose
      CROSS JOIN skill_metrics r ON r.metric_id = 'run:' || e.run AND r.call_key IS NULL
      WHERE {_LOOSE} AND (
          e.session_id IS NOT NULL OR is_inside(coalesce(m.directory, s.directory), e.project)))
ORDER BY c.started, c.call_key
"""

_CHANGED = """
WITH loose AS (
    SELECT e.time, e.session_id, e.skill
    FROM changed_events x CROSS JOIN events e ON e.rowid = x.row
    WHERE e.call_id IS NULL AND e.run IS NOT NULL AND (e.opencode = 1 OR e.session_id IS NOT NULL)
)
SELECT session_id FROM loose WHERE session_id IS NOT NULL
-- Few calls last longer than ten minutes, or have no end.
UNION SELECT c.session_id FROM loose e CROSS JOIN calls c INDEXED BY calls_started
    ON c.started BETWEEN e.time - 600000 AND e.time AND c.script_skill = e.skill
    WHERE e.session_id IS NULL
UNION SELECT c.session_id FROM loose e CROSS JOIN calls c INDEXED BY calls_long
    ON c.started < e.time AND c.shell = 1 AND c.ended - c.started > 600000
    AND c.ended >= e.time AND c.script_skill = e.skill
    WHERE e.session_id IS NULL
UNION SELECT c.session_id FROM loose e CROSS JOIN calls c INDEXED BY calls_open
    ON c.outcome = 'running' AND c.started <= e.time AND c.script_skill = e.skill
    WHERE e.session_id IS NULL
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

    Recorded events have to be matched, and recorded runs derived before. `is_inside` has to be a
    function of the connection.
    """
    for session in sessions:
        store.execute(
            "DELETE FROM skill_metrics WHERE session_id = ? AND kind = 'run' AND source = 'call'",
            (session,),
        )
        # The tokens of a message count once a skill, for the first of its runs there.
        spent: set[tuple[str, str]] = set()
        calls = map(_ScriptCall._make, store.execute(_CALLS, (session,)).fetchall())
        store.executemany(_INSERT, [_row(session, call, spent) for call in calls])


def sessions_of_loose_runs(store: sqlite3.Connection) -> list[str]:
    """The sessions where a script's call may have recorded a changed event that names none."""
    return [session for (session,) in store.execute(_CHANGED)]


class _ScriptCall(NamedTuple):
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


def _row(session: str, call: _ScriptCall, spent: set[tuple[str, str]]) -> tuple[Any, ...]:
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


def _outcome(call: _ScriptCall) -> tuple[str | None, str | None]:
    """How a run ended, by its call, and why; None when that does not say it."""
    if call.outcome == "timed_out":
        return "failed", "timed out"
    if call.outcome == "cancelled" or (call.outcome in ("succeeded", "failed") and call.decides):
        return call.outcome, call.reason
    return None, None
