"""Reports over what machines exported, in Spark, alone and in a cluster: the same numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import spark_engine
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine

from ..reports_store import DAY, NOW, ReportsStore
from .exports import export_as
from .same_report import BUT_TRENDS, CHANGED_BY, FILTERS, assert_same_reports
from .spark_cluster import cluster, needs_java

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers; Java stays on the loopback device."""
    with pytest.MonkeyPatch.context() as env:
        env.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        with cluster(tmp_path_factory.mktemp("cluster")) as address:
            yield address


@needs_java
def test_every_section_says_the_same_on_two_workers(
    stores: dict[str, sqlite3.Connection], tmp_path: Path, workers: str
) -> None:
    """As from the store of one machine; with each filter, a section that it changes."""
    export_as("ada", stores["all"], tmp_path)

    with fleet_engine(f"{tmp_path}/**", workers) as (engine, problems):
        assert not problems
        assert_same_reports(stores["all"], engine, FILTERS["none"], BUT_TRENDS)
        for name, filters in FILTERS.items():
            assert_same_reports(stores["all"], engine, filters, [CHANGED_BY.get(name, "tools")])


@needs_java
def test_of_several_people_sections_say_the_same_as_in_duckdb(
    stores: dict[str, sqlite3.Connection], tmp_path: Path
) -> None:
    folder = tmp_path / 'ada\'s "fleet" [1] ü'
    export_as("ada", stores["day"], folder)
    export_as("bob", stores["unknown"], folder)

    with (
        fleet_engine(str(folder), "local[1]") as (engine, _),
        fleet_engine(str(folder)) as (duckdb, _),
    ):
        assert_same_reports(duckdb, engine, FILTERS["none"], ["fleet", "compare"])


@needs_java
def test_what_is_handed_out_to_two_workers_adds_up(
    tmp_path: Path, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_engine, "_FEW", 0)
    for number in range(3):
        made = ReportsStore()
        session = made.session("shared")
        made.message(session, message_id="m", created=NOW)
        for call in range(number + 1):
            made.add(
                "calls",
                call_key=f"{number}-{call}" if call else "shared",
                session_id=session,
                message_id="m",
                tool="bash",
                outcome="succeeded" if number == 2 else "failed",
                started=NOW - call * DAY,
                source="db",
            )
        export_as(f"machine{number}", made.connection, tmp_path)

    with fleet_engine(str(tmp_path), workers) as (engine, _):
        engine.keep_query("kept", "SELECT outcome, count(*) AS calls FROM calls GROUP BY outcome")
        found = engine.execute("SELECT outcome, calls FROM kept ORDER BY outcome").fetchall()

    assert found == [("failed", 1), ("succeeded", 3)]


def test_without_java_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ReportsStore()
    made.session()
    export_as("ada", made.connection, tmp_path)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FleetError, match="needs Java 17"), fleet_engine(str(tmp_path), "spark"):
        pass


@pytest.mark.parametrize("address", ["spark://127.0.0.1:1", "sc://127.0.0.1:1", "spark://"])
def test_where_nothing_answers_the_error_says_so(tmp_path: Path, address: str) -> None:
    made = ReportsStore()
    made.session()
    export_as("ada", made.connection, tmp_path)

    with (
        pytest.raises(FleetError, match=f"can't reach Spark at {address}"),
        fleet_engine(str(tmp_path), address),
    ):
        pass
