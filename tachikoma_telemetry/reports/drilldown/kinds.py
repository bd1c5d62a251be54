"""The kinds of rows that can be listed: what each reads, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..query import sql_of
from ..sections import calls, sessions
from ..sections.calls.rows import CallRow
from ..sections.calls.section import SECTION as CALLS
from ..sections.sessions.section import SECTION as SESSIONS
from .listed_rows import AttemptRow, PlacedSession, RunRow, StepRow, UnjoinedRow


@dataclass(frozen=True, slots=True)
class ListKind:
    """Rows of one kind.

    Attributes:
        row: the dataclass of its rows.
        sql: the query, over the rows that the filters choose.
        key: the column that is unique.
        order: how they are sorted unless asked otherwise, newest first.
        needs: tables that the query reads beside the store's (`selection.views`).
        words: the columns in which a text is searched for.
        tree: whether a session comes below the one that began it, or that it is a fork of.
        counts: whether rows get the events recorded in them.
        where: conditions that a list can be cut down with, by name.

    """

    row: type[Any]
    sql: str
    key: str
    order: str
    needs: tuple[str, ...]
    words: tuple[str, ...]
    tree: bool = False
    counts: bool = False
    where: Mapping[str, str] | None = None


FAILED = "outcome IN ('failed', 'timed_out', 'invalid')"

# A copy's original has the same tool, id and start (see `merge.facts.copies`).
_FORKS = """
SELECT f.session_id, min(o.session_id) AS fork_of
FROM main.calls f JOIN main.calls o
    ON o.call_id = f.call_id AND o.started = f.started AND o.tool = f.tool AND o.copied = 0
WHERE f.copied = 1 AND f.counted = 0 AND f.started IS NOT NULL
GROUP BY f.session_id
"""

_RUNS = """
SELECT r.run_id, r.skill, r.started, coalesce(r.outcome, o.outcome, 'running') AS outcome,
    coalesce(r.error_type, r.reason) AS reason, r.run_ms, r.iterations, r.retries, r.source,
    r.model, r.session_id, s.title, r.call_key
FROM skill_metrics r
LEFT JOIN run_outcomes o ON o.run_id = r.run_id
LEFT JOIN main.sessions s ON s.session_id = r.session_id
WHERE r.kind = 'run' AND r.counted = 1
"""

_ATTEMPTS = """
SELECT a.attempt_id, a.time, a.model_key AS model, a.format, a.success, a.attempt, a.last, a.skill,
    a.duration_ms, a.tokens, a.error_type, a.source, a.session_id, s.title, a.call_key
FROM edit_metrics a LEFT JOIN main.sessions s ON s.session_id = a.session_id
"""

_UNJOINED = """
SELECT event_id, time, type, skill, match, call_id, session_id, project
FROM events WHERE match NOT IN ('exact', 'inferred')
"""

# An event is below the call that it joined, whenever it was written.
_STEPS = f"""
WITH done AS ({sql_of(calls.__name__, "calls")}),
placed AS (
    SELECT d.*, coalesce(d.started, p.started) AS began,
        coalesce(d.parent_call, d.call_key) AS place, c.child_id
    FROM done d
    LEFT JOIN done p ON p.call_key = d.parent_call
    LEFT JOIN main.calls c ON c.call_key = d.call_key
)
SELECT call_key AS step, 'call' AS kind, began AS time,
    CASE WHEN parent_call IS NULL THEN 0 ELSE 1 END AS depth, tool AS name, skill, outcome, reason,
    duration_ms, NULL AS body, NULL AS match, child_id, session_id, began AS first, place, call_key,
    0 AS then_by
FROM placed
UNION ALL
SELECT e.event_id, 'event', e.time, CASE WHEN d.call_key IS NULL THEN 0 ELSE 1 END, e.type,
    coalesce(e.skill, r.skill), NULL, NULL, NULL, e.body, e.match, NULL,
    coalesce(e.session, e.session_id), coalesce(d.began, e.time), coalesce(d.place, e.event_id),
    d.call_key, e.time
FROM events e
LEFT JOIN placed d ON d.call_key = e.call_key
LEFT JOIN main.skill_metrics r ON r.metric_id = 'run:' || e.run
UNION ALL
SELECT message_id, CASE WHEN opens_turn = 1 THEN 'turn' ELSE 'error' END, created, 0,
    error_type, NULL, NULL, NULL, NULL, NULL, NULL, NULL, session_id, created, message_id, NULL, 0
FROM messages WHERE counted = 1 AND (opens_turn = 1 OR error_type IS NOT NULL)
"""

KINDS: Mapping[str, ListKind] = {
    "calls": ListKind(
        *(CallRow, sql_of(calls.__name__, "calls"), "call_key", "started DESC, call_key DESC"),
        CALLS.needs,
        words=("tool", "skill", "reason", "model"),
        counts=True,
        where={"failed": FAILED},
    ),
    "sessions": ListKind(
        PlacedSession,
        f"SELECT s.*, f.fork_of FROM ({sql_of(sessions.__name__, 'sessions')}) s "
        f"LEFT JOIN ({_FORKS}) f ON f.session_id = s.session_id",
        *("session_id", "started DESC, session_id"),
        SESSIONS.needs,
        words=("title", "session_id", "directory"),
        tree=True,
        where={"failed": "failed > 0"},
    ),
    "runs": ListKind(
        *(RunRow, _RUNS, "run_id", "started DESC, run_id DESC"),
        ("call_outcomes", "run_outcomes"),
        words=("skill", "outcome", "reason", "title", "model"),
        where={"failed": "outcome IN ('failed', 'escalated')"},
    ),
    "attempts": ListKind(
        *(AttemptRow, _ATTEMPTS, "attempt_id", "time DESC, attempt_id DESC"),
        (),
        words=("skill", "error_type", "title", "format", "model"),
        where={"failed": "success = 0"},
    ),
    "unjoined": ListKind(
        *(UnjoinedRow, _UNJOINED, "event_id", "time DESC, event_id DESC"),
        (),
        words=("type", "skill", "match", "call_id"),
    ),
    "steps": ListKind(
        *(StepRow, _STEPS, "step", "first, place, call_key, then_by, step"),
        ("call_outcomes", "call_skills"),
        words=("name", "skill", "reason"),
        where={"failed": f"{FAILED} OR kind = 'error'"},
    ),
}
"""By name."""
