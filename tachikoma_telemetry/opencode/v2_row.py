"""Rows of `session_message`: new ones, and those that may have changed since they were read.

Columns are read by their names; one that a version does not have is None. Rows too long to be
loaded come with their texts shortened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .database import Reader
from .long_row import edges, next_long_row, shortened

TABLE = "session_message"
ROW_BYTES_MAX = 16 << 20
_ROWID_MAX = 2**63 - 1
_COLUMNS = ("id", "session_id", "type", "seq", "time_created", "time_updated")
# 1.14 writes a message here as well, under the id of the event that announces it.
_WRITTEN_TWICE = """
m.id GLOB 'evt_*' AND EXISTS (SELECT 1 FROM message o WHERE o.session_id = m.session_id)
"""


class Row(NamedTuple):
    """A row; `data` is JSON as bytes, of a very long row what is left of it as an object."""

    rowid: int
    id: object
    session_id: object
    type: object
    seq: object
    time_created: object
    time_updated: object
    data: Any


class MessageTable:
    """The rows of one database.

    Attributes:
        at: the rowid of the last row that was read in order.
    """

    def __init__(self, reader: Reader, *, is_beta: bool) -> None:
        """`is_beta`: the sessions are in the table of 1.x."""
        self._reader = reader
        self._db = reader.connection
        columns = reader.tables[TABLE]
        self._names = ", ".join(column if column in columns else "NULL" for column in _COLUMNS)
        # A migrated message is read from the tables of 1.x, as long as these are there.
        new = "1"
        if reader.has("message", "id", "session_id", "data"):
            new = "NOT EXISTS (SELECT 1 FROM message o WHERE o.id = m.id)"
            new += f" AND NOT ({_WRITTEN_TWICE})" if is_beta else ""
        self._query = f"SELECT rowid, {self._names}, data FROM {TABLE} m WHERE {new} AND"
        self.at = -1

    def above(self, rowid: int, upto: int = _ROWID_MAX, where: str = "1") -> Iterator[Row]:
        """The rows above a rowid, up to another one, in order, for which a condition holds."""
        start = self.at = rowid
        query = f"{self._query} ({where}) AND rowid > ? AND rowid <= ? ORDER BY rowid"
        with self._reader.at_most(ROW_BYTES_MAX):
            while True:
                try:
                    for row in self._db.execute(query, (start, upto)):
                        self.at = start = row[0]
                        yield Row._make(row)
                except sqlite3.DataError:
                    long_row = next_long_row(self._db, TABLE, start, ROW_BYTES_MAX)
                    if long_row is None:
                        raise
                    # Python steps ahead: the row before the long one went down with the error.
                    for row in self._db.execute(query, (start, long_row - 1)).fetchall():
                        yield Row._make(row)
                    start = long_row
                    yield from self._long_row(long_row)
                else:
                    return

    def at_rowids(self, rowids: Iterable[int]) -> Iterator[Row]:
        """The rows with these rowids, those that are there."""
        with self._reader.at_most(ROW_BYTES_MAX):
            for rowid in rowids:
                try:
                    row = self._db.execute(f"{self._query} rowid = ?", (rowid,)).fetchone()
                except sqlite3.DataError:
                    yield from self._long_row(rowid)
                    continue
                if row:
                    yield Row._make(row)

    def _long_row(self, rowid: int) -> Iterator[Row]:
        short = self._query.replace(f"{self._names}, data", self._names)
        row = self._db.execute(f"{short} rowid = ?", (rowid,)).fetchone()
        if row:
            data = shortened(self._db, TABLE, rowid, ROW_BYTES_MAX)
            yield Row._make((*row, data or edges(self._db, TABLE, rowid)))

    def rowids_of(self, where: str, values: Iterable[object], upto: int) -> set[int]:
        """The rowids up to one of the rows for which a condition holds with any of these values."""
        query = f"SELECT rowid FROM {TABLE} WHERE {where} AND rowid <= ?"
        return {rowid for value in values for (rowid,) in self._db.execute(query, (value, upto))}
