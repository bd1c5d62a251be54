"""When the user wrote: what begins a turn of a session."""

from __future__ import annotations

import sqlite3


def turns_of(store: sqlite3.Connection, session: str) -> list[int]:
    """When each turn of a session began (ms since the epoch), in order."""
    found = store.execute(
        "SELECT created FROM messages INDEXED BY messages_turns "
        "WHERE session_id = ? AND opens_turn = 1 AND created IS NOT NULL ORDER BY created",
        (session,),
    )
    return [began for (began,) in found]
