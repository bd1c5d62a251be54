"""Retries that were not recorded: a shell command given again, in the same turn, after it failed.

One that began while the first still ran is none: parallel calls know nothing of a failure.

Events win over inference, never both: where either of the two calls has recorded anything, its code
is instrumented and would have said so. Inferred and recorded retries are never added up.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from .turns import turns_of

_FAILED = frozenset({"failed", "timed_out"})

_CALLS = """
SELECT call_key, command_digest, outcome, reason, started, ended, model, active_skill
FROM calls
WHERE session_id = ?1 AND shell = 1 AND counted = 1 AND started IS NOT NULL
  AND command_digest IN (
      SELECT command_digest FROM calls INDEXED BY calls_failed
      WHERE session_id = ?1 AND shell = 1 AND outcome IN ('failed', 'timed_out'))
ORDER BY started, call_key
"""

_INSERT = """
INSERT INTO iteration_metrics (
    event_id, source, kind, skill, session_id, call_key, model, time, number, reason
) VALUES (?, 'call', 'retry', ?, ?, ?, ?, ?, ?, ?)
"""


def derive_inferred_retries(store: sqlite3.Connection, sessions: Iterable[str]) -> None:
    """Make the inferred retries of these sessions in `iteration_metrics` again."""
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
    # Of each command in each turn: the calls that have ended, in the order in which they did.
    before: dict[tuple[int, str], list[_EndedCall]] = defaultdict(list)
    for key, command, outcome, reason, started, ended, model, skill in calls:
        ended_ones = before[bisect_right(turns, started), command]
        at = bisect_right(ended_ones, started, key=lambda each: each.ended)
        former = ended_ones[at - 1] if at and ended_ones[at - 1].failed else None
        attempt = former.attempt + 1 if former is not None else 1
        is_recorded = key in recorded
        if former is not None and not (former.is_recorded or is_recorded):
            row = (f"call:{key}", skill, session, key, model, started, attempt, former.reason)
            rows.append(row)
        if outcome != "running":
            end = ended if ended is not None else started
            tried = _EndedCall(end, started, outcome in _FAILED, is_recorded, attempt, reason)
            insort(ended_ones, tried, key=lambda each: (each.ended, each.started))
    return rows


class _EndedCall(NamedTuple):
    """A call that has ended; times in ms."""

    ended: int
    started: int
    failed: bool
    is_recorded: bool
    attempt: int
    reason: str | None
