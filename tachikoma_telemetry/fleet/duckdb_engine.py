"""Reports over many machines in DuckDB, inside this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import duckdb

from ..errors import FleetError
from ..reports.engine import Columns, Rows
from ..visible import visible
from .layout import ExportedTable, exported_tables
from .readable_exports import FleetSource

# What a report makes is found before the tables of the store.
_PATH = "SET search_path = 'report,main'"
_MANY = 10_000
_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}


class DuckdbEngine:
    """The files of a fleet as the tables of a store.

    A row that several machines have exported, since they share a database or one was copied from
    the other, counts once: as the machine has it that exported last.

    Args:
        source: which files.

    Raises:
        FleetError: when none can be read.

    """

    keeps_sums = False

    def __init__(self, source: FleetSource) -> None:
        self.problems = [*source.problems]
        self._duck = duckdb.connect(":memory:")
        self._duck.execute("SET preserve_insertion_order = false")
        # It goes to standard output, where the report goes.
        self._duck.execute("SET enable_progress_bar = false")
        if not source.place.is_local:
            self._duck.register_filesystem(source.place.files)
        self._duck.execute("CREATE SCHEMA report")
        self.people = len({each.person for each in source.machines})
        order = sorted(source.machines, key=lambda each: (each.exported, each.machine))
        self.keep(
            "machines",
            {"machine": "TEXT", "person": "TEXT", "rank": "INTEGER"},
            ((each.machine, each.person, number) for number, each in enumerate(order)),
        )
        self._duck.execute("CREATE TABLE main.machines AS FROM report.machines")
        for table in exported_tables().values():
            self._read(source, table)
        self._duck.execute(_PATH)

    def _read(self, source: FleetSource, table: ExportedTable) -> None:
        try:
            self._create(source, table, source.files(table.name))
        except duckdb.Error:
            damaged = source.damaged(table.name)
            if not damaged:
                raise
            self.problems += (
                f"left out: {visible(each)} is no whole Parquet file" for each in damaged
            )
            left = [each for each in source.files(table.name) if each not in damaged]
            self._create(source, table, left)

    def _create(self, source: FleetSource, table: ExportedTable, files: Sequence[str]) -> None:
        columns = ", ".join(_column(each.name, each.default) for each in table.columns)
        paths = [self._name(source, each) for each in files]
        empty = ", ".join(f"NULL::{_TYPES[each.type]} AS {each.name}" for each in table.columns)
        empty = f"{empty}, NULL::VARCHAR AS machine"
        if not paths:
            self._duck.execute(f"CREATE TABLE main.{table.name} AS SELECT {empty} LIMIT 0")
            return
        # An earlier version wrote fewer columns, and then the layout's default holds.
        given = (
            f"(SELECT {empty} LIMIT 0) UNION ALL BY NAME SELECT * FROM "
            f"read_parquet([{_quoted(paths)}], hive_partitioning = true, union_by_name = true, "
            "hive_types = {'date': VARCHAR, 'machine': VARCHAR})"
        )
        self._duck.execute(
            f"CREATE TABLE main.{table.name} AS SELECT {columns}, t.machine FROM ({given}) t"
        )
        if len(source.machines) > 1:
            self._count_once(table)

    def _count_once(self, table: ExportedTable) -> None:
        key = ", ".join(table.key)
        twice = f"SELECT 1 FROM main.{table.name} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
        if self._duck.execute(twice).fetchone() is not None:
            self._duck.execute(
                f"CREATE OR REPLACE TABLE main.{table.name} AS SELECT t.* FROM main.{table.name} t "
                "JOIN main.machines m ON m.machine = t.machine QUALIFY row_number() OVER ("
                f"PARTITION BY {', '.join(f't.{each}' for each in table.key)} "
                "ORDER BY m.rank DESC) = 1"
            )

    def _name(self, source: FleetSource, path: str) -> str:
        whole = source.place.path(path)
        if source.place.is_local:
            return whole
        protocol = source.place.files.protocol
        return f"{protocol if isinstance(protocol, str) else protocol[0]}://{whole}"

    def close(self) -> None:
        """Let go of the database in memory."""
        self._duck.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """As `Engine.execute`."""
        # One of its own, so that another query may run before the last row of this one is read.
        cursor = self._duck.cursor()
        cursor.execute(_PATH)
        found = cursor.execute(sql, [*parameters])
        names = [each[0] for each in found.description or ()]
        return Rows(names, chain.from_iterable(iter(lambda: found.fetchmany(_MANY), [])))

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """As `Engine.keep`."""
        described = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
        self._duck.execute(f"CREATE OR REPLACE TABLE report.{name} ({described})")
        if given := [*rows]:
            marks = ", ".join("?" * len(columns))
            self._duck.executemany(f"INSERT INTO report.{name} VALUES ({marks})", given)

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """As `Engine.keep_query`."""
        del key  # its joins build hash tables of their own
        self._duck.execute(f"CREATE OR REPLACE TABLE report.{name} AS {sql}")

    def shadow(self, table: str, condition: str) -> None:
        """As `Engine.shadow`."""
        self._duck.execute(
            f"CREATE VIEW report.{table} AS SELECT * FROM main.{table} AS t WHERE {condition}"
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As `Engine.reading`."""
        try:
            yield
        finally:
            self._duck.execute("DROP SCHEMA report CASCADE")
            self._duck.execute("CREATE SCHEMA report")
            self._duck.execute(_PATH)

    @contextmanager
    def cleaned(self) -> Iterator[DuckdbEngine]:
        """As `Engine.cleaned`; exports hold no value that can't be right."""
        raise FleetError("the exports hold values that can't be right")
        yield self


def _column(name: str, default: str | None) -> str:
    return f"t.{name}" if default is None else f"coalesce(t.{name}, {default}) AS {name}"


def _quoted(paths: Iterable[str]) -> str:
    return ", ".join("'" + each.replace("'", "''") + "'" for each in paths)
