"""The .sql files in ClickHouse, by chDB: the engine of teams that have it already."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import chdb.session
import orjson

from tachikoma_telemetry.fleet.layout import exported_tables
from tachikoma_telemetry.fleet.readable_exports import FleetSource
from tachikoma_telemetry.reports.engine import Columns, Machine, RowCursor

_TYPES = {
    "INTEGER": "Nullable(Int64)",
    "REAL": "Nullable(Float64)",
    "TEXT": "Nullable(String)",
}
# What standard SQL says, where ClickHouse by default does otherwise.
SETTINGS = {
    "max_threads": 1,
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
    "join_use_nulls": 1,
    "union_default_mode": "'DISTINCT'",
    "aggregate_functions_null_for_empty": 1,
    "prefer_column_name_to_alias": 1,
    "cast_keep_nullable": 1,
    "use_variant_as_common_type": 0,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 1,
}


class ClickhouseEngine:
    """The files of machines that share no row as the tables of a store."""

    keeps_sums = False

    def __init__(self, source: FleetSource) -> None:
        self.machines: Sequence[Machine] = [each.as_machine() for each in source.machines]
        self.people = len({each.person for each in source.machines})
        self.place: str | None = source.place.url
        self._session: Any = chdb.session.Session()  # type: ignore[no-untyped-call]
        for name, value in SETTINGS.items():
            self._do(f"SET {name} = {value}")
        self._do("CREATE DATABASE main ENGINE = Memory")
        self._tables = exported_tables()
        for table in self._tables.values():
            described = ", ".join(f"{each.name} {_TYPES[each.type]}" for each in table.columns)
            names = ", ".join(each.name for each in table.columns)
            self._do(
                f"CREATE TABLE main.{table.name} ({described}, machine String) ENGINE = Memory"
            )
            for path in source.files(table.name):
                machine = path.split("/")[2].removeprefix("machine=")
                self._do(
                    f"INSERT INTO main.{table.name} SELECT {names}, '{machine}' "
                    f"FROM file('{source.place.path(path)}', Parquet, '{described}')"
                )
        self._do("CREATE TABLE main.machines (machine String, person String) ENGINE = Memory")
        for each in source.machines:
            self._do(f"INSERT INTO main.machines VALUES ('{each.machine}', '{each.person}')")
        self._begin()

    def _begin(self) -> None:
        self._do("CREATE DATABASE report")
        self._do("USE report")
        for name in self._tables:
            self._do(f"CREATE VIEW {name} AS SELECT * FROM main.{name}")

    def close(self) -> None:
        """Let go of it."""
        self._session.close()

    def _do(self, sql: str, form: str = "TabSeparated") -> Any:
        return self._session.query(sql, form)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> RowCursor:
        for each in parameters:
            sql = sql.replace("?", _literal(each), 1)
        found = orjson.loads(self._do(sql, "JSONCompact").bytes())
        floats = ["Float" in each["type"] for each in found["meta"]]
        rows = (
            [
                float(v) if is_float and v is not None else v
                for v, is_float in zip(row, floats, strict=True)
            ]
            for row in found["data"]
        )
        return RowCursor([each["name"] for each in found["meta"]], rows)

    def keep(self, name: str, columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
        described = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
        self._do(f"DROP TABLE IF EXISTS {name}")
        self._do(f"CREATE TABLE {name} ({described}) ENGINE = Memory")
        if given := ", ".join(f"({', '.join(map(_literal, row))})" for row in rows):
            self._do(f"INSERT INTO {name} VALUES {given}")

    def keep_query(self, name: str, sql: str, key: str | None = None) -> None:
        self._do(f"CREATE TABLE {name} ENGINE = Memory AS {sql}")

    def shadow(self, table: str, condition: str) -> None:
        self._do(f"DROP VIEW {table}")
        self._do(f"CREATE VIEW {table} AS SELECT * FROM main.{table} AS t WHERE {condition}")

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._do("DROP DATABASE report")
            self._begin()

    @contextmanager
    def cleaned(self) -> Iterator[ClickhouseEngine]:
        raise AssertionError("invalid") from sys.exception()
        yield self


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return repr(value)
