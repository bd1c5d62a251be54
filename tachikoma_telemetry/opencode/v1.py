"""The storage of OpenCode 1.2 to 1.18: tables `session`, `message` and `part`, JSON in `data`.

The mark is the last row of `message` and of `part`, and some before it (see `watermark`). What
changes in a row after its call or message has finished (`time.compacted`, a summary) is nothing
that the store keeps. A user message's parts come after it: the messages of new text parts are read
again.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

from .batches import Batch, in_batches
from .database import Reader
from .long_row import edges, next_long_row, shortened
from .message import Authorship, read_message, written_by_a_person
from .numbers import Numbers
from .part import CallLocation, read_call
from .readers import Readers, RowPiece, RowSpan
from .shapes import Call, Message, Session, Values
from .skill_folders import Note, SkillFolders
from .skill_load import load_of_command
from .todos import count_todos
from .unknown import see_part, see_state, unseen
from .values import json_object, name, text
from .watermark import (
    LastRow,
    Mark,
    Placed,
    Position,
    UnfinishedRows,
    marked_rows,
    reached,
)

# Keys come in any order, but `type` is nearly always the first: those parts are told apart by
# their first bytes, and only the others are parsed to see what they are. So are those of a type
# that is unknown.
_SHORT = ('text",', 'text"}', 'file",', 'file"}', 'patch"', 'agent"', 'retry"')
_LONG = ("reasonin", "step-sta", "step-fin", "snapshot", "compacti", 'subtask"')


def _begins_with_none_of(types: Iterable[str], length: int) -> str:
    starts = ", ".join(f"""'{{"type":"{start}'""" for start in types)
    return f"substr(data, 1, {length}) NOT IN ({starts})"


# What is no text at all is none of them, either.
_IS_CALL = f"({_begins_with_none_of(_SHORT, 15)} AND {_begins_with_none_of(_LONG, 17)}) IS NOT 0"
# These show whether a user wrote a message.
_IS_WRITTEN = """
(substr(data, 1, 14) = '{"type":"text"' OR substr(data, 1, 9) IS NOT '{"type":"'
 OR substr(data, 1, 17) = '{"type":"subtask"')
"""

_SHAPES: dict[str, type[Message | Call]] = {"message": Message, "part": Call}
_SKILL, _OUTCOME = Call._fields.index("skill"), Call._fields.index("outcome")
_ROWID_MAX = 2**63 - 1
_Row = tuple[Any, ...]

_PART_BYTES_MAX = 16 << 20

# Of each table the longest value to be loaded, in bytes (messages of 458 MB occur), the columns to
# be read, and of which rows.
_READ = {
    "message": (1 << 20, "id, session_id, time_updated", "1"),
    "part": (_PART_BYTES_MAX, "id, message_id, session_id, time_updated", _IS_CALL),
}


class _Texts(dict[object, str | None]):
    """`text` of each value, worked out once."""

    def __missing__(self, value: object) -> str | None:
        found = self[value] = text(value)
        return found


class V1:
    """Reads one database; counts in `malformed` the rows that could not be understood."""

    version: ClassVar[str] = "v1"
    tables = frozenset({"session", "message", "part"})

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._db = reader.connection
        self._begun: dict[str, int | None] = {}
        self._folders: dict[str, str | None] = {}
        self._spans: list[RowSpan] = []
        self._at: dict[str, int] = {}
        self.malformed = 0
        self.numbers = Numbers()
        self.unknown: Counter[str] = Counter()
        self._children: set[str] = set()
        self._skills = SkillFolders()
        self._command: tuple[int, str, Authorship] | None = None
        self._loads: list[Values] = []

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a database of this layout."""
        if (
            isinstance(place, Reader)
            and place.has("session", "id", "directory")
            and place.has("message", "id", "session_id", "data")
            and place.has("part", "id", "message_id", "session_id", "data")
        ):
            return cls(place)
        return None

    def mark(self) -> Mark:
        """``{"message": [[ROWID, ID], …], "part": [[ROWID, ID], …], "times": {…}, "skills": {…}}``:
        of each table the last row, some before it and when the last was made (ms), and the folders
        of skills (see `skill_folders`).
        """
        marked = {table: marked_rows(self._db, table) for table in _READ}
        times = {table: self._made(table, rows[0][0]) for table, rows in marked.items() if rows}
        return {**marked, "times": times, "skills": self._skills.to_json()}

    def _made(self, table: str, rowid: int) -> int | None:
        """When a row was made (ms); None where it does not say so."""
        if not self._reader.has(table, "time_created"):
            return None
        query = f"SELECT time_created FROM {table} WHERE rowid = ?"
        (made,) = self._db.execute(query, (rowid,)).fetchone()
        return made if type(made) is int else None

    def holds(self, mark: Mark) -> bool:
        """Whether each table still has one of the rows that were among its last."""
        return "times" in mark and None not in self._reached(mark).values()

    def _reached(self, mark: Mark) -> dict[str, int | None]:
        return {table: reached(self._db, table, mark[table]) for table in _READ}

    def former_folders(self) -> Mapping[str, Collection[str]]:
        """None: 1.x moves no session."""
        return {}

    def position(self) -> Position:
        """Rows by their rowids."""
        done = sum(self._at.get(span.table, span.above) - span.above for span in self._spans)
        return Position(done, sum(span.upto - span.above for span in self._spans))

    def sessions(self) -> Iterator[Session]:
        """All sessions, in no particular order."""
        columns = self._reader.tables["session"]
        wanted = ("parent_id", "project_id", "directory", "title", "version")
        times = ("time_created", "time_updated", "time_archived")
        names = ", ".join(name if name in columns else "NULL" for name in (*wanted, *times))
        todos, moment = count_todos(self._reader), self.numbers.moment
        # Every merge reads all sessions, so their number is what a merge without anything new takes
        # longer for. Thousands of them have a handful of parents, projects, folders and versions.
        known = _Texts()
        for row in self._db.execute(f"SELECT id, {names} FROM session"):
            named, parent, project, directory, title, version, created, updated, archived = row
            session_id = text(named)
            if session_id is None:
                self.malformed += 1
                continue
            begun = self._begun[session_id] = moment(created)
            self._folders[session_id] = known[directory]
            if parent is not None:
                self._children.add(session_id)
            counts = todos.get(session_id, (0, 0)) if todos is not None else (None, None)
            yield Session(
                session_id,
                known[parent],
                known[project],
                known[directory],
                text(title),
                known[version],
                begun,
                moment(updated),
                moment(archived),
                *counts,
            )

    def read(
        self,
        since: Mark | None,
        unfinished: UnfinishedRows,
        *,
        processes: bool = False,
        placed: Placed = (),
    ) -> Generator[Batch[Any], None, None]:
        """Messages and calls; with `processes`, others read them, too, where there are many."""
        above = dict.fromkeys(_READ, -1)
        if since is not None:
            above |= {table: at for table, at in self._reached(since).items() if at is not None}
        last = {table: LastRow.of(self._db, table) for table in _READ}
        self._spans = [RowSpan(table, above[table], *row) for table, row in last.items() if row]
        kept = since.get("skills", {}) if since is not None else {}
        self._skills = SkillFolders({f: at for f, at in kept.items() if at[1] <= above["part"]})
        self._skills.note_placed(placed)
        again = dict(unfinished.messages)
        if since is not None:
            again = dict.fromkeys(self._messages_of_new_texts(above["part"]), "") | again
        helpers = (
            Readers(self._reader.path, self._spans, self.piece) if processes else nullcontext()
        )
        with helpers as readers:
            yield from self._all("message", readers, above, again, since)
            yield from self._all("part", readers, above, unfinished.calls, since)
        first = self._skills.first_new()
        if first is not None:
            # What was read before its skill's folder was known, or by others.
            where = f"{self._skills.condition()} AND {_IS_CALL}"
            yield from self._again(self._rows("part", first, where=where), "part")

    def _all(
        self,
        table: str,
        readers: Readers | None,
        begin: Mapping[str, int],
        again: Iterable[str],
        since: Mark | None,
    ) -> Iterator[Batch[Any]]:
        above = begin[table]
        for piece in readers.pieces(table) if readers is not None else ():
            self.malformed += piece.malformed
            self.numbers.dropped += piece.dropped
            self.unknown.update(piece.unknown)
            self._at[table] = above = piece.upto
            for note in piece.noted:
                self._skills.note(Note(*note))
            yield from piece.batches
        if since is not None and since[table] and since[table][0][0] > above:
            yield from self._after_taking_back(table, above, since)
            above = since[table][0][0]
        yield from self._with_loads(in_batches(_SHAPES[table], self.between(table, above)))
        yield from self._again(self._by_ids(table, again), table)

    def _after_taking_back(self, table: str, above: int, since: Mark) -> Iterator[Batch[Any]]:
        """Rows above a rowid, up to that of the mark's last row, which is no longer there; those
        that were made before it were counted then.
        """
        time, upto, wanted = since["times"][table], since[table][0][0], _READ[table][2]
        is_new = f"coalesce(time_created > {int(time)}, 0)" if time is not None else "1"
        rows = self._rows(table, above, upto, f"{wanted} AND {is_new}")
        yield from self._with_loads(in_batches(_SHAPES[table], self._read(table, rows)))
        yield from self._again(self._rows(table, above, upto, f"{wanted} AND NOT {is_new}"), table)

    def _again(self, rows: Iterator[_Row], table: str) -> Iterator[Batch[Any]]:
        """Rows that were counted when they were read first."""
        at, malformed = self._at.copy(), self.malformed
        with self.numbers.uncounted(), unseen(self):
            yield from self._with_loads(in_batches(_SHAPES[table], self._read(table, rows)))
        self._at, self.malformed = at, malformed

    def _with_loads(self, messages: Iterable[Batch[Any]]) -> Iterator[Batch[Any]]:
        """Batches, each followed by the skills that users loaded in its messages."""
        for batch in messages:
            yield batch
            if self._loads:
                loads, self._loads = self._loads, []
                yield Batch.of(Call, loads)

    def piece(self, table: str, above: int, upto: int) -> RowPiece:
        """Rows that are read before their turn: they are neither passed yet nor counted."""
        malformed, at, skills = self.malformed, self._at.copy(), self._skills
        self.malformed, self._skills = 0, SkillFolders()
        with self.numbers.uncounted(), unseen(self):
            self.numbers.dropped = 0
            batch = Batch.of(_SHAPES[table], [*self.between(table, above, upto)])
            batches = [*self._with_loads([batch])]
            lost = (self.malformed, self.numbers.dropped, dict(self.unknown))
            piece = RowPiece(upto, batches, *lost, [*map(tuple, self._skills.notes)])
        self.malformed, self._at, self._skills = malformed, at, skills
        return piece

    def between(self, table: str, above: int, upto: int = _ROWID_MAX) -> Iterator[Values]:
        """Messages, or calls, from rows of `message`, or `part`, with rowids in this range."""
        return self._read(table, self._rows(table, above, upto))

    def _read(self, table: str, rows: Iterator[_Row]) -> Iterator[Values]:
        return self._messages(rows) if table == "message" else self._calls(rows)

    def _messages(self, rows: Iterator[_Row]) -> Iterator[Values]:
        for _, row_id, session, updated, data in rows:
            message_id, session_id, body = text(row_id), text(session), json_object(data)
            if message_id is None or session_id is None or body is None:
                self.malformed += 1
                continue
            begun = self._begun.get(session_id)
            message = read_message(
                message_id, session_id, updated, body, begun, self._written, self.numbers
            )
            if self._command is not None:
                (row, key, written), self._command = self._command, None
                nested = session_id in self._children
                self._loads.append(load_of_command(key, message, written, nested=nested))
                self._skills.note_text(row, written.skill, written.text)
            yield message

    def _calls(self, rows: Iterator[_Row]) -> Iterator[Values]:
        for row, part_id, message_id, session_id, updated, data in rows:
            part = json_object(data)
            if part is not None and part.get("type") != "tool":
                see_part(self.unknown, part)
                continue
            session = name(session_id)
            place = CallLocation(
                session,
                name(message_id),
                updated,
                self._folders.get(session),
                session in self._children,
                row,
                self._skills,
            )
            call = part and read_call(name(part_id), place, part, self.numbers)
            if part and call:
                see_state(self.unknown, part)
                if call[_SKILL] is not None and call[_OUTCOME] == "succeeded":
                    self._skills.note_call(row, call[_SKILL], part["state"])
                yield call
            else:
                self.malformed += 1

    def _written(self, message_id: str) -> bool:
        """Whether a message has a text or command that OpenCode did not add itself."""
        parts = f"FROM part WHERE message_id = ? AND {_IS_WRITTEN}"
        try:
            query = f"SELECT rowid, id, data {parts}"
            for row, part_id, data in self._db.execute(query, (message_id,)):
                found = written_by_a_person(json_object(data) or {})
                if found is not None:
                    self._command = (row, name(part_id), found) if found.skill else None
                    return True
        except sqlite3.DataError:
            # Somebody put a text of more than a MB in; what OpenCode adds itself is shorter.
            return True
        return False

    def _messages_of_new_texts(self, above: int) -> set[str]:
        """The messages that texts and commands above a rowid belong to."""
        # Through `_rows`: to look at the type of a part of 400 MB is to load it.
        return {name(row[2]) for row in self._rows("part", above, where=_IS_WRITTEN)}

    def _rows(
        self, table: str, above: int, upto: int = _ROWID_MAX, where: str = ""
    ) -> Iterator[_Row]:
        """Rows of a table: the rowid first, `data` last (of a very long row, shortened)."""
        limit, columns, wanted = _READ[table]
        query = (
            f"SELECT rowid, {columns}, data FROM {table} "
            f"WHERE rowid > ? AND rowid <= ? AND {where or wanted} ORDER BY rowid"
        )
        with self._reader.at_most(limit):
            while True:
                try:
                    for row in self._db.execute(query, (above, upto)):
                        self._at[table] = above = row[0]
                        yield row
                except sqlite3.DataError:
                    long_row = next_long_row(self._db, table, above, limit)
                    if long_row is None:
                        raise
                    # Python steps ahead: the row before the long one went down with the error.
                    yield from self._db.execute(query, (above, long_row - 1)).fetchall()
                    above = long_row
                    yield self._long_row(table, columns, long_row)
                else:
                    return

    def _by_ids(self, table: str, ids: Iterable[str]) -> Iterator[_Row]:
        limit, columns, _ = _READ[table]
        query = f"SELECT rowid, {columns}, data FROM {table} WHERE id = ?"
        with self._reader.at_most(limit):
            for each in ids:
                try:
                    found = self._db.execute(query, (each,)).fetchone()
                except sqlite3.DataError:
                    # It may have been a short one when it was read.
                    found = self._long_row_of(table, columns, each)
                if found:
                    yield found

    def _long_row_of(self, table: str, columns: str, row_id: str) -> _Row:
        (rowid,) = self._db.execute(f"SELECT rowid FROM {table} WHERE id = ?", (row_id,)).fetchone()
        return self._long_row(table, columns, rowid)

    def _long_row(self, table: str, columns: str, rowid: int) -> _Row:
        row = self._db.execute(f"SELECT rowid, {columns} FROM {table} WHERE rowid = ?", (rowid,))
        data = edges(self._db, table, rowid)
        # A user's message is long by its diffs, of which there are too many to read them all.
        if table == "part" or data.get("role") != "user":
            data = shortened(self._db, table, rowid, _PART_BYTES_MAX) or data
        return (*row.fetchone(), data)
