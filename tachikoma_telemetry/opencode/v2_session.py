"""What sessions of OpenCode 2 say about their rows: which are a fork's copies, and where they ran.

A fork is a session of its own with copies of the rows before a boundary, under new ids that end
with the ``seq`` that each had in its source. A move overwrites the session's folder, and leaves a
row that names the one before.
"""

from __future__ import annotations

import re
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from .database import Reader
from .v2_row import ROW_BYTES_MAX, TABLE
from .values import json_object, section, text

BOUNDARIES = ("fork_boundary", "fork_message_id")  # betas and final versions differ on its name
_COPY_ID = re.compile(r"_[^_]+_(\d{1,18})\Z")
_DEPTH_MAX = 32
_SEQ = attrgetter("seq")


class Fork(NamedTuple):
    """Where a fork came from; `last` is the ``seq`` of the last row that it may have copied, None
    when that is unknown.
    """

    source: str
    last: int | None


class _LocationSwitch(NamedTuple):
    """A move at a ``seq``: from a folder (None if it is not named) to another."""

    seq: int
    before: str | None
    after: str | None


class SessionIndex:
    """What is known of the sessions of one database, by their ids.

    Attributes:
        begun: when each began (ms).
        folders: where each is now.
        children: those that are a subagent's.
        forks: those that are forks.
    """

    def __init__(self, reader: Reader, table: str) -> None:
        """`table`: the one of the sessions."""
        self._reader = reader
        self._db = reader.connection
        self._table = table
        self._has_seq = "seq" in reader.tables[TABLE]
        self.begun: dict[str, int | None] = {}
        self.folders: dict[str, str | None] = {}
        self.children: set[str] = set()
        self.forks: dict[str, Fork] = {}
        self._moves: dict[str, list[_LocationSwitch]] = {}

    def add(
        self,
        session_id: str,
        begun: int | None,
        folder: str | None,
        parent: str | None,
        fork: tuple[str | None, object],
    ) -> None:
        """Take in a session; `fork` is its source and its boundary."""
        self.begun[session_id] = begun
        self.folders[session_id] = folder
        if parent is not None:
            self.children.add(session_id)
        source, boundary = fork
        if source is not None:
            self.forks[session_id] = Fork(source, self._last_copied(boundary))

    def _last_copied(self, boundary: object) -> int | None:
        """``{"type": "before"|"through", "messageID": ID}``, of betas the id of the last one."""
        parsed = json_object(boundary) or {}
        message = text(parsed.get("messageID")) if parsed else text(boundary)
        if message is None or not self._has_seq:
            return None
        row = self._db.execute(f"SELECT seq FROM {TABLE} WHERE id = ?", (message,)).fetchone()
        if not row or type(row[0]) is not int:
            return None
        return row[0] - 1 if parsed.get("type") == "before" else row[0]

    def is_copy(self, session_id: str, message_id: str, seq: object) -> bool | None:
        """Whether a fork copied the message: copies keep the `seq` that they had in the source.

        None where only the times can say: in a session that an import made, or a fork from before
        the migration.
        """
        fork = self.forks.get(session_id)
        if fork is None or type(seq) is not int:
            return None
        named = _COPY_ID.search(message_id)
        if named and int(named[1]) == seq:
            return True
        return seq <= fork.last if fork.last is not None else None

    def sources(self, session_id: str) -> list[str]:
        """The session that a fork came from, the one that this is a fork of, and so on."""
        found: list[str] = []
        while (fork := self.forks.get(session_id)) and len(found) < _DEPTH_MAX:
            session_id = fork.source
            found.append(session_id)
        return found

    def find_moves(self) -> None:
        """Look for moves; all sessions have to be known."""
        self._moves = {}
        if not self._has_seq:
            return
        query = (
            f"SELECT m.session_id, m.seq, m.data FROM {self._table} s CROSS JOIN {TABLE} m "
            "WHERE m.session_id = s.id AND m.type = 'location-switched'"
        )
        for session, seq, data in self._read(query):
            session_id, body = text(session), json_object(data)
            if session_id is not None and body is not None and type(seq) is int:
                before, after = section(body.get("previous")), body
                move = _LocationSwitch(seq, _folder_of(before), _folder_of(after))
                self._moves.setdefault(session_id, []).append(move)
        for moves in self._moves.values():
            moves.sort(key=_SEQ)

    def _read(self, query: str) -> Iterator[tuple[Any, ...]]:
        with self._reader.at_most(ROW_BYTES_MAX):
            try:
                yield from self._db.execute(query).fetchall()
            except sqlite3.DataError:  # no folder is as long
                return

    def former_folders(self) -> dict[str, set[str]]:
        """The folders in which each moved session was before, by the session's id."""
        found = {}
        for session in {*self._moves, *self.forks}:
            moves = [
                move
                for each in (session, *self.sources(session))
                for move in self._moves.get(each, ())
            ]
            folders = {folder for move in moves for folder in (move.before, move.after) if folder}
            if moves:
                found[session] = folders - {self.folders.get(session) or ""}
        return found

    def folder_at(self, session_id: str, seq: object) -> str | None:
        """The folder of a session when the row with this `seq` was written."""
        if type(seq) is not int or not (self.forks or self._moves):
            return self.folders.get(session_id)
        # A copy ran where its original did. In a fork it has the same `seq`.
        for _ in range(_DEPTH_MAX):
            fork = self.forks.get(session_id)
            if not fork or fork.last is None or seq > fork.last or fork.source not in self.folders:
                break
            session_id = fork.source
        moves = self._moves.get(session_id)
        if not moves:
            return self.folders.get(session_id)
        later = bisect_right(moves, seq, key=_SEQ)
        before = moves[later].before if later < len(moves) else None
        earlier = moves[later - 1].after if 0 < later < len(moves) else None
        return before or earlier or self.folders.get(session_id)


def _folder_of(place: dict[str, Any]) -> str | None:
    return text(section(place.get("location")).get("directory"))
