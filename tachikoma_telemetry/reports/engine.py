"""The engine that a report runs in: SQLite for the store of one machine, others for many.

The .sql files run in each as they are. What engines write differently is here: tables that last as
long as the report, and views that shadow the tables of the store under their own names.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple, Protocol

from ..store.limits import drop_impossible_facts, drop_impossible_metrics
from ..store.session_sums import add_all_up

Columns = Mapping[str, str]
"""The columns of a table and their types: INTEGER (of 64 bits), REAL or TEXT."""


class RowCursor:
    """The rows of a query in an engine that gives an iterator."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.description = [(each,) for each in columns]
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        """The next row; None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return [*self._rows]

    def __iter__(self) -> Iterator[Any]:
        """Each row that is left."""
        return self._rows


Cursor = sqlite3.Cursor | RowCursor
"""The rows of a query, as the DB-API has them (PEP 249)."""


class Machine(NamedTuple):
    """A machine whose store an engine reads, among others.

    Attributes:
        machine: its name.
        person: who works on it.
        exported: when its last export ended, ms since the epoch.
        usual_gap_ms: the time between two exports that 9 of 10 stay below; None when unknown.
        version: of tachikoma-telemetry.
        installed: the skills that are installed, each with what OpenCode 2 calls it; None when it
            does not say.
    """

    machine: str
    person: str
    exported: int
    usual_gap_ms: int | None
    version: str
    installed: Sequence[tuple[str, str | None]] | None


class Engine(Protocol):
    """A store, and what one report makes beside it.

    The tables of the store are in the schema `main`.

    Attributes:
        keeps_sums: whether the tables of `store.session_sums` are among them.
        machines: whose stores it holds; none is the store of this one.
        people: how many work on them; with several, each table has the column `machine`, and the
            table `machines` says whose a machine is.
        place: where their exports are, as the user names it; None of the store of this machine.
    """

    keeps_sums: bool
    place: str | None
    people: int
    machines: Sequence[Machine]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run a query; each ``?`` is the next parameter."""

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """Make a table of rows, in place of an earlier one of that name."""

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """Make a table of the rows of a query, often looked up by the column `key`."""

    def shadow(self, table: str, condition: str) -> None:
        """From now on `table` is those rows `t` of the store's table that meet the condition."""

    def reading(self) -> Any:
        """A context in which the store does not change, and after which nothing that was made is
        left.
        """

    def cleaned(self) -> Any:
        """A context that gives a store without values that can't be right."""


class SqliteEngine:
    """The store of one machine.

    The connection may be read-only, since what a report makes is temporary.
    """

    keeps_sums = True
    people = 1
    place: str | None = None
    machines: Sequence[Machine] = ()

    def __init__(self, store: sqlite3.Connection) -> None:
        self.store = store
        # Not every SQLite has it.
        store.create_function("ln", 1, _ln, deterministic=True)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """As `Engine.execute`."""
        cursor = self.store.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, parameters)

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """As `Engine.keep`."""
        self.store.execute(f"DROP TABLE IF EXISTS temp.{name}")
        described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        self.store.execute(f"CREATE TEMP TABLE {name} ({described})")
        marks = ", ".join("?" * len(columns))
        self.store.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        self._index(name, next(iter(columns)))

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """As `Engine.keep_query`."""
        self.store.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        if key is not None:
            self._index(name, key)

    def _index(self, name: str, column: str) -> None:
        self.store.execute(f"CREATE INDEX temp.{name}_key ON {name} ({column})")

    def shadow(self, table: str, condition: str) -> None:
        """As `Engine.shadow`."""
        # SQLite looks among what is temporary first.
        self.store.execute(
            f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} AS t WHERE {condition}"
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As `Engine.reading`."""
        self.store.execute("SAVEPOINT report")
        try:
            yield
        finally:
            # Takes the temp tables and views with it.
            self.store.execute("ROLLBACK TO report")
            self.store.execute("RELEASE report")

    @contextmanager
    def cleaned(self) -> Iterator[SqliteEngine]:
        """As `Engine.cleaned`."""
        # A merge puts no such value into a store, but any program can. A private file that SQLite
        # deletes: a store may be larger than memory.
        with closing(sqlite3.connect("", isolation_level=None)) as copy:
            self.store.backup(copy)
            copy.execute("BEGIN")
            drop_impossible_facts(copy)
            drop_impossible_metrics(copy)
            add_all_up(copy)
            copy.execute("COMMIT")
            yield SqliteEngine(copy)


def engine_of(store: sqlite3.Connection | Engine) -> Engine:
    """The engine of a store that may be a connection."""
    return SqliteEngine(store) if isinstance(store, sqlite3.Connection) else store


def _ln(value: float | None) -> float | None:
    return math.log(value) if value is not None and value > 0 else None
