"""The table of tables says what schema.sql says."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

import pytest

from tachikoma_telemetry.store.session_sums import SUMS
from tachikoma_telemetry.store.store import new_store
from tachikoma_telemetry.store.tables import TABLES, Table

# How far each source was read, whose store it is, and sums of other tables.
NO_ROWS_OF_THINGS = {"merge_state", "origin", *SUMS}
# A chain of attempts may have any length, an estimate any value.
WITHOUT_RANGE = {"attempt", "complexity_score"}


@pytest.fixture
def store() -> Iterator[Connection]:
    connection = new_store()
    yield connection
    connection.close()


def test_every_table_has_an_entry(store: Connection) -> None:
    """In the order of schema.sql."""
    tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()

    assert [table.name for table in TABLES] == [
        name for (name,) in tables if name not in NO_ROWS_OF_THINGS
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_entry_names_columns_of_its_table(store: Connection, table: Table) -> None:
    """Its key is the primary key; flags and ranges are of numbers; its expressions can be run."""
    columns = store.execute(f"PRAGMA table_info({table.name})").fetchall()
    numbers = {name for _, name, kind, *_ in columns if kind != "TEXT"}

    assert table.key == tuple(name for _, name, _, _, _, key in columns if key)
    assert numbers >= table.flags | table.ranges.keys()
    store.execute(f"SELECT {table.start or 'NULL'} FROM {table.name}")
    if table.link is not None:
        store.execute(f"SELECT 1 FROM {table.name} WHERE {table.link.among('events')}")


def test_every_number_has_a_range_or_is_a_flag(store: Connection) -> None:
    """A new column of a metric is not forgotten: what can't be right in it is dropped, too."""
    for table in TABLES:
        columns = store.execute(f"PRAGMA table_info({table.name})").fetchall()
        numbers = {name for _, name, kind, *_ in columns if kind != "TEXT"}
        assert numbers - WITHOUT_RANGE == table.flags | table.ranges.keys()
