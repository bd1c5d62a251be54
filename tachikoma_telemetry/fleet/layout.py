"""The layout of a fleet's folder: what its writers and its readers agree on.

    calls/date=2026-11-24/machine=ada-laptop/part.parquet    one file a table, day and machine
    _machines/ada-laptop.json                                what that machine has exported

The day is the one in UTC on which a row began; Hive's name for no value is that of rows without a
time. A machine's file of a day is replaced as a whole, so that to export twice changes nothing.
Engines that read Hive's partitions pass over folders that begin with ``_``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..store.store import VERSION, new_store
from ..store.tables import BY_NAME, TABLES

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "tachikoma.fleet/1"
MANIFESTS = "_machines"
NO_DAY = "__HIVE_DEFAULT_PARTITION__"
FILE = "part.parquet"
# A name of a folder on every file system, and of a key in every bucket.
MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")

# When a row of a table began, ms since the epoch, where `store.tables` does not say it.
_STARTS = {
    "also_active": "(SELECT m.created FROM messages m WHERE m.message_id = t.message_id)",
    "iteration_criteria": "(SELECT i.time FROM iteration_metrics i WHERE i.event_id = t.event_id)",
}
# Where machines share no session, they share none of these rows, which are most of all.
SHARED_WITH_SESSION = frozenset({"messages", "calls", "also_active"})
# What each machine says about itself: the paths of two are often the same.
NEVER_SHARED = frozenset({"merge_state"})
# Where the next merge goes on is of no use on another machine.
_AT_HOME = {("merge_state", "state")}


class ExportedColumn(NamedTuple):
    """A column of an exported table.

    Attributes:
        name: as in the store.
        type: INTEGER, REAL or TEXT.
        default: what a row has that an earlier version wrote without it.

    """

    name: str
    type: str
    default: str | None


class ExportedTable(NamedTuple):
    """A table as it is exported.

    Attributes:
        name: as in the store.
        key: the columns by which its rows are known, on all machines alike.
        start: when a row began, an SQL expression over the row `t`; None where none is known.
        columns: in the store's order.

    """

    name: str
    key: tuple[str, ...]
    start: str | None
    columns: tuple[ExportedColumn, ...]


@cache
def exported_tables() -> Mapping[str, ExportedTable]:
    """The tables that are exported, by name."""
    with closing(new_store()) as store:
        tables = {}
        for name in (*(each.name for each in TABLES), "merge_state"):
            known = BY_NAME.get(name)
            columns = tuple(
                ExportedColumn(column, kind, default)
                for _, column, kind, _, default, _ in store.execute(f"PRAGMA table_info({name})")
                if (name, column) not in _AT_HOME
            )
            key = known.key if known else ("source",)
            start = _STARTS.get(name) or (known.start if known else None)
            tables[name] = ExportedTable(name, key, start, columns)
        return tables


def arrow_schema(table: ExportedTable) -> pa.Schema:
    """The columns of a table's files; the layout's version is beside them."""
    import pyarrow as pa

    kinds = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
    fields = [pa.field(each.name, kinds[each.type]) for each in table.columns]
    return pa.schema(fields, {"tachikoma.layout": str(VERSION)})


def partition(table: str, day: str | None, machine: str) -> str:
    """The path of a file in the fleet's folder."""
    return f"{table}/date={day or NO_DAY}/machine={machine}/{FILE}"


def manifest_path(machine: str) -> str:
    """The path of the manifest of a machine in the fleet's folder."""
    return f"{MANIFESTS}/{machine}.json"
