"""Reports over many machines in DuckDB, inside this process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import chain
from typing import Any, TypeVar

import duckdb

from ..errors import FleetError
from ..reports.engine import Columns, Machine, RowCursor
from ..visible import visible
from .layout import NEVER_SHARED, SHARED_WITH_SESSION, ExportedTable, exported_tables
from .readable_exports import FleetSource
from .shared_rows import RUN_NAMES, names_runs, one_row, renamed

# What a report makes is found before the tables of the store.
_PATH = "SET search_path = 'report,main'"
_MANY = 10_000
_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}
# Beyond it, what a query is at work on goes to the temporary folder.
_MEMORY = "2GB"

R = TypeVar("R")


class DuckdbEngine:
    """The files of a fleet as the tables of a store.

    A row that several machines have exported, since they share a database or one was copied from
    the other, counts once: as the machine has it that exported last. Files of this machine are read
    by each query, the columns that it needs; those of a bucket once. A file that turns out to be
    damaged is left out from then on.

    Args:
        source: which files.

    Raises:
        FleetError: when none can be read.
    """

    keeps_sums = False

    def __init__(self, source: FleetSource) -> None:
        self.problems = [*source.problems]
        self.machines: Sequence[Machine] = [each.as_machine() for each in source.machines]
        self.people = len({each.person for each in source.machines})
        self.place: str | None = source.place.url
        self._source = source
        self.opened: dict[str, list[str]] = {}
        self._made: set[str] = set()
        self._scratch = tempfile.mkdtemp(prefix="tachikoma-")
        self._duck = duckdb.connect(
            ":memory:", config={"memory_limit": _MEMORY, "temp_directory": self._scratch}
        )
        for setting in (
            "preserve_insertion_order = false",
            "parquet_metadata_cache = true",
            # It goes to standard output, where the report goes.
            "enable_progress_bar = false",
        ):
            self._duck.execute(f"SET {setting}")
        if not source.place.is_local:
            self._duck.register_filesystem(source.place.files)
        self._duck.execute("CREATE SCHEMA report")
        self._duck.execute("CREATE SCHEMA exported")
        self._name_machines(source)
        self._duck.execute(_PATH)

    def _find(self, sql: str) -> None:
        """Make the tables known that a query may read: each file takes time to open."""
        for name in exported_tables():
            if name in sql:
                self._make(name)

    def _make(self, name: str) -> None:
        if name in self._made:
            return
        self._made.add(name)
        self._open(name)
        table, rows = exported_tables()[name], f"FROM exported.all_{name}"
        if names_runs(name) and self._has_run_names:
            rows = renamed(table, f"exported.all_{name}", "exported.run_names")
        if name in SHARED_WITH_SESSION:
            self._make("sessions")
        self._duck.execute(f"CREATE OR REPLACE VIEW exported.{name} AS {rows}")
        self._reading(partial(self._count_once, table))

    def _open(self, name: str) -> None:
        if name not in self.opened:
            self.opened[name] = self._source.files(name)
            self._reading(partial(self._create, exported_tables()[name]))

    @cached_property
    def _has_run_names(self) -> bool:
        """Whether runs have one name on several machines, and are not one: each gets its own."""
        if len(self.machines) < 2:
            return False
        self._open("skill_metrics")
        names = RUN_NAMES.format(runs="exported.all_skill_metrics")
        self._reading(lambda: self._duck.execute(f"CREATE TABLE exported.run_names AS {names}"))
        return self._duck.execute("FROM exported.run_names LIMIT 1").fetchone() is not None

    def _name_machines(self, source: FleetSource) -> None:
        order = sorted(source.machines, key=lambda each: (each.exported, each.machine))
        self.keep(
            "machines",
            {"machine": "TEXT", "person": "TEXT", "rank": "INTEGER"},
            ((each.machine, each.person, number) for number, each in enumerate(order)),
        )
        self._duck.execute("CREATE TABLE main.machines AS FROM report.machines")

    def _reading(self, work: Callable[[], R]) -> R:
        """Do what reads files; where one is damaged, do it without that one.

        Raises:
            FleetError: when there is too little memory, or it can't be done otherwise.
        """
        try:
            return work()
        except duckdb.OutOfMemoryException as error:
            raise FleetError(
                f"the report needs more than {_MEMORY} of memory, or more room in the temporary "
                "folder; ask for less, as with --since"
            ) from error
        except (duckdb.Error, OSError) as error:
            if not self._leave_damaged_out():
                raise _explained(error) from error
            return self._reading(work)

    def _leave_damaged_out(self) -> bool:
        """Whether there are files that can't be read and that no one knew of."""
        found = False
        for name in [*self.opened]:
            table = exported_tables()[name]
            damaged = self._source.damaged(self.opened[name])
            damaged = damaged or [
                each for each in self.opened[name] if not self._is_read(table, each)
            ]
            found |= self._leave_out(name, damaged, "can't be read, or is no whole Parquet file")
        return found or self._leave_impossible_out()

    def _leave_impossible_out(self) -> bool:
        """Whether there are files with values that can't be right and that no one knew of."""
        found = False
        for name in [*self.opened]:
            wrong = self._source.impossible(self.opened[name])
            found |= self._leave_out(name, wrong, "holds values that can't be right")
        return found

    def _leave_out(self, name: str, paths: Sequence[str], why: str) -> bool:
        """Read these files of a table no more; whether there are any."""
        if paths:
            self.problems += (f"left out: {visible(each)} {why}" for each in paths)
            self.opened[name] = [each for each in self.opened[name] if each not in paths]
            self._create(exported_tables()[name])
        return bool(paths)

    def _is_read(self, table: ExportedTable, file: str) -> bool:
        """Whether all values of a file can be read."""
        values = ", ".join(f"max({each.name})" for each in table.columns)
        try:
            self._duck.execute(f"SELECT {values} FROM ({self._rows(table, [file])})").fetchall()
        except (duckdb.Error, OSError):
            return False
        return True

    def _create(self, table: ExportedTable) -> None:
        """Make all rows of a table known, those that several machines have exported, too."""
        kind = "VIEW" if self._source.place.is_local else "TABLE"
        rows = self._rows(table, self.opened[table.name])
        self._duck.execute(f"CREATE OR REPLACE {kind} exported.all_{table.name} AS {rows}")

    def _rows(self, table: ExportedTable, files: Sequence[str]) -> str:
        empty = ", ".join(f"NULL::{_TYPES[each.type]} AS {each.name}" for each in table.columns)
        given = f"SELECT {empty}, NULL::VARCHAR AS machine LIMIT 0"
        if not files:
            return given
        # An earlier version wrote fewer columns, and then the layout's default holds. Another
        # program may have written any type.
        columns = ", ".join(_column(*each) for each in table.columns)
        paths = _quoted(map(self._name, files))
        return (
            f"SELECT {columns}, t.machine FROM (({given}) UNION ALL BY NAME SELECT * FROM "
            f"read_parquet([{paths}], hive_partitioning = true, union_by_name = true, "
            "hive_types = {'date': VARCHAR, 'machine': VARCHAR})) t"
        )

    def _count_once(self, table: ExportedTable) -> None:
        """Make the table of the store, in which each row is once."""
        name, by_session = table.name, table.name in SHARED_WITH_SESSION
        key = "session_id" if by_session else ", ".join(table.key)
        twice = f"exported.twice_{name}"
        self._duck.execute(
            f"CREATE OR REPLACE TABLE {twice} AS "
            + (
                f"SELECT {key} FROM exported.twice_sessions"
                if by_session
                else f"SELECT {key} FROM exported.{name} GROUP BY {key} HAVING count(*) > 1"
            )
        )
        (doubled,) = self._duck.execute(f"SELECT count(*) FROM {twice}").fetchone() or (0,)
        rows = f"FROM exported.{name}"
        if doubled and name not in NEVER_SHARED:
            own = ", ".join(f"t.{each}" for each in one_row(table))
            self._duck.execute(
                f"CREATE OR REPLACE TABLE exported.once_{name} AS SELECT t.* FROM exported.{name} "
                f"t JOIN main.machines m ON m.machine = t.machine SEMI JOIN {twice} USING ({key}) "
                f"QUALIFY row_number() OVER (PARTITION BY {own} ORDER BY m.rank DESC) = 1"
            )
            rows += f" ANTI JOIN {twice} USING ({key}) UNION ALL FROM exported.once_{name}"
        self._duck.execute(f"CREATE OR REPLACE VIEW main.{name} AS {rows}")

    def _name(self, path: str) -> str:
        place = self._source.place
        whole = place.path(path)
        if place.is_local:
            return whole
        protocol = place.files.protocol
        return f"{protocol if isinstance(protocol, str) else protocol[0]}://{whole}"

    def close(self) -> None:
        """Let go of the database in memory."""
        self._duck.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> RowCursor:
        """As `Engine.execute`."""

        def begin() -> tuple[duckdb.DuckDBPyConnection, list[Any]]:
            # One of its own, so that another query may run before the last row of this is read.
            cursor = self._duck.cursor()
            cursor.execute(_PATH)
            self._find(sql)
            found = cursor.execute(sql, [*parameters])
            return found, found.fetchmany(_MANY)

        found, first = self._reading(begin)
        names = [each[0] for each in found.description or ()]
        more = iter(lambda: _more(found), [])
        return RowCursor(names, chain(first, chain.from_iterable(more)))

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """As `Engine.keep`."""
        import pyarrow as pa

        values = [*zip(*rows, strict=True)] or [()] * len(columns)
        kinds = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
        given = {
            column: pa.array(each, kinds[kind])
            for (column, kind), each in zip(columns.items(), values, strict=True)
        }
        # Row by row DuckDB takes a thousand times as long.
        self._duck.register("given", pa.table(given))
        self._duck.execute(f"CREATE OR REPLACE TABLE report.{name} AS FROM given")
        self._duck.unregister("given")

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """As `Engine.keep_query`."""
        del key  # its joins build hash tables of their own
        self._find(sql)
        self._reading(lambda: self._duck.execute(f"CREATE OR REPLACE TABLE report.{name} AS {sql}"))

    def shadow(self, table: str, condition: str) -> None:
        """As `Engine.shadow`."""
        self._find(f"{table} {condition}")
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
        """As `Engine.cleaned`: without the files that hold such a value.

        Raises:
            FleetError: when no file does.
        """
        if not self._leave_impossible_out():
            raise FleetError("the exports hold values that can't be right")
        self._made.clear()  # which rows count once was found with those files
        yield self


def _column(name: str, type_: str, default: str | None) -> str:
    value = f"CAST(t.{name} AS {_TYPES[type_]})"
    return f"{value} AS {name}" if default is None else f"coalesce({value}, {default}) AS {name}"


def _more(found: duckdb.DuckDBPyConnection) -> list[Any]:
    """The next rows of a query: what has been read of it can't be read again without a file."""
    try:
        return found.fetchmany(_MANY)
    except (duckdb.Error, OSError) as error:
        raise _explained(error) from error


def _explained(error: Exception) -> FleetError:
    reason = next(filter(None, str(error).splitlines()), type(error).__name__)
    return FleetError(f"DuckDB could not answer: {visible(reason)}")


def _quoted(paths: Iterable[str]) -> str:
    return ", ".join("'" + each.replace("'", "''") + "'" for each in paths)
