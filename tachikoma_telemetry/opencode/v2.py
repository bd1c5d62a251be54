"""The storage of OpenCode 2: tables `session_v2` and `session_message`, the calls inside a message.

It is in the same file as the tables of 1.x, which freeze. Migration copies every message under
its own id, so the two are united by id, and **a message that has a row in `message` is read from
there, calls and all; its copy here is skipped**. The older row says more: the migration drops steps
and summaries, rounds times, cuts trimmed outputs and turns calls that were running into errors; and
it never changes again. A call here has no id but the model's, so its key is
``v2:<message>:<callID>``; where a database without the older tables brings a call that the store
knows by its part, `merge.union` drops the later key.

1.18 has the table `session_message`, always empty: rows are looked for, not tables. 1.14 fills it
beside its own tables when OPENCODE_EXPERIMENTAL is set: those rows are recognised by their ids.

The mark is the last row (see `watermark`). A row changes while its message is written: calls are
added to it and end. Until the message is complete it is read again by its id, and as long as one of
its calls runs, too; after that nothing changes that is kept. Calls are looked for in all messages
that were read again: one that ended between two merges may have got calls that the store does not
know.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

from .batches import Batch, in_batches
from .database import Reader
from .long_row import edges, next_long_row, shortened
from .message import Written, read_message
from .numbers import Numbers
from .shapes import Call, Message, Session, Values
from .todos import count_todos
from .v2_call import read_calls
from .values import json_object, name, section, text
from .watermark import LastRow, Mark, Position, Unfinished

_ROW_BYTES_MAX = 16 << 20
_COLUMNS = ("id", "session_id", "type", "seq", "time_created", "time_updated")
_BOUNDARIES = ("fork_boundary", "fork_message_id")  # sources differ on its name
# 1.14 writes a message here as well, under the id of the event that announces it.
_WRITTEN_TWICE = """
m.id GLOB 'evt_*' AND EXISTS (SELECT 1 FROM message o WHERE o.session_id = m.session_id)
"""
_Row = tuple[Any, ...]


class V2:
    """Reads one database; counts in `malformed` the rows that could not be understood."""

    version: ClassVar[str] = "v2"
    tables = frozenset({"session_v2", "session_message"})

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._db = reader.connection
        self._begun: dict[str, int | None] = {}
        self._folders: dict[str, str | None] = {}
        self._forked: dict[str, int | None] = {}
        self._first = self._last = self._at = -1
        self._rounds = 0
        self.malformed = 0
        self.numbers = Numbers()
        # Betas wrote `session_message` before there was a `session_v2`.
        self._sessions = "session_v2" if "session_v2" in reader.tables else "session"
        self.tables = frozenset({self._sessions, "session_message"})

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a database of this layout with anything in it."""
        return cls(place) if isinstance(place, Reader) and cls._is_in(place) else None

    @staticmethod
    def _is_in(reader: Reader) -> bool:
        if not reader.has("session_message", "id", "session_id", "type", "data"):
            return False
        if reader.has("session_v2", "id", "directory"):
            return reader.has_rows("session_v2") or reader.has_rows("session_message")
        return reader.has("session", "id", "directory") and reader.has_rows("session_message")

    def mark(self) -> Mark:
        """``{"row": [ROWID, ID]}``, or null when there is none."""
        last = LastRow.of(self._db, "session_message")
        return {"row": last and [*last]}

    def holds(self, mark: Mark) -> bool:
        """Whether the row that was the last is still there."""
        return mark["row"] is None or LastRow(*mark["row"]).is_in(self._db, "session_message")

    def position(self) -> Position:
        """Rows by their rowids: all of them once for messages, and once for calls."""
        rows = self._last - self._first
        return Position(max(0, self._rounds - 1) * rows + self._at - self._first, 2 * rows)

    def sessions(self) -> Iterator[Session]:
        """All sessions, in no particular order."""
        columns = self._reader.tables[self._sessions]
        wanted = ("parent_id", "project_id", "directory", "title", "version")
        times = ("time_created", "time_updated", "time_archived")
        forks = ("fork_session_id", next((b for b in _BOUNDARIES if b in columns), "none"))
        names = (*wanted, *times, *forks)
        selected = ", ".join(column if column in columns else "NULL" for column in names)
        todos, moment = count_todos(self._reader), self.numbers.moment
        for row in self._db.execute(f"SELECT id, {selected} FROM {self._sessions}").fetchall():
            session_id = text(row[0])
            if session_id is None:
                self.malformed += 1
                continue
            self._begun[session_id] = moment(row[6])
            self._folders[session_id] = text(row[3])
            if text(row[9]) is not None:
                self._forked[session_id] = self._boundary(row[10])
            counts = todos.get(session_id, (0, 0)) if todos is not None else (None, None)
            texts = (text(value) for value in row[1:6])
            yield Session._make(
                (session_id, *texts, *(moment(value) for value in row[6:9]), *counts)
            )

    def _boundary(self, value: object) -> int | None:
        """The `seq` of the last message that a fork copied; None when it is unknown."""
        message = text(value)
        if message is None or "seq" not in self._reader.tables["session_message"]:
            return None
        row = self._db.execute(
            "SELECT seq FROM session_message WHERE id = ?", (message,)
        ).fetchone()
        return row[0] if row and type(row[0]) is int else None

    def read(
        self, since: Mark | None, unfinished: Unfinished, *, processes: bool = False
    ) -> Generator[Batch[Any], None, None]:
        """Messages of users and of models, then the calls in them."""
        self._first = self._at = since["row"][0] if since and since["row"] else -1
        last = LastRow.of(self._db, "session_message")
        self._last = last.rowid if last else self._first
        self._rounds = 0
        again = set(unfinished.messages)
        yield from in_batches(Message, self._messages(again))
        yield from in_batches(Call, self._calls(again | set(unfinished.calls.values())))

    def _messages(self, again: set[str]) -> Iterator[Values]:
        for row in self._rows(again):
            message_id, session_id, body = text(row[1]), text(row[2]), json_object(row[-1])
            if message_id is None or session_id is None or body is None:
                self.malformed += 1
            elif row[3] in (b"user", b"assistant"):
                with self._counted(row):
                    message = self._message(message_id, session_id, name(row[3]), row, body)
                yield message

    def _message(
        self, message_id: str, session_id: str, role: str, row: _Row, body: dict[str, Any]
    ) -> Values:
        def written(_: str) -> Written:
            # What OpenCode adds by itself is of the types `synthetic` and `system`.
            return True, _skill_given(body.get("skills"))

        return read_message(
            message_id,
            session_id,
            row[6],
            _as_of_v1(body, role),
            self._begun.get(session_id),
            written,
            self.numbers,
            row_created=row[5],
            is_copy=self._is_copy(session_id, row[4]),
        )

    def _is_copy(self, session_id: str, seq: object) -> bool | None:
        """Whether a fork copied the message: copies keep the `seq` they had in the original.

        None where the boundary is not known: in a fork that was made before the migration, or from
        a session that was deleted.
        """
        boundary = self._forked.get(session_id)
        return seq <= boundary if boundary is not None and type(seq) is int else None

    def _calls(self, again: set[str]) -> Iterator[Values]:
        """The calls of new messages, and of those of the ids `again`."""
        for row in self._rows(again):
            if row[3] != b"assistant":
                continue
            message_id, session_id, body = text(row[1]), text(row[2]), json_object(row[-1])
            if message_id is None or session_id is None or body is None:
                continue  # `messages` has counted it
            if row[-1] is body and "content" not in body:
                self.malformed += 1  # its two ends do not show its calls
            folder = self._folders.get(session_id)
            with self._counted(row):
                calls = [*read_calls(message_id, session_id, row[6], body, folder, self.numbers)]
            for call in calls:
                if call is None:
                    self.malformed += 1
                else:
                    yield call

    def _counted(self, row: _Row) -> AbstractContextManager[None]:
        """Inside, numbers that can't be right are counted, unless the row is read again."""
        return self.numbers.uncounted() if row[0] <= self._first else nullcontext()

    def _rows(self, again: set[str]) -> Iterator[_Row]:
        """New rows, and those of the ids `again`: the rowid first, `data` last (of a very long row,
        shortened).
        """
        columns = self._reader.tables["session_message"]
        names = ", ".join(column if column in columns else "NULL" for column in _COLUMNS)
        # A migrated message is read from the tables of 1.x, as long as these are there.
        older = self._reader.has("message", "id", "session_id", "data")
        new = "NOT EXISTS (SELECT 1 FROM message o WHERE o.id = m.id)" if older else "1"
        if older and self._sessions == "session":
            new += f" AND NOT ({_WRITTEN_TWICE})"
        query = f"SELECT rowid, {names}, data FROM session_message m WHERE {new} AND"
        self._at = start = first = self._first
        self._rounds += 1
        with self._reader.at_most(_ROW_BYTES_MAX):
            while True:
                try:
                    for row in self._db.execute(f"{query} rowid > ? ORDER BY rowid", (start,)):
                        self._at = start = row[0]
                        yield row
                    break
                except sqlite3.DataError:
                    long_row = next_long_row(self._db, "session_message", start, _ROW_BYTES_MAX)
                    if long_row is None:
                        raise
                    # Python steps ahead: the row before the long one went down with the error.
                    between = f"{query} rowid > ? AND rowid < ? ORDER BY rowid"
                    yield from self._db.execute(between, (start, long_row)).fetchall()
                    start = long_row
                    yield from self._long_row(query, names, long_row)
            for each in again:
                try:
                    found = self._db.execute(f"{query} id = ?", (each,)).fetchone()
                except sqlite3.DataError:
                    # It may have been a short one when it was read.
                    found = self._db.execute(
                        "SELECT rowid FROM session_message WHERE id = ?", (each,)
                    ).fetchone()
                    if found[0] <= first:
                        yield from self._long_row(query, names, found[0])
                    continue
                if found and found[0] <= first:
                    yield found

    def _long_row(self, query: str, names: str, rowid: int) -> Iterator[_Row]:
        short = query.replace(f"{names}, data", names)
        row = self._db.execute(f"{short} rowid = ?", (rowid,)).fetchone()
        if row:
            data = shortened(self._db, "session_message", rowid, _ROW_BYTES_MAX)
            yield (*row, data or edges(self._db, "session_message", rowid))


def _as_of_v1(body: dict[str, Any], role: str) -> dict[str, Any]:
    """The data of a message of 2.x in the shape that 1.x gives it."""
    model, error = section(body.get("model")), section(body.get("error"))
    return {
        **body,
        "role": role,
        # The two ends of a very long row have the names of 1.x already.
        "providerID": text(model.get("providerID")) or body.get("providerID"),
        "modelID": text(model.get("id")) or body.get("modelID"),
        "error": {"name": text(error.get("name")) or error.get("type")},
    }


def _skill_given(skills: object) -> str | None:
    """The skill that a user's ``/skill`` command put into a message."""
    first = skills[0] if isinstance(skills, list) and skills else None
    given = section(first)
    return text(given.get("name")) or text(given.get("id"))
