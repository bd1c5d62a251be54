"""How far a storage was read: what the next merge needs to go on from there.

The mark of a storage is a JSON object that its adapter makes. The merge keeps it with the store and
hands it back, and looks at nothing in it. An adapter that no longer finds what its mark describes
says so (`storage.Adapter.holds`), and then everything is read again.

For the tables of a database the mark is the row with the highest rowid and its id (`LastRow`), and
some rows before it. Why that is enough:

- a new row gets a rowid above all others, so what is above the mark is new;
- rowids are reused only when the highest rows were deleted, and a vacuum renumbers only when rows
  below were: both put another id, or none, at the mark. Where the last turns were taken back, one
  of the rows before it is where it was, and so is all before that; after a vacuum none is, and
  everything is read again;
- a row changes after it was written only while its call or message is not finished: the store knows
  which were not, and these are read again by their ids (`UnfinishedRows`).

Ids are no measure (their time part wrapped), nor are the time columns (none is indexed, and
`session.time_updated` is no upper bound).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .values import name

# A JSON object; what is in it is the adapter's own.
Mark = Mapping[str, Any]
_ROWID_MAX = 2**63 - 1
# How far before the last row those are that are marked as well.
MARKED_BEFORE = (100, 1_000, 10_000)


# Skills with their folders, outside of the usual places.
Placed = Collection[tuple[str, str]]


class Position(NamedTuple):
    """How much of a reading is done, and how much there is (None if unknown), in any unit."""

    done: int
    total: int | None


class UnfinishedRows(NamedTuple):
    """What the store holds unfinished, of any database.

    Attributes:
        messages: ids of messages, each with its session's.
        calls: keys of calls, each with its message's id.

    """

    messages: Mapping[str, str]
    calls: Mapping[str, str]


class LastRow(NamedTuple):
    """The row of a table with the highest rowid, and its id."""

    rowid: int
    id: str

    @classmethod
    def of(cls, db: sqlite3.Connection, table: str, upto: int = _ROWID_MAX) -> LastRow | None:
        """The last row of a table now, up to a rowid; None if there is none."""
        query = f"SELECT rowid, id FROM {table} WHERE rowid <= ? ORDER BY rowid DESC LIMIT 1"
        row = db.execute(query, (upto,)).fetchone()
        return cls(row[0], name(row[1])) if row else None

    def is_in(self, db: sqlite3.Connection, table: str) -> bool:
        """Whether the table still has this id at this rowid."""
        row = db.execute(f"SELECT id FROM {table} WHERE rowid = ?", (self.rowid,)).fetchone()
        return row is not None and name(row[0]) == self.id


def marked_rows(db: sqlite3.Connection, table: str) -> list[list[Any]]:
    """The last row of a table now and some before it, each ``[ROWID, ID]``."""
    last = LastRow.of(db, table)
    before = (last and LastRow.of(db, table, last.rowid - back) for back in MARKED_BEFORE)
    return [[*row] for row in (last, *before) if row]


def reached(db: sqlite3.Connection, table: str, marked: Sequence[Sequence[Any]]) -> int | None:
    """The rowid up to which all is as it was when rows were marked; None if that is not known."""
    rows = (LastRow(*row) for row in marked)
    return next((row.rowid for row in rows if row.is_in(db, table)), None) if marked else -1
