"""Reading OpenCode's databases into the store: everything the first time, then what is new."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson

from ..errors import DatabaseError
from ..opencode.database import open_database
from ..opencode.shapes import Call, Message, Session
from ..opencode.v1 import V1, Mark, Position
from .load import Loader, Touched
from .match import is_inside

Progress = Callable[[str, int], None]

# How often a long reading tells how far it is, in rows.
_TELL_EVERY = 2000

Row = TypeVar("Row", Message, Call)


def merge_database(
    store: sqlite3.Connection,
    path: Path,
    scope: str | None,
    touched: Touched,
    progress: Progress,
    now: int,
) -> list[str]:
    """Take in what is new in the database at `path`; returns warnings.

    Args:
        store: the unified store, in a transaction.
        path: the database.
        scope: the project's root, whose sessions are taken; None takes all.
        touched: is told what changed.
        progress: is told the phase and how many rows it has read.
        now: ms since the epoch.

    Raises:
        DatabaseError: when it can't be read.

    """
    with open_database(path) as reader:
        if not V1.recognises(reader):
            if reader.tables:
                raise DatabaseError(
                    f"{path} has no tables of OpenCode (session, message, part); "
                    "is it another program's database?"
                )
            return [f"{path} is empty: OpenCode has written nothing yet"]
        _Merging(store, os.path.realpath(path), scope, touched, progress, now).run(V1(reader))
    return []


class _Merging:
    """One database being merged."""

    def __init__(
        self,
        store: sqlite3.Connection,
        source: str,
        scope: str | None,
        touched: Touched,
        progress: Progress,
        now: int,
    ) -> None:
        self._store = store
        self._source = source
        self._scope = scope
        self._touched = touched
        self._progress = progress
        self._now = now
        self._sessions: set[str] = set()
        self._directories: dict[str, bool] = {}

    def run(self, storage: V1) -> None:
        loader = Loader(self._store, self._source, self._touched)
        sessions = [session for session in storage.sessions() if self._is_ours(session)]
        self._sessions = {session.session_id for session in sessions}
        since, malformed = self._resume(storage, sessions)
        loader.sessions(sessions)
        again = self._unfinished("messages", "message_id", "messages_open") if since else set()
        again |= storage.messages_of_new_texts(since.part) if since else set()
        new_messages = storage.messages(since.message if since else None, again)
        loader.messages(self._ours(new_messages, "messages"))
        again = self._unfinished("calls", "call_key", "calls_open") if since else set()
        loader.calls(self._ours(storage.calls(since.part if since else None, again), "calls"))
        self._remember(storage.position(), malformed + storage.malformed)

    def _is_ours(self, session: Session) -> bool:
        if self._scope is None:
            return True
        directory = session.directory
        if directory is None:
            return False
        if directory not in self._directories:
            self._directories[directory] = is_inside(directory, self._scope)
        return self._directories[directory]

    def _ours(self, rows: Iterator[Row], phase: str) -> Iterator[Row]:
        sessions = self._sessions
        for number, row in enumerate(rows):
            if number % _TELL_EVERY == 0:
                self._progress(phase, number)
            if row.session_id in sessions:
                yield row

    def _unfinished(self, table: str, key: str, index: str) -> set[str]:
        """Rows of this database that were not finished when they were read."""
        condition = {
            "messages_open": "role = 'assistant' AND completed IS NULL",
            "calls_open": "outcome = 'running'",
        }[index]
        rows = self._store.execute(
            f"SELECT {key} FROM {table} INDEXED BY {index} WHERE source = ? AND {condition}",
            (self._source,),
        )
        return {found for (found,) in rows}

    def _resume(self, storage: V1, sessions: list[Session]) -> tuple[Position | None, int]:
        """Where to go on, and how many malformed rows lie before; None reads everything."""
        row = self._store.execute(
            "SELECT state, malformed, merged FROM merge_state "
            "WHERE source = ? AND kind = 'database'",
            (self._source,),
        ).fetchone()
        if row is None:
            return None, 0
        state: dict[str, Any] = orjson.loads(row[0])
        # Sessions that were left out of a merge for one project have to be read for another.
        if state["scope"] != self._scope:
            return None, 0
        position = Position(_mark(state["message"]), _mark(state["part"]))
        if not storage.still_holds(position) or self._has_strangers(sessions, row[2]):
            return None, 0
        return position, row[1]

    def _has_strangers(self, sessions: list[Session], merged: int) -> bool:
        """Whether a session of ours is older than the last merge, and yet not in the store.

        It was moved into the project's folder, or imported: its rows may lie before the mark.
        """
        known = {session for (session,) in self._store.execute("SELECT session_id FROM sessions")}
        return any(
            session.session_id not in known and (session.created or 0) < merged
            for session in sessions
        )

    def _remember(self, position: Position, malformed: int) -> None:
        marks = {name: mark and [*mark] for name, mark in position._asdict().items()}
        state = {"scope": self._scope, **marks}
        self._store.execute(
            "INSERT OR REPLACE INTO merge_state (source, kind, state, malformed, merged) "
            "VALUES (?, 'database', ?, ?, ?)",
            (self._source, orjson.dumps(state).decode(), malformed, self._now),
        )


def _mark(value: list[Any] | None) -> Mark | None:
    return Mark(*value) if value else None
