"""Retries that nobody recorded: a bash command given again, in the same turn, after it had failed.

Events win over inference, never both: where either of the two calls has recorded anything, its code
is instrumented and would have said so. Inferred retries stand beside recorded ones, never in a sum.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from .turns import turns_of

_FAILED = frozenset({"failed", "timed_out"})

_CALLS = """
SELECT call_key, command_digest, outcome, reason, started, model, active_skill
FROM calls
WHERE session_id = ?1 AND tool = 'bash' AND counted = 1 AND started IS NOT NULL
  AND command_digest IN (
      SELECT command_digest FROM calls INDEXED BY calls_failed
      WHERE session_id = ?1 AND tool = 'bash' AND outcome IN ('failed', 'timed_out'))
ORDER BY started, call_key
"""

_INSERT = """
INSERT INTO iteration_metrics (
    event_id, source, kind, skill, session_id, call_key, model, time, number, reason
) VALUES (?, 'call', 'retry', ?, ?, ?, ?, ?, ?, ?)
"""


def derive_repeats(store: sqlite3.Connection, sessions: Iterable[str]) -> None:
    """Make the inferred retries of `iteration_metrics` anew in these sessions."""
    for session in sessions:
        store.execute(
            "DELETE FROM iteration_metrics WHERE source = 'call' AND session_id = ?", (session,)
        )
        calls = store.execute(_CALLS, (session,)).fetchall()
        if len(calls) > 1:
            recorded = {
                key
                for (key,) in store.execute(
                    "SELECT DISTINCT call_key FROM events WHERE session = ?", (session,)
                )
            }
            turns = turns_of(store, session)
            store.executemany(_INSERT, _repeats(session, calls, turns, recorded))


def _repeats(
    session: str, calls: list[tuple[Any, ...]], turns: list[int], recorded: set[str]
) -> list[tuple[Any, ...]]:
    rows = []
    # Of each command in each turn: how it ended the last time, how often it was tried.
    before: dict[tuple[int, str], tuple[bool, bool, int, str | None]] = {}
    for key, command, outcome, reason, started, model, skill in calls:
        place = (bisect_right(turns, started), command)
        failed, was_told, attempt, why = before.get(place, (False, False, 0, None))
        attempt = attempt + 1 if failed else 1
        told = key in recorded
        if failed and not was_told and not told:
            rows.append((f"call:{key}", skill, session, key, model, started, attempt, why))
        before[place] = (outcome in _FAILED, told, attempt, reason)
    return rows
