"""Reports over many machines in Spark: on this machine, or on a cluster."""

from __future__ import annotations

import contextlib
import logging
import re
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from ..errors import FleetError
from ..reports.engine import Columns, Machine, RowCursor
from ..visible import visible
from .layout import FILE, NEVER_SHARED, NO_DAY, SHARED_WITH_SESSION, ExportedTable, exported_tables
from .readable_exports import FleetSource
from .shared_rows import RUN_NAMES, names_runs, one_row, renamed
from .spark_session import ask_again, is_server, reason_of, spark_session

_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "STRING"}
_ARROW = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
# Rows that one task works on in less time than it takes to hand them out to several.
_FEW = 500_000
# Rows of all tables for each part of a shuffle.
_OF_PART = 200_000
_SETTINGS = {
    # What a worker can't read must not be missing from the numbers without a word.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.session.timeZone": "UTC",
    # The partitions are the folders that are there.
    "spark.sql.hive.manageFilesourcePartitions": "false",
    # It fails over a table that has no file, and no query reads a part of the machines.
    "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
    # It knows the size of compressed files, and what it takes for small may not fit in memory.
    "spark.sql.autoBroadcastJoinThreshold": "1m",
}
# Planning is most of the time for few rows: code that is compiled for a query, and plans that are
# made again while it runs, pay off for millions of rows only.
_SETTINGS_FOR_FEW = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


_FILE = re.compile(rf"[a-z_]+/date=[^/\s]+/machine=[^/\s]+/{re.escape(FILE)}")

R = TypeVar("R")


class SparkEngine:
    """The files of a fleet as the tables of a store.

    A row that several machines have exported counts once, as in `DuckdbEngine`. A file that turns
    out to be damaged is left out from then on.

    Args:
        source: which files; the workers read them by the same paths.
        master: ``local[*]``, ``spark://host:port`` or, of Spark Connect, ``sc://host``.

    Raises:
        FleetError: when Spark can't be started or reached.

    """

    keeps_sums = False

    def __init__(self, source: FleetSource, master: str) -> None:
        self.problems = [*source.problems]
        self.machines: Sequence[Machine] = [each.as_machine() for each in source.machines]
        self.people = len({each.person for each in source.machines})
        self.place: str | None = source.place.url
        self._source = source
        self._master = master
        self._damaged: set[str] = set()
        self._twice: set[str] = set()
        self._names_runs = False
        rows = sum(n for each in source.machines for n, _ in each.files.values())
        self._is_few = rows < _FEW
        self._scratch = tempfile.TemporaryDirectory(prefix="tachikoma-spark-")
        logging.root.addFilter(_is_worth_logging)
        try:
            self._spark = spark_session(master, self._scratch.name, is_few=self._is_few)
        except BaseException:
            self._scratch.cleanup()
            raise
        # The sessions of a server share their tables.
        self._schema = "main" if not is_server(master) else f"tachikoma_{uuid.uuid4().hex}"
        self._made: list[str] = []
        try:
            self._reading(lambda: self._set(rows))
            self._read()
        except BaseException:
            self.close()
            raise

    def _set(self, rows: int) -> None:
        parts = {"spark.sql.shuffle.partitions": str(max(2, rows // _OF_PART))}
        for name, value in (_SETTINGS | (_SETTINGS_FOR_FEW if self._is_few else parts)).items():
            self._spark.conf.set(name, value)
        self._spark.sql(f"CREATE SCHEMA {self._schema}")
        self._spark.sql(f"USE {self._schema}")

    def close(self) -> None:
        """Let go of Spark."""
        if is_server(self._master):
            ask_again(self._spark, 0)
        # One that is gone says so by an error.
        with contextlib.suppress(Exception), _no_log():
            self._spark.sql(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        with contextlib.suppress(Exception), _no_log():
            self._spark.stop()
        self._scratch.cleanup()

    def _reading(self, work: Callable[[], R]) -> R:
        """Do what reads files; where one is damaged, do it without that one.

        Raises:
            FleetError: when Spark can't do it.

        """
        try:
            with _no_log():
                return work()
        except FleetError:
            raise
        except Exception as error:  # py4j's, Java's and gRPC's errors have no base in common
            if not self._leave_damaged_out(str(error)):
                raise FleetError(
                    f"Spark at {visible(self._master)} could not answer: {reason_of(error)}"
                ) from error
        return self._reading(work)

    def _leave_damaged_out(self, error: str) -> bool:
        """Whether Spark could not read a file that can't be read from here, either."""
        known = {path for name in exported_tables() for path in self._source.files(name)}
        named = {*_FILE.findall(error)} & known - self._damaged
        if not named:
            return False
        left = sorted(known - self._damaged)
        found = [*self._source.damaged(left)]
        found += sorted(path for path in named - {*found} if not self._source.is_as_said(path))
        self._leave_out(found, "can't be read, or is no whole Parquet file")
        return bool(found)

    def _leave_out(self, paths: Iterable[str], why: str) -> None:
        """Read these files no more."""
        self._damaged |= {*paths}
        self.problems += (f"left out: {visible(each)} {why}" for each in paths)
        for name in {each.partition("/")[0] for each in paths}:
            self._list(exported_tables()[name])
            if self._is_few:
                self._do(f"UNCACHE TABLE IF EXISTS main.{name}")
                self._cache(name)

    def _read(self) -> None:
        self._damaged |= {*self._source.missing()}
        self.problems += (
            f"left out: {visible(each)} is not there, or is empty" for each in sorted(self._damaged)
        )
        order = sorted(self._source.machines, key=lambda each: (each.exported, each.machine))
        ranks = ", ".join(
            f"({_text(each.machine)}, {_text(each.person)}, {number}L)"
            for number, each in enumerate(order)
        )
        tables = exported_tables().values()

        def create() -> None:
            self._do(
                "CREATE OR REPLACE VIEW main.machines AS "
                f"SELECT * FROM VALUES {ranks} t(machine, person, rank)"
            )
            for table in tables:
                self._create(table)

        self._reading(create)
        twice = self._reading(lambda: self._exported_twice(tables)) if len(order) > 1 else set()
        if "skill_metrics" in twice:
            self._reading(self._name_runs)
        if "sessions" in twice:
            twice |= SHARED_WITH_SESSION
        for table in tables:
            if table.name in twice:
                self._reading(partial(self._count_once, table))
        for name in exported_tables() if self._is_few else ():
            self._reading(partial(self._cache, name))

    def _cache(self, table: str) -> None:
        self._do(f"CACHE LAZY TABLE main.{table} OPTIONS ('storageLevel' 'MEMORY_AND_DISK')")

    def _create(self, table: ExportedTable) -> None:
        described = ", ".join(f"{each.name} {_TYPES[each.type]}" for each in table.columns)
        self._do(
            f"CREATE TABLE IF NOT EXISTS main.files_of_{table.name} "
            f"({described}, date STRING, machine STRING) "
            # A folder may have a name that would be a pattern.
            "USING parquet OPTIONS ('__globPaths__' 'false') PARTITIONED BY (date, machine) "
            f"LOCATION {_text(_folder(self._source, table.name))}"
        )
        self._list(table)

    def _list(self, table: ExportedTable) -> None:
        """Make all rows of a table known, those that several machines have exported, too."""
        # An earlier version wrote fewer columns, and then the layout's default holds.
        columns = ", ".join(
            each.name
            if each.default is None
            else f"coalesce({each.name}, {each.default}) AS {each.name}"
            for each in table.columns
        )
        rows = (
            f"SELECT {'/*+ COALESCE(1) */' if self._is_few else ''} {columns}, machine "
            f"FROM main.files_of_{table.name} WHERE {self._listed(table.name)}"
        )
        if self._names_runs and names_runs(table.name):
            rows = renamed(table, f"({rows})", "main.run_names")
        name = f"all_of_{table.name}" if table.name in self._twice else table.name
        self._do(f"CREATE OR REPLACE VIEW main.{name} AS {rows}")

    def _name_runs(self) -> None:
        """Give runs that have one name on two machines, and are two, a name each."""
        found = self._do(RUN_NAMES.format(runs="main.skill_metrics")).collect()
        if not found:
            return
        named = ", ".join(f"({', '.join(map(_text, each))})" for each in found)
        self._do(
            "CREATE OR REPLACE VIEW main.run_names AS "
            f"SELECT * FROM VALUES {named} t(run, machine, name)"
        )
        self._names_runs = True
        for table in filter(lambda each: names_runs(each.name), exported_tables().values()):
            self._list(table)

    def _listed(self, table: str) -> str:
        """Which files the manifests name as whole."""
        machines = ", ".join(_text(each.machine) for each in self._source.machines)
        begun = [
            path
            for each in self._source.machines
            for path, (_, digest) in each.files.items()
            if not digest
        ]
        listed = f"machine IN ({machines})"
        if first := self._source.beginning(table):
            listed += f" AND (date IS NULL OR date >= {_text(first)})"
        if out := [each for each in (*begun, *self._damaged) if each.startswith(f"{table}/")]:
            pairs = (
                f"(coalesce(date, '{NO_DAY}') = {_text(day.removeprefix('date='))} "
                f"AND machine = {_text(machine.removeprefix('machine='))})"
                for _, day, machine, _ in (path.split("/") for path in out)
            )
            listed += f" AND NOT ({' OR '.join(pairs)})"
        return listed

    def _exported_twice(self, tables: Iterable[ExportedTable]) -> set[str]:
        """The names of the tables in which several machines have one row."""
        queries = (
            f"SELECT '{table.name}' FROM (SELECT 1 FROM main.{table.name} "
            f"GROUP BY {', '.join(table.key)} HAVING count(*) > 1 LIMIT 1)"
            for table in tables
            if table.name not in SHARED_WITH_SESSION | NEVER_SHARED
        )
        return {name for (name,) in self._do(" UNION ALL ".join(queries)).collect()}

    def _count_once(self, table: ExportedTable) -> None:
        names = ", ".join(each.name for each in table.columns)
        own = ", ".join(f"t.{each}" for each in one_row(table))
        self._twice.add(table.name)
        self._list(table)
        self._do(
            f"CREATE OR REPLACE VIEW main.{table.name} AS SELECT {names}, machine FROM ("
            f"SELECT t.*, row_number() OVER (PARTITION BY {own} "
            f"ORDER BY m.rank DESC) AS nth FROM main.all_of_{table.name} t "
            "JOIN main.machines m ON m.machine = t.machine) WHERE nth = 1"
        )

    def _do(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        sql = sql if self._schema == "main" else sql.replace("main.", f"{self._schema}.")
        return self._spark.sql(sql, args=[*parameters]) if parameters else self._spark.sql(sql)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> RowCursor:
        """As `Engine.execute`."""
        found = self._reading(lambda: self._do(sql, parameters).toArrow())
        return RowCursor(
            found.column_names, zip(*(each.to_pylist() for each in found.columns), strict=True)
        )

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        """As `Engine.keep`."""
        given = [*zip(*rows, strict=True)] or [()] * len(columns)
        arrays = [
            pa.array(values, _ARROW[kind])
            for values, kind in zip(given, columns.values(), strict=True)
        ]
        self._forget(name)
        described = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
        self._reading(lambda: self._view(name, pa.table(arrays, [*columns]), lambda: described))

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """As `Engine.keep_query`."""
        del key  # its joins build hash tables of their own
        self._forget(name)
        self._reading(lambda: self._keep_query(name, sql))

    def _keep_query(self, name: str, sql: str) -> None:
        if self._is_few:
            found = self._do(sql)
            self._view(name, found.toArrow(), lambda: found.schema)
            return
        self._do(f"DROP VIEW IF EXISTS {name}")
        # In memory or on the workers' disks: several sections read it.
        self._do(f"CACHE TABLE {name} OPTIONS ('storageLevel' 'MEMORY_AND_DISK') AS {sql}")
        self._made.append(name)

    def _view(self, name: str, rows: pa.Table, types: Callable[[], Any]) -> None:
        # Spark Connect does not take the types of no rows from Arrow.
        schema = None if rows.num_rows else types()
        self._spark.createDataFrame(rows, schema).createTempView(name)
        self._made.append(name)

    def shadow(self, table: str, condition: str) -> None:
        """As `Engine.shadow`."""
        sql = f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} AS t WHERE {condition}"
        self._reading(lambda: self._do(sql))
        self._made.append(table)

    def _forget(self, name: str) -> None:
        if name in self._made:
            self._reading(lambda: self._spark.sql(f"DROP VIEW {name}"))
            self._made.remove(name)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As `Engine.reading`."""
        try:
            yield
        finally:
            for name in [*self._made]:
                self._forget(name)

    @contextmanager
    def cleaned(self) -> Iterator[SparkEngine]:
        """As `Engine.cleaned`: without the files that hold such a value.

        Raises:
            FleetError: when no file does.

        """
        left = {path for name in exported_tables() for path in self._source.files(name)}
        found = self._source.impossible(sorted(left - self._damaged))
        if not found:
            raise FleetError("the exports hold values that can't be right")
        self._leave_out(found, "holds values that can't be right")
        yield self


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """py4j lets go of Java's objects at any time, and logs as root that Java is gone."""
    return "py4j" not in record.pathname


@contextmanager
def _no_log() -> Iterator[None]:
    """Spark and py4j log with a traceback, and warn of, what they raise as well."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _folder(source: FleetSource, table: str) -> str:
    path = source.place.path(table)
    if source.place.is_local:
        return path
    protocol = source.place.files.protocol
    name = protocol if isinstance(protocol, str) else protocol[0]
    # S3 has another name in Hadoop.
    return f"{'s3a' if name == 's3' else name}://{path}"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
