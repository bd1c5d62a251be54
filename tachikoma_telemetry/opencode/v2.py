"""The storage of OpenCode 2: tables `session_v2` and `session_message`, the calls inside a message.

It is in the same file as the tables of 1.x, which freeze. Migration copies every message under
its own id, so the two are united by id, and **a message that has a row in `message` is read from
there, calls and all; its copy here is skipped**. The older row says more: the migration drops steps
and summaries, sets times to those of the row, cuts trimmed outputs and turns calls that were
running into errors; and it never changes again. A call here has no id but the model's, so its key
is ``v2:<message>:<callID>``; where a database without the older tables brings a call that the
store knows by its part, `merge.facts.duplicates` drops the later key.

1.18 has the table `session_message`, always empty: rows are looked for, not tables. 1.14 fills it
beside its own tables when OPENCODE_EXPERIMENTAL is set: those rows are recognised by their ids.

The mark is the last row and some before it (see `watermark`), the latest time of any row, and the
compactions that were running. Rows change in place, so besides the rows behind the mark these are
read again:

- messages without their end, and those with a call that runs: the store knows them. A command in
  the background runs until a row says how it ended;
- compactions that were running;
- rows made (`time_created`, which a retry moves on) from an hour before the mark's time on;
- every row of a session in which a move was found: until then its folder was that of its rows.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

from . import batches
from .batches import Batch
from .database import Reader
from .numbers import Numbers
from .readers import Readers, RowPiece, RowSpan
from .shapes import Call, Message, Session, Values
from .skill_folders import Note, SkillFolders
from .todos import count_todos
from .unknown import unseen
from .v2_background import Background
from .v2_message import MessageRow
from .v2_migrated import times_before_migration
from .v2_row import TABLE, MessageTable, Row
from .v2_session import BOUNDARIES, SessionIndex
from .values import name, text
from .watermark import (
    LastRow,
    Mark,
    Placed,
    Position,
    UnfinishedRows,
    marked_rows,
    reached,
)

_NET_MS = 3_600_000
_OPEN_MAX = 1_000


class V2:
    """Reads one database; counts in `malformed` the rows that could not be understood."""

    version: ClassVar[str] = "v2"
    tables = frozenset({"session_v2", TABLE})

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._db = reader.connection
        self.malformed = 0
        self.numbers = Numbers()
        self.unknown: Counter[str] = Counter()
        # Betas wrote `session_message` before there was a `session_v2`.
        self._table = "session_v2" if "session_v2" in reader.tables else "session"
        self.tables = frozenset({self._table, TABLE})
        self._sessions = SessionIndex(reader, self._table)
        self._rows = MessageTable(reader, is_beta=self._table == "session")
        self._background = Background(reader)
        self._first = self._last = -1
        self._open: set[str] = set()
        self._skills = SkillFolders()

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a database of this layout with anything in it."""
        return cls(place) if isinstance(place, Reader) and cls._is_in(place) else None

    @staticmethod
    def _is_in(reader: Reader) -> bool:
        if not reader.has(TABLE, "id", "session_id", "type", "data"):
            return False
        if reader.has("session_v2", "id", "directory"):
            return reader.has_rows("session_v2") or reader.has_rows(TABLE)
        return reader.has("session", "id", "directory") and reader.has_rows(TABLE)

    def mark(self) -> Mark:
        """``{"rows": [[ROWID, ID], …], "time": MS or null, "open": [ID, …], "skills": {…}}``; the
        last row and some before it, and the folders of skills (see `skill_folders`).
        """
        latest = None
        if self._has_times():
            (latest,) = self._db.execute(f"SELECT max(time_created) FROM {TABLE}").fetchone()
        return {
            "rows": marked_rows(self._db, TABLE),
            "time": latest if type(latest) is int else None,
            "open": sorted(self._open)[:_OPEN_MAX],
            "skills": self._skills.to_json(),
        }

    def _has_times(self) -> bool:
        return self._reader.has(TABLE, "time_created")

    def holds(self, mark: Mark) -> bool:
        """Whether a row that was among the last ones is still where it was."""
        return reached(self._db, TABLE, mark["rows"]) is not None

    def position(self) -> Position:
        """Rows by their rowids."""
        return Position(max(0, self._rows.at - self._first), self._last - self._first)

    def sessions(self) -> Iterator[Session]:
        """All sessions, in no particular order."""
        columns = self._reader.tables[self._table]
        wanted = ("parent_id", "project_id", "directory", "title", "version")
        times = ("time_created", "time_updated", "time_archived")
        forks = ("fork_session_id", next((b for b in BOUNDARIES if b in columns), "none"))
        names = (*wanted, *times, *forks)
        selected = ", ".join(column if column in columns else "NULL" for column in names)
        todos, moment = count_todos(self._reader), self.numbers.moment
        query = f"SELECT id, {selected} FROM {self._table}"
        for named, *texts, created, updated, archived, source, boundary in self._db.execute(query):
            session_id = text(named)
            if session_id is None:
                self.malformed += 1
                continue
            parent, project, directory, title, version = map(text, texts)
            begun = moment(created)
            fork = (text(source), boundary)
            self._sessions.add(session_id, begun, directory, parent, fork)
            counts = todos.get(session_id, (0, 0)) if todos is not None else (None, None)
            yield Session(
                session_id,
                parent,
                project,
                directory,
                title,
                version,
                begun,
                moment(updated),
                moment(archived),
                *counts,
            )
        self._sessions.find_moves()

    def former_folders(self) -> dict[str, set[str]]:
        """The folders in which each session was that has moved since, by its id."""
        return self._sessions.former_folders()

    def read(
        self,
        since: Mark | None,
        unfinished: UnfinishedRows,
        *,
        processes: bool = False,
        placed: Placed = (),
    ) -> Generator[Batch[Any], None, None]:
        """Messages of users and of models, and the calls in them, some at a time."""
        unchanged = reached(self._db, TABLE, since["rows"]) if since else None
        self._first = above = -1 if unchanged is None else unchanged
        last = LastRow.of(self._db, TABLE)
        self._last = last.rowid if last else self._first
        self._open = set(since.get("open", ())) if since else set()
        kept = since.get("skills", {}) if since else {}
        self._skills = SkillFolders({f: said for f, said in kept.items() if said[1] <= above})
        self._skills.note_placed(placed)
        spans = [RowSpan(TABLE, above, *last)] if processes and last else []
        helpers = (
            Readers(self._reader.path, spans, self.piece, weight=2) if spans else nullcontext()
        )
        with helpers as readers:
            for piece in readers.pieces(TABLE) if readers is not None else ():
                self.malformed += piece.malformed
                self.numbers.dropped += piece.dropped
                self.unknown.update(piece.unknown)
                still_open, notes = piece.noted
                self._open.update(still_open)
                for note in notes:
                    self._skills.note(Note(*note))
                self._rows.at = above = piece.upto
                yield from piece.batches
        moved: set[str] = set()
        if since is not None and since["rows"] and since["rows"][0][0] > above:
            yield from self._after_taking_back(above, since, moved)
            above = since["rows"][0][0]
        yield from self._batches(self._noting_moves(self._rows.above(above), moved))
        if since is not None:
            rowids = self._changed(since, unfinished, moved)
            # What is read again was counted when it was read first.
            with self._uncounted():
                yield from self._batches(self._rows.at_rowids(sorted(rowids)))
        first = self._skills.first_new()
        if first is not None:
            # What was read before its skill's folder was known, or by others.
            rows, at = self._rows.above(first - 1, where=self._skills.condition()), self._last
            with self._uncounted():
                yield from self._batches(rows)
            self._rows.at = at

    def _after_taking_back(self, above: int, since: Mark, moved: set[str]) -> Iterator[Batch[Any]]:
        """Rows above a rowid, up to that of the mark's last row, which is no longer there; those
        that were made before the mark were counted then.
        """
        time, upto = since["time"], since["rows"][0][0]
        is_new = f"coalesce(time_created > {int(time)}, 0)" if time is not None else "1"
        yield from self._batches(self._noting_moves(self._rows.above(above, upto, is_new), moved))
        with self._uncounted():
            rows = self._rows.above(above, upto, f"NOT {is_new}")
            yield from self._batches(self._noting_moves(rows, moved))

    def piece(self, table: str, above: int, upto: int) -> RowPiece:
        """Rows that are read before their turn: they are neither passed yet nor counted."""
        del table  # there is one
        at, before, self._open = self._rows.at, self._open, set()
        skills, self._skills = self._skills, SkillFolders()
        with self._uncounted():
            self.malformed = self.numbers.dropped = 0
            batches = [*self._batches(self._rows.above(above, upto), at_once=True)]
            lost = (self.malformed, self.numbers.dropped, dict(self.unknown))
            notes = [*map(tuple, self._skills.notes)]
            piece = RowPiece(upto, batches, *lost, [sorted(self._open), notes])
        self._rows.at, self._open, self._skills = at, before, skills
        return piece

    @contextmanager
    def _uncounted(self) -> Iterator[None]:
        before = self.malformed
        with self.numbers.uncounted(), unseen(self):
            yield
        self.malformed = before

    def _noting_moves(self, rows: Iterable[Row], moved: set[str]) -> Iterator[Row]:
        """Rows as they come; `moved` gets the sessions that moved among them."""
        for row in rows:
            if row.type == b"location-switched":
                moved.add(name(row.session_id))
            yield row

    def _changed(self, since: Mark, unfinished: UnfinishedRows, moved: set[str]) -> set[int]:
        """The rowids of what was read before and may have changed."""
        again = {*unfinished.messages, *unfinished.calls.values(), *since.get("open", ())}
        rowids = self._rows.rowids_of("id = ?", again, self._first)
        rowids |= self._rows.rowids_of("session_id = ?", moved, self._first)
        if since.get("time") is not None and self._has_times():
            late = (since["time"] - _NET_MS,)
            rowids |= self._rows.rowids_of("time_created > ?", late, self._first)
        return rowids

    def _batches(self, rows: Iterable[Row], *, at_once: bool = False) -> Iterator[Batch[Any]]:
        """Messages, each batch followed by one of the calls in them."""
        messages: list[Values] = []
        calls: list[Values] = []
        most = sys.maxsize if at_once else batches.ROWS_OF_BATCH
        for row in rows:
            self._take(row, messages, calls)
            if len(messages) + len(calls) >= most:
                yield from _filled(messages, calls)
                messages, calls = [], []
        yield from _filled(messages, calls)

    def _take(self, row: Row, messages: list[Values], calls: list[Values]) -> None:
        try:
            message = MessageRow.of(row, self._sessions, self.unknown)
        except ValueError:
            self.malformed += 1
            return
        if message is None:
            return
        if message.is_open:
            self._open.add(message.id)
        elif self._open:
            self._open.discard(message.id)
        forks = self._sessions.forks
        times = forks and times_before_migration(self._reader, self._sessions, message, row)
        messages.append(message.values(self.numbers, times or None))
        ends = partial(self._background.end_of, message.session_id, row.seq)
        found = message.calls(self.numbers, self.unknown, ends, self._skills)
        calls += [call for call in found if call is not None]
        self.malformed += found.count(None) + message.lacks_content


def _filled(messages: list[Values], calls: list[Values]) -> Iterator[Batch[Any]]:
    if messages:
        yield Batch.of(Message, messages)
    if calls:
        yield Batch.of(Call, calls)
