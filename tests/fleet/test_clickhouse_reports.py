"""Reports over what machines exported, in ClickHouse: the same files, the same numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.readable_exports import fleet_source

from .clickhouse_engine import ClickhouseEngine
from .exports import export_as
from .same_report import (
    BEYOND,
    BUT_TRENDS,
    CHANGED_BY,
    EVERY_FILTER,
    FILTERS,
    assert_same_reports,
)

pytestmark = pytest.mark.slow


@contextmanager
def clickhouse(store: sqlite3.Connection, folder: Path) -> Iterator[ClickhouseEngine]:
    """ClickHouse over the export of a store."""
    export_as("ada", store, folder)
    with closing(ClickhouseEngine(fleet_source(str(folder)))) as engine:
        yield engine


@pytest.mark.parametrize(("history", "sections"), [("all", BEYOND), ("unknown", BUT_TRENDS)])
def test_every_section_says_the_same_as_from_the_store(
    stores: dict[str, sqlite3.Connection],
    tmp_path: Path,
    history: str,
    sections: list[str | None],
) -> None:
    with clickhouse(stores[history], tmp_path) as engine:
        assert_same_reports(stores[history], engine, FILTERS["none"], sections)


def test_of_several_people_every_section_says_the_same_as_in_duckdb(
    stores: dict[str, sqlite3.Connection], tmp_path: Path
) -> None:
    export_as("bob", stores["unknown"], tmp_path)
    with (
        clickhouse(stores["day"], tmp_path) as engine,
        fleet_engine(str(tmp_path)) as (duckdb, _),
    ):
        assert_same_reports(duckdb, engine, FILTERS["none"], BUT_TRENDS)


def test_filters_leave_the_same(stores: dict[str, sqlite3.Connection], tmp_path: Path) -> None:
    """All of them in the overview, each in a section that it changes."""
    with clickhouse(stores["all"], tmp_path) as engine:
        assert_same_reports(stores["all"], engine, EVERY_FILTER, [None])
        for name, filters in FILTERS.items():
            assert_same_reports(stores["all"], engine, filters, [CHANGED_BY.get(name, "tools")])
