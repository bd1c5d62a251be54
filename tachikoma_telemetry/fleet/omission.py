"""Which projects stay at home: none of their rows is exported."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from ..project import is_inside
from ..store.tables import BY_NAME

# A row of these is of the session that it names; of the others, of what their events are of.
_OF_SESSION = {
    "sessions",
    "messages",
    "calls",
    "also_active",
    "skill_metrics",
    "iteration_metrics",
    "edit_metrics",
    "rlm_metrics",
    "intent_metrics",
}
_OF_PLACE = ("legacy_metrics", "merge_state")


def choose_left_out(store: sqlite3.Connection, folders: Iterable[Path]) -> None:
    """Make the temp tables of what is left out: sessions, events, and sources by their path.

    A session belongs to the folder in which it is now, and to each in which it was.
    """
    roots = [os.path.realpath(each) for each in folders]

    def is_left_out(place: str | None) -> bool:
        return place is not None and any(is_inside(place, root) for root in roots)

    store.execute("CREATE TEMP TABLE left_out_sessions (session_id TEXT PRIMARY KEY)")
    store.execute("CREATE TEMP TABLE left_out_places (place TEXT PRIMARY KEY)")
    store.execute("CREATE TEMP TABLE left_out_events (event_id TEXT PRIMARY KEY, run TEXT)")
    if not roots:
        return
    places = {place for (place,) in store.execute(_PLACES) if is_left_out(place)}
    store.executemany("INSERT INTO left_out_places VALUES (?)", ((each,) for each in places))
    store.execute(_SESSIONS)
    store.execute(_EVENTS)


_PLACES = """
SELECT directory FROM main.sessions UNION SELECT directory FROM main.messages
UNION SELECT project FROM main.events UNION SELECT source FROM main.legacy_metrics
UNION SELECT source FROM main.merge_state WHERE kind <> 'database'
"""
# The subagents of such a session go with it, wherever they ran.
_SESSIONS = """
INSERT INTO left_out_sessions
WITH RECURSIVE gone(session_id) AS (
    SELECT session_id FROM main.sessions
    WHERE directory IN (SELECT place FROM left_out_places)
    UNION
    SELECT session_id FROM main.messages
    WHERE directory IN (SELECT place FROM left_out_places)
    UNION
    SELECT s.session_id FROM main.sessions s JOIN gone g ON s.parent_id = g.session_id
)
SELECT session_id FROM gone
"""
_EVENTS = """
INSERT INTO left_out_events SELECT event_id, run FROM main.events
WHERE project IN (SELECT place FROM left_out_places)
OR coalesce(session, session_id) IN (SELECT session_id FROM left_out_sessions)
"""


def kept(table: str) -> str:
    """The SQL condition that a row `t` of a table is exported."""
    conditions = []
    if table in _OF_SESSION:
        sessions = "t.session_id IN (SELECT session_id FROM left_out_sessions)"
        conditions.append(f"({sessions}) IS NOT 1")
    if table in _OF_PLACE:
        conditions.append("t.source NOT IN (SELECT place FROM left_out_places)")
    known = BY_NAME.get(table)
    if known is not None and known.link is not None:
        conditions.append(f"(t.{known.link.among('left_out_events')}) IS NOT 1")
    return " AND ".join(conditions) or "1"
