"""Writing the rows of OpenCode's databases into the fact tables.

Rows are known by their own ids, so reading the same thing again, or in another order, ends in the
same store. Where two sources hold the same row, the one that was changed last wins. What a source
no longer holds stays: the store is history.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from functools import cached_property
from operator import add, itemgetter
from typing import Any

from ...opencode.batches import TABLE, Batch
from ...opencode.shapes import Call, Message, Session
from ...opencode.v2_call import PREFIX
from ...store.creation import IMAGE, attach_image, is_being_made
from ...store.tables import BY_NAME
from ..changes import Changes


class Loader:
    """Writes the rows of one database into the fact tables.

    Rows are known by their ids. Into a store that is being made they are copied from images; into
    one that is there they are staged and compared, and what is new or changed is taken over.

    Attributes:
        makes_store: whether the store is being made of this database.
    """

    def __init__(self, store: sqlite3.Connection, source: str, changes: Changes) -> None:
        self._store = store
        self._source = source
        self._changes = changes
        empty = not store.execute("SELECT EXISTS (SELECT 1 FROM sessions)").fetchone()[0]
        self.makes_store = empty and is_being_made(store)
        self._of_message = _CallMessages(store)
        self._shared = _Interned()
        self._expected: set[str] = set()

    @cached_property
    def known_sessions(self) -> dict[str, tuple[Any, ...]]:
        """The sessions that the store held before, by id: as they come, and their source."""
        names = ", ".join((*Session._fields, "source"))
        return {row[0]: row for row in self._store.execute(f"SELECT {names} FROM sessions")}

    def sessions(self, rows: Iterable[Session]) -> None:
        """Insert or update sessions."""
        # All of them come with every merge. To drop here what is already in the store is four times
        # as fast as to find that out in SQL.
        known, source = self.known_sessions, (self._source,)
        new = [row for row in rows if known.get(row[0]) != row + source]
        for row in new:
            before = known.get(row[0])
            if before is None or before[_FOLDER] != row[_FOLDER]:
                self._changes.moved.add(row[0])
        self._take_over("sessions", Session._fields, new)

    def messages(
        self, batch: Batch[Message], sessions: Collection[str], *, with_calls: bool = False
    ) -> None:
        """Insert or update the messages of these sessions.

        Args:
            batch: rows.
            sessions: those that are taken.
            with_calls: whether the next batch of calls has all the calls of these messages. Those
                that the store has and that do not come are dropped: to ask the model again empties
                a message of 2.x.
        """
        self.drop_missing()
        if self.makes_store:
            self._copy("messages", batch, sessions)
            return
        rows = batch.rows(sessions)
        # A handful of different ones serves all the messages there are.
        of_message = map(self._shared.__getitem__, map(_OF_MESSAGE, rows))
        self._of_message.update(zip(map(_ID, rows), of_message, strict=True))
        self._take_over("messages", Message._fields, rows)
        if with_calls:
            for message_id in map(_ID, rows):
                calls = self._store.execute(_CALLS_OF_V2, (message_id, self._source))
                self._expected.update(key for (key,) in calls)

    def calls(self, batch: Batch[Call], sessions: Collection[str]) -> None:
        """Insert or update calls of these sessions; their messages have to be loaded before."""
        if self.makes_store:
            self._copy("calls", batch, sessions)
            return
        rows = batch.rows(sessions)
        self._expected.difference_update(map(_ID, rows))
        of_message = map(self._of_message.__getitem__, map(_MESSAGE_OF_CALL, rows))
        columns = (*Call._fields, *_FROM_MESSAGE)
        self._take_over("calls", columns, [*map(add, rows, of_message)])

    def drop_missing(self) -> None:
        """Drop the calls of the last messages that were read with their calls, and did not come."""
        if not self._expected:
            return
        missing = sorted(self._expected)
        self._expected.clear()
        store = self._store
        for key in missing:
            (session,) = store.execute(
                "SELECT session_id FROM calls WHERE call_key = ?", (key,)
            ).fetchone()
            self._changes.add_sessions([session])
        self._changes.add_calls("main.calls c WHERE c.call_key = ?", missing)
        store.executemany("DELETE FROM calls WHERE call_key = ?", zip(missing))

    def _copy(self, table: str, batch: Batch[Any], sessions: Collection[str]) -> None:
        """Let SQLite copy rows from their image, with what calls take from their messages."""
        attach_image(self._store, batch.to_image())
        fields = batch.shape._fields
        values = [f"b.{name}" for name in fields]
        join, where = "", "true"
        if table == "calls":
            fields += _FROM_MESSAGE
            values += ["coalesce(m.copied, 0)", "m.model", "m.agent"]
            join = "LEFT JOIN main.messages m ON m.message_id = b.message_id"
        taken: Collection[str] = ()
        if len(sessions) < len(batch.sessions):
            taken = sessions
            where = f"b.session_id IN ({', '.join('?' * len(taken))})"
        columns = (*fields, "source")
        self._store.execute(
            f"INSERT INTO main.{table} ({', '.join(columns)}) "
            f"SELECT {', '.join(values)}, ? FROM {IMAGE}.{TABLE} b {join} WHERE {where} "
            f"{_or_update(table, columns)}",
            (self._source, *taken),
        )
        self._changes.add_sessions(sessions)

    def _take_over(
        self, table: str, fields: tuple[str, ...], rows: Collection[tuple[Any, ...]]
    ) -> None:
        if not rows:
            return
        (key,), columns = BY_NAME[table].key, (*fields, "source")
        store, names = self._store, ", ".join(columns)
        store.execute(f"CREATE TEMP TABLE staged AS SELECT {names} FROM main.{table} WHERE 0")
        # The source is the same for all, so it is no column to bind.
        marks, source = ", ".join("?" * len(fields)), self._source.replace("'", "''")
        store.executemany(f"INSERT INTO staged VALUES ({marks}, '{source}')", rows)
        differs = " OR ".join(f"s.{name} IS NOT t.{name}" for name in columns if name != key)
        store.execute(
            f"""
            CREATE TEMP TABLE changed AS
            SELECT s.rowid AS staged_row, s.session_id, t.session_id AS former_session
            FROM staged s LEFT JOIN main.{table} t ON t.{key} = s.{key}
            WHERE t.{key} IS NULL OR (({differs}) AND {_is_later(table, "s", "t")})
            """
        )
        for pair in store.execute("SELECT DISTINCT session_id, former_session FROM changed"):
            self._changes.add_sessions([session for session in pair if session is not None])
        # In a store that is being made all events are new, and so matched whatever the calls are.
        both = table == "calls" and not is_being_made(store)
        if both:
            self._changes.add_calls(_STAGED_OF_STORE)
        store.execute(
            f"INSERT INTO main.{table} ({names}) SELECT {names} FROM staged "
            f"WHERE rowid IN (SELECT staged_row FROM changed) {_or_update(table, columns)}"
        )
        if both:
            self._changes.add_calls(_STAGED_OF_STORE)
        store.execute("DROP TABLE staged")
        store.execute("DROP TABLE changed")


_FOLDER = Session._fields.index("directory")
_STAGED_OF_STORE = (
    "changed CROSS JOIN staged s ON s.rowid = changed.staged_row "
    "CROSS JOIN main.calls c ON c.call_key = s.call_key"
)


# The calls of a message, as long as the row of the message is this source's.
_CALLS_OF_V2 = f"""
SELECT c.call_key FROM messages m JOIN calls c
    ON c.call_key >= '{PREFIX}' || m.message_id || ':'
    AND c.call_key < '{PREFIX}' || m.message_id || ';'
WHERE m.message_id = ? AND m.source = ?
"""

# How far a row has come, of two that were changed at the same time: a finished call or message is
# newer than one that is not, and a user's message gets its text after it was made.
_HOW_FAR = {
    "sessions": (),
    "messages": ("{}.completed IS NOT NULL", "{}.opens_turn", "{}.read_skill IS NOT NULL"),
    "calls": ("{}.outcome <> 'running'",),
}


def _is_later(table: str, row: str, other: str) -> str:
    """When the same row comes again, from another database or in a table without a primary key, the
    later version wins, and of two of one time the one that has come further. What one source says
    now is newer than what it said before. Else the source breaks a tie, so that the order of
    merging does not matter.
    """
    rank = ("coalesce({}.updated, 0)", *_HOW_FAR[table], "{}.source")
    one, two = (", ".join(part.format(each) for part in rank) for each in (row, other))
    return (
        f"(({one}) >= ({two}) OR ({row}.source = {other}.source "
        f"AND coalesce({row}.updated, 0) >= coalesce({other}.updated, 0)))"
    )


def _or_update(table: str, columns: Collection[str]) -> str:
    (key,) = BY_NAME[table].key
    assignments = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    if table != "sessions":
        # A row that is a copy no longer counts by itself; `mark_copies` sees to the copies.
        assignments += ", counted = CASE WHEN excluded.copied THEN counted ELSE 1 END"
    later = _is_later(table, "excluded", table)
    return f"ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE {later}"


# What a call takes from its message: whether it is a copy, its model and its agent.
_OfMessage = tuple[bool, str | None, str | None]
_FROM_MESSAGE = ("copied", "model", "agent")
_OF_MESSAGE = itemgetter(*map(Message._fields.index, _FROM_MESSAGE))
_ID = itemgetter(0)
_MESSAGE_OF_CALL = itemgetter(Call._fields.index("message_id"))


class _Interned(dict[_OfMessage, _OfMessage]):
    """One of all that are equal."""

    def __missing__(self, value: _OfMessage) -> _OfMessage:
        self[value] = value
        return value


class _CallMessages(dict[str, _OfMessage]):
    """The messages that calls belong to, of those read now, else of those in the store."""

    def __init__(self, store: sqlite3.Connection) -> None:
        super().__init__()
        self._store = store

    def __missing__(self, message_id: str) -> _OfMessage:
        row = self._store.execute(
            "SELECT copied, model, agent FROM messages WHERE message_id = ?", (message_id,)
        ).fetchone()
        known = self[message_id] = row or (False, None, None)
        return known
