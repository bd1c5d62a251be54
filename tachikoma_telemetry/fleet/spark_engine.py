"""Reports over many machines in Spark: on this machine, or on a cluster."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from ..errors import FleetError
from ..reports.engine import Columns, Machine, RowCursor
from ..visible import visible
from .layout import (
    NEVER_SHARED,
    NO_DAY,
    SHARED_WITH_SESSION,
    ExportedTable,
    exported_tables,
)
from .readable_exports import FleetSource

_NAME = "tachikoma-telemetry"
_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "STRING"}
_ARROW = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
# Rows that one task works on in less time than it takes to hand them out to several.
_FEW = 500_000
# Rows of all tables for each part of a shuffle.
_OF_PART = 200_000
_SETTINGS = {
    # Those that are left out are named by `FleetSource.damaged`.
    "spark.sql.files.ignoreCorruptFiles": "true",
    "spark.sql.files.ignoreMissingFiles": "true",
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
# Of a session that begins here; a server has its own.
_STATIC = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The folders of some hundred days are listed faster here than by a job for each table.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "2000",
}
# Of addresses that name none.
_PORTS = {"spark://": "7077", "sc://": "15002"}
_PATIENCE_S = 10
# Where nothing is set Spark takes a gigabyte, too little for millions of rows.
_MEMORY = "SPARK_DRIVER_MEMORY"
# Nor does it pay off then to compile Java's code well.
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_STATIC_FOR_FEW = {
    "spark.driver.extraJavaOptions": _QUICK_START,
    "spark.executor.extraJavaOptions": _QUICK_START,
}


class SparkEngine:
    """The files of a fleet as the tables of a store.

    A row that several machines have exported counts once, as in `DuckdbEngine`.

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
        rows = sum(n for each in source.machines for n, _ in each.files.values())
        self._is_few = rows < _FEW
        self._scratch = tempfile.TemporaryDirectory(prefix="tachikoma-spark-")
        try:
            self._spark = _session(master, self._scratch.name, is_few=self._is_few)
        except BaseException:
            self._scratch.cleanup()
            raise
        # The sessions of a server share their tables.
        self._schema = "main" if not _is_server(master) else f"tachikoma_{uuid.uuid4().hex}"
        self._made: list[str] = []
        try:
            parts = {"spark.sql.shuffle.partitions": str(max(2, rows // _OF_PART))}
            for name, value in (_SETTINGS | (_SETTINGS_FOR_FEW if self._is_few else parts)).items():
                self._spark.conf.set(name, value)
            self._read(source)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of Spark."""
        try:
            self._spark.sql(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        finally:
            self._spark.stop()
            self._scratch.cleanup()

    def _read(self, source: FleetSource) -> None:
        paths = [path for name in exported_tables() for path in source.files(name)]
        damaged = source.damaged(paths)
        self.problems += (f"left out: {visible(each)} is no whole Parquet file" for each in damaged)
        self._spark.sql(f"CREATE SCHEMA {self._schema}")
        self._spark.sql(f"USE {self._schema}")
        order = sorted(source.machines, key=lambda each: (each.exported, each.machine))
        ranks = ", ".join(
            f"({_text(each.machine)}, {_text(each.person)}, {number}L)"
            for number, each in enumerate(order)
        )
        self._do(
            f"CREATE VIEW main.machines AS SELECT * FROM VALUES {ranks} t(machine, person, rank)"
        )
        tables = exported_tables().values()
        for table in tables:
            self._create(source, table)
        twice = self._exported_twice(tables) if len(order) > 1 else set()
        for table in tables:
            if (table.name if table.name not in SHARED_WITH_SESSION else "sessions") in twice:
                self._count_once(table)
            if self._is_few:
                self._do(
                    f"CACHE LAZY TABLE main.{table.name} OPTIONS ('storageLevel' 'MEMORY_AND_DISK')"
                )

    def _create(self, source: FleetSource, table: ExportedTable) -> None:
        described = ", ".join(f"{each.name} {_TYPES[each.type]}" for each in table.columns)
        # An earlier version wrote fewer columns, and then the layout's default holds.
        columns = ", ".join(
            each.name
            if each.default is None
            else f"coalesce({each.name}, {each.default}) AS {each.name}"
            for each in table.columns
        )
        rows = (
            f"SELECT {'/*+ COALESCE(1) */' if self._is_few else ''} {columns}, machine "
            f"FROM main.files_of_{table.name} WHERE {_listed(source, table.name)}"
        )
        self._do(
            f"CREATE TABLE main.files_of_{table.name} ({described}, date STRING, machine STRING) "
            # A folder may have a name that would be a pattern.
            "USING parquet OPTIONS ('__globPaths__' 'false') PARTITIONED BY (date, machine) "
            f"LOCATION {_text(_folder(source, table.name))}"
        )
        self._do(f"CREATE VIEW main.{table.name} AS {rows}")

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
        self._do(f"ALTER VIEW main.{table.name} RENAME TO main.all_of_{table.name}")
        self._do(
            f"CREATE VIEW main.{table.name} AS SELECT {names}, machine FROM ("
            f"SELECT t.*, row_number() OVER (PARTITION BY {', '.join(f't.{e}' for e in table.key)} "
            f"ORDER BY m.rank DESC) AS nth FROM main.all_of_{table.name} t "
            "JOIN main.machines m ON m.machine = t.machine) WHERE nth = 1"
        )

    def _do(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        sql = sql if self._schema == "main" else sql.replace("main.", f"{self._schema}.")
        return self._spark.sql(sql, args=[*parameters]) if parameters else self._spark.sql(sql)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> RowCursor:
        """As `Engine.execute`."""
        found = self._do(sql, parameters).toArrow()
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
        self._view(name, pa.table(arrays, [*columns]), lambda: described)

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        """As `Engine.keep_query`."""
        del key  # its joins build hash tables of their own
        self._forget(name)
        if self._is_few:
            found = self._do(sql)
            self._view(name, found.toArrow(), lambda: found.schema)
            return
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
        self._do(f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} AS t WHERE {condition}")
        self._made.append(table)

    def _forget(self, name: str) -> None:
        if name in self._made:
            self._spark.sql(f"DROP VIEW {name}")
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
        """As `Engine.cleaned`; exports hold no value that can't be right."""
        raise FleetError("the exports hold values that can't be right")
        yield self


def _is_server(master: str) -> bool:
    return master.startswith("sc://")


def _session(master: str, scratch: str, *, is_few: bool) -> SparkSession:
    """A session; what Java writes while it starts goes into a file, and its end into the error.

    Raises:
        FleetError: when Spark can't be started or reached.

    """
    _knock(master)
    if _is_server(master):
        builder = SparkSession.builder.remote(master)
    else:
        _find_java()
        settings = _STATIC | {"spark.sql.warehouse.dir": f"{scratch}/warehouse"}
        if master.startswith("local"):
            settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        if is_few:
            settings |= _STATIC_FOR_FEW
        else:
            os.environ.setdefault(_MEMORY, f"{max(1024, _memory_mb() // 4)}m")
        builder = SparkSession.builder.master(master)
        for name, value in settings.items():
            builder = builder.config(name, value)
    said = f"{scratch}/java.log"
    try:
        with _standard_error_in(said):
            session: SparkSession = builder.appName(_NAME).getOrCreate()
    except Exception as error:  # py4j's, Java's and gRPC's errors have no base in common
        with open(said, encoding="utf-8", errors="replace") as file:
            reason = _reason(str(error).splitlines(), file.read().split("\n"))
        raise FleetError(f"can't start Spark at {visible(master)}: {visible(reason)}") from error
    if not _is_server(master):
        session.sparkContext.setLogLevel("ERROR")
    return session


def _memory_mb() -> int:
    """Of this machine; 0 where its system doesn't say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (AttributeError, ValueError, OSError):
        return 0


def _reason(error: Sequence[str], said: Sequence[str]) -> str:
    """The line that says why: py4j's has the exception behind a colon, else Java said it last."""
    named = (each.removeprefix(": ") for each in error if each.startswith(": "))
    last = (each for each in reversed(said) if each.strip() and not each.startswith("\tat "))
    return next(named, None) or next(last, None) or " ".join(error)


def _knock(master: str) -> None:
    """See that something answers: Spark itself tries for minutes, and does not say why it fails.

    Raises:
        FleetError: when nothing does.

    """
    if not master.startswith(tuple(_PORTS)):
        return
    kind, _, hosts = master.partition("://")
    reason: object = "it names no host"
    for each in hosts.split("/")[0].split(","):
        host, _, port = each.rpartition(":") if ":" in each else (each, "", _PORTS[f"{kind}://"])
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_S):
                return
        except (OSError, ValueError) as error:
            reason = error
    raise FleetError(f"can't reach Spark at {visible(master)}: {visible(str(reason))}")


def _find_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        raise FleetError(
            f"Spark needs Java 17 or later, and there is none in JAVA_HOME ({visible(home)})"
            if home
            else "Spark needs Java 17 or later: install it, or set JAVA_HOME to its folder"
        )


@contextmanager
def _standard_error_in(path: str) -> Iterator[None]:
    """Have what this process starts write its errors into a file."""
    kept = os.dup(2)
    try:
        with open(path, "wb") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _folder(source: FleetSource, table: str) -> str:
    path = source.place.path(table)
    if source.place.is_local:
        return path
    protocol = source.place.files.protocol
    name = protocol if isinstance(protocol, str) else protocol[0]
    # S3 has another name in Hadoop.
    return f"{'s3a' if name == 's3' else name}://{path}"


def _listed(source: FleetSource, table: str) -> str:
    """Which files the manifests name as whole."""
    machines = ", ".join(_text(each.machine) for each in source.machines)
    begun = [
        path.split("/")
        for each in source.machines
        for path, (_, digest) in each.files.items()
        if not digest and path.startswith(f"{table}/")
    ]
    listed = f"machine IN ({machines})"
    if begun:
        pairs = (
            f"(coalesce(date, '{NO_DAY}') = {_text(day.removeprefix('date='))} "
            f"AND machine = {_text(machine.removeprefix('machine='))})"
            for _, day, machine, _ in begun
        )
        listed += f" AND NOT ({' OR '.join(pairs)})"
    return listed


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
