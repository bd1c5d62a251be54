"""Messages and calls on their way to the store, some at a time.

A batch holds rows as values where this process read them, and as an image where another one did:
the bytes of an SQLite database with the rows in a table. To bind values to SQL takes Python longer
than all that SQLite does with them. The processes that read have done it when they hand over an
image, and SQLite copies the rows from there into a store that is being made.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from itertools import islice
from operator import itemgetter
from typing import Generic

from .shapes import Shape, Values

# The one table of an image; its columns are the fields of the shape.
TABLE = "batch"

# Databases can be made of bytes, and bytes of them, unless Python was built without that.
HAS_IMAGES = hasattr(sqlite3.Connection, "serialize") and hasattr(sqlite3.Connection, "deserialize")

ROWS_OF_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Batch(Generic[Shape]):
    """Some rows of a shape; `sessions`: those they belong to, with the number of rows of each."""

    shape: type[Shape]
    sessions: Mapping[str, int]
    _: KW_ONLY
    values: list[Values] | None = None
    image: bytes | None = None

    @classmethod
    def of(cls, shape: type[Shape], values: list[Values]) -> Batch[Shape]:
        """A batch of rows that were read here."""
        session = itemgetter(shape._fields.index("session_id"))
        return cls(shape, Counter(map(session, values)), values=values)

    def to_image(self) -> bytes:
        """The bytes of a database with the rows in a table."""
        if self.image is not None:
            return self.image
        fields = self.shape._fields
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
            database.execute(f"CREATE TABLE {TABLE} ({', '.join(fields)})")
            database.execute("BEGIN")
            marks = ", ".join("?" * len(fields))
            database.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", self.values or ())
            database.execute("COMMIT")
            return database.serialize()

    def rows(self, sessions: Collection[str]) -> list[Values]:
        """The rows of these sessions, of a batch that was read here."""
        values = self.values or []
        if len(sessions) == len(self.sessions):
            return values
        session = self.shape._fields.index("session_id")
        return [row for row in values if row[session] in sessions]


def bind_fast() -> None:
    """Bind None and booleans to SQL a quarter faster, in the whole process: for processes of ours.

    For each of them, `sqlite3` looks for an adapter, and makes and drops an exception when there is
    none. These two are found at once, and change nothing.
    """
    none: dict[None, None] = {}
    sqlite3.register_adapter(type(None), none.get)
    sqlite3.register_adapter(bool, int)


def in_batches(shape: type[Shape], rows: Iterable[Values]) -> Iterator[Batch[Shape]]:
    """Rows as they come, some at a time."""
    rows = iter(rows)
    while values := [*islice(rows, ROWS_OF_BATCH)]:
        yield Batch.of(shape, values)
