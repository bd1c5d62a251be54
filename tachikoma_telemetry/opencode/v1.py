"""The storage of OpenCode 1.2 to 1.18: tables `session`, `message` and `part`, JSON in `data`.

Reads everything, or what is new since a `Position`. The watermark is the highest rowid of `message`
and `part` with the id found there. Why that is enough:

- a new row gets a rowid above all others, so what is above the mark is new;
- rowids are reused only when the highest rows were deleted, and a vacuum renumbers only when rows
  below were: both put another id, or none, at the mark, and then everything is read again;
- a row changes after it was written only while its call or message is not finished (`unfinished`,
  read again by id); what changes later (`time.compacted`, a summary) is nothing that we keep;
- a user message's parts come after it: the messages of new text parts are read again.

Ids are no measure (their time part wrapped), nor are the time columns (none is indexed, and
`session.time_updated` is no upper bound).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any, ClassVar, NamedTuple

from .database import Reader
from .long_row import edges, next_long_row, shortened
from .message import Written, read_message, written_by_a_person
from .part import moment, read_call, text
from .shapes import Call, Message, Session
from .todos import count_todos
from .values import json_object, name

# SQLite refuses to load a longer value before it reads it; messages of 458 MB occur.
_MESSAGE_BYTES_MAX = 1 << 20
_PART_BYTES_MAX = 16 << 20

_IS = """CASE WHEN substr(data, 1, 9) = '{{"type":"' THEN substr(data, 10, 5) = '{}"' ELSE 1 END"""
# Keys come in any order, but `type` is nearly always the first: those parts are told apart by
# their first bytes, and only the others are parsed to see what they are.
_IS_TOOL = _IS.format("tool")
_IS_TEXT = _IS.format("text")


class Mark(NamedTuple):
    """How far a table was read: its highest rowid, and the id found there."""

    rowid: int
    id: str


class Position(NamedTuple):
    """How far a database was read; None for a table that was empty."""

    message: Mark | None
    part: Mark | None


class V1:
    """Reads one database; counts in `malformed` the rows that could not be understood."""

    version: ClassVar[str] = "v1"
    TABLES: ClassVar[frozenset[str]] = frozenset({"session", "message", "part"})

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._db = reader.connection
        self._begun: dict[str, int | None] = {}
        self.malformed = 0

    @staticmethod
    def recognises(reader: Reader) -> bool:
        """Whether the database has this layout."""
        return (
            reader.has("session", "id", "directory")
            and reader.has("message", "id", "session_id", "data")
            and reader.has("part", "id", "message_id", "session_id", "data")
        )

    def position(self) -> Position:
        """How far everything is read now; hand it to the next reading as `since`."""
        return Position(self._mark("message"), self._mark("part"))

    def _mark(self, table: str) -> Mark | None:
        row = self._db.execute(
            f"SELECT rowid, id FROM {table} ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        return Mark(row[0], name(row[1])) if row else None

    def still_holds(self, position: Position) -> bool:
        """Whether all that was read up to `position` still stands where it stood."""
        return all(
            mark is None or self._id_at(table, mark.rowid) == mark.id
            for table, mark in (("message", position.message), ("part", position.part))
        )

    def _id_at(self, table: str, rowid: int) -> str | None:
        row = self._db.execute(f"SELECT id FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
        return name(row[0]) if row else None

    def sessions(self) -> Iterator[Session]:
        """All sessions, in no particular order."""
        columns = self._reader.tables["session"]
        wanted = ("parent_id", "project_id", "directory", "title", "version")
        times = ("time_created", "time_updated", "time_archived")
        names = ", ".join(name if name in columns else "NULL" for name in (*wanted, *times))
        todos = count_todos(self._reader)
        for row in self._db.execute(f"SELECT id, {names} FROM session"):
            session_id = text(row[0])
            if session_id is None:
                self.malformed += 1
                continue
            self._begun[session_id] = moment(row[6])
            counts = todos.get(session_id, (0, 0)) if todos is not None else (None, None)
            texts = (text(value) for value in row[1:6])
            yield Session._make(
                (session_id, *texts, *(moment(value) for value in row[6:9]), *counts)
            )

    def messages(self, since: Mark | None, again: Collection[str] = ()) -> Iterator[Message]:
        """Messages above the mark `since`, and those of the ids `again`.

        `sessions` has to be exhausted before: a message older than its session is a copy.
        """
        for row in self._rows("message", "id, session_id, time_updated", "1", since, again):
            message = self._message(row)
            if message is None:
                self.malformed += 1
            else:
                yield message

    def _message(self, row: tuple[Any, ...]) -> Message | None:
        _, message_id, session_id, updated, data = row
        message_id, session_id, body = text(message_id), text(session_id), json_object(data)
        if message_id is None or session_id is None or body is None:
            return None
        begun = self._begun.get(session_id)
        return read_message(message_id, session_id, updated, body, begun, self._written)

    def _written(self, message_id: str) -> Written:
        """Whether a message has a text that OpenCode did not add itself, and the skill that a
        ``/skill`` command put into it.
        """
        parts = f"FROM part WHERE message_id = ? AND {_IS_TEXT}"
        try:
            for (data,) in self._db.execute(f"SELECT data {parts}", (message_id,)):
                found = written_by_a_person(json_object(data) or {})
                if found:
                    return found
        except sqlite3.DataError:
            # Somebody put a text of more than a MB in; what OpenCode adds itself is shorter.
            return True, None
        return False, None

    def messages_of_new_texts(self, since: Mark | None) -> set[str]:
        """The messages that text parts above the mark belong to."""
        # Through `_rows`: to look at the type of a part of 400 MB is to load it.
        return {name(row[1]) for row in self._rows("part", "message_id", _IS_TEXT, since, ())}

    def calls(self, since: Mark | None, again: Collection[str] = ()) -> Iterator[Call]:
        """Tool calls above the mark `since`, and those of the ids `again`."""
        columns = "id, message_id, session_id, time_updated"
        for _, part_id, message, session, updated, data in self._rows(
            "part", columns, _IS_TOOL, since, again
        ):
            part = json_object(data)
            if part is None:
                self.malformed += 1
            elif part.get("type") == "tool":
                call = read_call(name(part_id), name(session), name(message), updated, part)
                if call is None:
                    self.malformed += 1
                else:
                    yield call

    def _rows(
        self, table: str, columns: str, where: str, since: Mark | None, again: Iterable[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of a table: the rowid first, `data` last (of a very long row, shortened)."""
        limit = _MESSAGE_BYTES_MAX if table == "message" else _PART_BYTES_MAX
        query = f"SELECT rowid, {columns}, data FROM {table} WHERE"
        start = since.rowid if since else -1
        before = self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
        try:
            while True:
                try:
                    for row in self._db.execute(
                        f"{query} rowid > ? AND {where} ORDER BY rowid", (start,)
                    ):
                        start = row[0]
                        yield row
                    break
                except sqlite3.DataError:
                    long_row = next_long_row(self._db, table, start, limit)
                    if long_row is None:
                        raise
                    # Python steps ahead: the row before the long one went down with the error.
                    between = f"{query} rowid > ? AND rowid < ? AND {where} ORDER BY rowid"
                    yield from self._db.execute(between, (start, long_row)).fetchall()
                    start = long_row
                    yield self._long_row(table, columns, long_row)
            for each in again:
                try:
                    found = self._db.execute(f"{query} id = ?", (each,)).fetchone()
                except sqlite3.DataError:
                    # It may have been a short one when it was read.
                    found = self._long_row_of(table, columns, each)
                if found:
                    yield found
        finally:
            self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)

    def _long_row_of(self, table: str, columns: str, row_id: str) -> tuple[Any, ...]:
        (rowid,) = self._db.execute(f"SELECT rowid FROM {table} WHERE id = ?", (row_id,)).fetchone()
        return self._long_row(table, columns, rowid)

    def _long_row(self, table: str, columns: str, rowid: int) -> tuple[Any, ...]:
        row = self._db.execute(f"SELECT rowid, {columns} FROM {table} WHERE rowid = ?", (rowid,))
        data = edges(self._db, table, rowid)
        # A person's message is long by its diffs, of which there are too many to read them all.
        if table == "part" or data.get("role") != "user":
            data = shortened(self._db, table, rowid, _PART_BYTES_MAX) or data
        return (*row.fetchone(), data)
