"""Calls that came from two storage versions, made one again.

A message that OpenCode 2 migrated keeps its id, and its calls lose theirs. Within one database
`opencode.v2` skips what the older tables hold. A database without these, a backup or one cleaned
up, brings the same call under another key: then the older one, the part's, stays. In this way the
order of merging does not matter.
"""

from __future__ import annotations

import sqlite3

from ...opencode.v2_call import PREFIX
from ..changes import Changes

_AFTER = PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1)
_IS_V2 = f"call_key >= '{PREFIX}' AND call_key < '{_AFTER}'"
_IS_DOUBLE = f"""
c.session_id = ? AND {_IS_V2} AND EXISTS (
    SELECT 1 FROM calls o
    WHERE o.session_id = c.session_id AND o.call_id IS c.call_id
      AND o.message_id = c.message_id
      AND (o.call_key < '{PREFIX}' OR o.call_key >= '{_AFTER}'))
"""


def _has_older(store: sqlite3.Connection, session: str) -> bool:
    where = f"session_id = ? AND NOT ({_IS_V2})"
    found = store.execute(f"SELECT 1 FROM calls WHERE {where} LIMIT 1", (session,))
    return found.fetchone() is not None


def drop_duplicates(store: sqlite3.Connection, changes: Changes) -> None:
    """Drop the calls of changed sessions that the store also has by the id of their part."""
    if store.execute(f"SELECT 1 FROM calls WHERE {_IS_V2} LIMIT 1").fetchone() is None:
        return
    # Few sessions have calls of both: in all others each call would be held against all of its id.
    sessions = [each for each in sorted(changes.sessions) if _has_older(store, each)]
    changes.add_calls(f"calls c WHERE {_IS_DOUBLE}", sessions)
    store.executemany(
        f"DELETE FROM calls AS c WHERE {_IS_DOUBLE}", [(session,) for session in sessions]
    )
