"""Which rows count: a fork copies every message and call, and each must be counted once.

A copy counts only if no original with the same tool, call id and start is in the store; among
several copies without an original, the one in the oldest session. Messages, which have no call id,
are told by role, times, model and tokens.
"""

from __future__ import annotations

import sqlite3

_SAME = {
    "calls": ("tool", "call_id", "started"),
    "messages": ("role", "created", "completed", "model", "tokens_output"),
}
# A copy of a message that was being written lacks these for ever.
_WHEN_FINISHED = ("completed", "tokens_output")
_KEYS = {"calls": "call_key", "messages": "message_id"}


def mark_copies(store: sqlite3.Connection) -> set[str]:
    """Set `counted` of every copy.

    Returns:
        The sessions in which a row began or ceased to count.

    """
    return _count_once(store, "messages") | _count_once(store, "calls")


def _count_once(store: sqlite3.Connection, table: str) -> set[str]:
    (any_copy,) = store.execute(
        f"SELECT EXISTS (SELECT 1 FROM {table} WHERE copied = 1)"
    ).fetchone()
    if not any_copy:
        return set()
    key = _KEYS[table]
    equal = {name: f"o.{name} IS c.{name}" for name in _SAME[table]}
    if table == "messages":
        for name in _WHEN_FINISHED:
            equal[name] = f"(c.completed IS NULL OR {equal[name]})"
    same = " AND ".join(equal.values())
    group = ", ".join(f"c.{name}" for name in _SAME[table])
    # Ranked by their sessions' age, so that the order of merging does not matter.
    store.execute(
        f"""
        CREATE TEMP TABLE verdicts AS
        SELECT c.{key} AS row_key, c.session_id, c.counted AS former,
               CASE WHEN EXISTS (SELECT 1 FROM main.{table} o WHERE o.copied = 0 AND {same})
                    THEN 0
                    ELSE row_number() OVER (PARTITION BY {group}
                         ORDER BY s.created IS NULL, s.created, c.session_id, c.{key}) = 1
               END AS counted
        FROM main.{table} c LEFT JOIN main.sessions s ON s.session_id = c.session_id
        WHERE c.copied = 1
        """
    )
    changed = store.execute("SELECT DISTINCT session_id FROM verdicts WHERE counted <> former")
    sessions = {session for (session,) in changed}
    if sessions:
        store.execute(
            f"UPDATE main.{table} SET counted = v.counted FROM verdicts v "
            f"WHERE v.row_key = main.{table}.{key} AND v.counted <> v.former"
        )
    store.execute("DROP TABLE verdicts")
    return sessions
