"""Which rows count: a fork copies every message and call, and each must be counted once.

A copy counts only if no original with the same tool, call id and start is in the store; among
several copies without an original, the one in the oldest session. Messages, which have no call id,
are compared by role, times, model and tokens.

A fork that is made while the model works copies messages and calls before they have ended, some
calls even before they have a start, and such a copy stays as it was for ever. It is the same as
what it was a copy of, ended or not: an unfinished message is compared without its end, an
unfinished call by the time of its message instead of its own start. And it does not count beside a
copy that ended.

A call without an id or a start of its own goes with what it is in: one that another call made with
that call, a load by the user with its message.
"""

from __future__ import annotations

import sqlite3

from ...store.tables import BY_NAME

_SAME = {
    "calls": ("tool", "call_id", "started"),
    "messages": ("role", "created", "completed", "model", "tokens_output"),
}

# Whether an unfinished copy c is the same as another row o that is an original, or ended.
_UNFINISHED = {
    "calls": """
        (c.started IS NULL OR c.outcome = 'running') AND EXISTS (
            SELECT 1 FROM main.messages n JOIN main.messages m ON m.created = n.created
            JOIN main.calls o ON o.session_id = m.session_id AND o.message_id = m.message_id
            WHERE n.message_id = c.message_id AND o.call_id IS c.call_id AND o.tool IS c.tool
              AND (o.copied = 0 OR (c.outcome = 'running' AND o.outcome <> 'running')))
    """,
    "messages": """
        c.completed IS NULL AND EXISTS (
            SELECT 1 FROM main.messages o
            WHERE o.created IS c.created AND o.role IS c.role AND o.model IS c.model
              AND (o.copied = 0 OR o.completed IS NOT NULL))
    """,
}

# By what copies without an original are one: unfinished ones likewise.
_GROUP = {
    "calls": """
        c.tool, c.call_id,
        CASE WHEN c.started IS NULL OR c.outcome = 'running'
             THEN (SELECT 'asked ' || m.created FROM main.messages m
                   WHERE m.message_id = c.message_id)
             ELSE c.started END
    """,
    "messages": """
        c.role, c.created, c.completed, c.model,
        CASE WHEN c.completed IS NOT NULL THEN c.tokens_output END
    """,
}


_IS_LOAD_BY_USER = "c.tool IS NULL AND c.skill IS NOT NULL"
_BY_ITSELF = {
    "calls": f"c.parent_call IS NULL AND NOT ({_IS_LOAD_BY_USER})",
    "messages": "true",
}
_GO_WITH = f"""
INSERT INTO verdicts
SELECT c.call_key, c.session_id, c.counted, coalesce(v.counted, m.counted, 1)
FROM main.calls c
LEFT JOIN verdicts v ON v.row_key = c.parent_call
LEFT JOIN main.messages m ON m.message_id = c.message_id
WHERE c.copied = 1 AND (c.parent_call IS NOT NULL OR ({_IS_LOAD_BY_USER}))
"""


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
    (key,) = BY_NAME[table].key
    same = " AND ".join(f"o.{name} IS c.{name}" for name in _SAME[table])
    if table == "calls":
        # Without a start, calls of the same id are as many as there are messages.
        same += " AND o.started IS NOT NULL"
    # Ranked by their sessions' age, so that the order of merging does not matter.
    store.execute(
        f"""
        CREATE TEMP TABLE verdicts AS
        SELECT c.{key} AS row_key, c.session_id, c.counted AS former,
               CASE WHEN EXISTS (SELECT 1 FROM main.{table} o WHERE o.copied = 0 AND {same})
                      OR ({_UNFINISHED[table]})
                    THEN 0
                    ELSE row_number() OVER (PARTITION BY {_GROUP[table]}
                         ORDER BY s.created IS NULL, s.created, c.session_id, c.{key}) = 1
               END AS counted
        FROM main.{table} c LEFT JOIN main.sessions s ON s.session_id = c.session_id
        WHERE c.copied = 1 AND {_BY_ITSELF[table]}
        """
    )
    if table == "calls":
        store.execute(_GO_WITH)
    changed = store.execute("SELECT DISTINCT session_id FROM verdicts WHERE counted <> former")
    sessions = {session for (session,) in changed}
    if sessions:
        store.execute(
            f"UPDATE main.{table} SET counted = v.counted FROM verdicts v "
            f"WHERE v.row_key = main.{table}.{key} AND v.counted <> v.former"
        )
    store.execute("DROP TABLE verdicts")
    return sessions
