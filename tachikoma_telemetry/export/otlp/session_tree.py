"""Sessions and the sessions above them: the trace of a session, and what began a turn of it."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import NamedTuple

from .span import Value, span_id, trace_id

# A planted store may name a session as its own parent.
_DEPTH_MAX = 100
_CACHED = 10_000

# A subagent may be called again: the last call before the turn.
_CALLER = """
    SELECT call_key FROM calls
    WHERE child_id = :session AND session_id = :parent AND counted = 1
    ORDER BY started <= :opened DESC, abs(started - :opened) LIMIT 1
"""
_LAST_STEP = """
    SELECT message_id FROM messages
    WHERE session_id = :parent AND counted = 1 AND role = 'assistant' AND created <= :opened
    ORDER BY created DESC LIMIT 1
"""


class SessionTrace(NamedTuple):
    """What the spans of a session need to know of it; `root` is the session above all."""

    root: str
    trace: int
    parent: str | None
    version: str | None
    updated: int


class SessionTree:
    """The sessions of a store."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self.session = lru_cache(_CACHED)(self._session)

    def _session(self, session: str) -> SessionTrace:
        root, parent, version, updated = session, None, None, 0
        for depth in range(_DEPTH_MAX):
            row = self._store.execute(
                "SELECT parent_id, version, coalesce(updated, created, 0) FROM sessions "
                "WHERE session_id = ?",
                (root,),
            ).fetchone()
            if depth == 0 and row:
                parent, version, updated = row
            if row is None or not row[0]:
                break
            root = row[0]
        return SessionTrace(root, trace_id("session", root), parent, version, updated)

    def names(self, session: str) -> dict[str, Value]:
        """The attributes that name a session. Backends group traces by `session.id` (Langfuse,
        Phoenix), and a subagent is in the trace of the session that began it.
        """
        return {"gen_ai.conversation.id": session, "session.id": self.session(session).root}

    def caller(self, session: str, opened: int) -> int | None:
        """The span that a turn of a subagent is in: of the call that began it, or else of the last
        step above it; None for a session without a parent.
        """
        parent = self.session(session).parent
        if parent is None:
            return None
        given = {"session": session, "parent": parent, "opened": opened}
        if call := self._store.execute(_CALLER, given).fetchone():
            return span_id("call", call[0])
        if step := self._store.execute(_LAST_STEP, given).fetchone():
            return span_id("step", step[0])
        return None

    def turn(self, session: str, time: int) -> str:
        """The key of the turn that a session was in."""
        row = self._store.execute(
            "SELECT message_id FROM messages WHERE session_id = ? AND opens_turn = 1 "
            "AND created <= ? ORDER BY created DESC LIMIT 1",
            (session, time),
        ).fetchone()
        return str(row[0]) if row else session

    def has(self, session: str | None) -> bool:
        """Whether the store knows the session."""
        if session is None:
            return False
        row = self._store.execute("SELECT 1 FROM sessions WHERE session_id = ?", (session,))
        return row.fetchone() is not None
