"""Reports of a period over many machines: the same numbers, from fewer files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.cli.report.store_report import period_of
from tachikoma_telemetry.fleet.duckdb_engine import DuckdbEngine
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.reports import Filters

from ..reports_store import DAY, NOW, ReportsStore
from .exports import export_as
from .same_report import assert_same_reports
from .spark_cluster import needs_java

WEEK = Filters(since=NOW - 7 * DAY)


@pytest.fixture
def year(tmp_path: Path) -> Path:
    """A year of a machine, a session with a call every fourth week."""
    made = ReportsStore()
    for number in range(13):
        about = {"session_id": f"s{number}", "message_id": f"m{number}"}
        begun = NOW - 28 * number * DAY
        made.session(f"s{number}", created=begun)
        made.message(created=begun, **about)
        made.call("bash", started=begun, call_key=f"c{number}", **about)
        made.load(started=begun, session_id=f"s{number}", metric_id=f"load:c{number}")
    export_as("ada", made.connection, tmp_path)
    return tmp_path


def test_a_report_of_a_week_opens_the_files_of_that_week(year: Path) -> None:
    """And the sessions, loads and runs of all days, of which one may go on in it."""
    with fleet_engine(str(year), period=period_of("tools", WEEK)) as (engine, _):
        (row,) = reports.build(engine, "tools", WEEK, now_ms=NOW).parts["tools"]
        assert isinstance(engine, DuckdbEngine)
        opened = engine.opened

    assert row.calls == 1
    many = {table: len(files) for table, files in opened.items() if files}
    assert many == {"sessions": 13, "skill_metrics": 13, "messages": 1, "calls": 1}


def test_a_file_that_is_not_needed_is_not_missed(year: Path) -> None:
    first = min(year.glob("calls/date=*"))
    for path in first.rglob("*.parquet"):
        path.unlink()

    with fleet_engine(str(year), period=period_of("tools", WEEK)) as (engine, problems):
        reports.build(engine, "tools", WEEK, now_ms=NOW)

    assert not problems


@pytest.mark.parametrize(
    ("section", "filters"),
    [
        (None, WEEK),
        ("unused", WEEK),
        ("tools", Filters(until=NOW)),
        ("tools", Filters(since=NOW - DAY, model="x")),
        ("tools", Filters(since=NOW - DAY, session="last")),
        ("calls", Filters(since=NOW - DAY, directory="/")),
    ],
)
def test_what_needs_all_times_reads_all(section: str | None, filters: Filters) -> None:
    assert period_of(section, filters) is None


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["duckdb", pytest.param("local[1]", marks=needs_java)])
def test_every_section_of_a_period_says_the_same_from_fewer_files(
    stores: dict[str, sqlite3.Connection], tmp_path: Path, engine: str
) -> None:
    store = stores["month"]
    export_as("ada", store, tmp_path)
    (middle,) = store.execute(
        "SELECT min(started) + (max(started) - min(started)) * 3 / 4 FROM calls"
    ).fetchone()
    filters = Filters(since=middle)
    sections = [each for each in reports.SECTIONS if period_of(each, filters) is not None]
    assert "skills" in sections

    for section in sections if engine == "duckdb" else ["tools"]:
        with fleet_engine(str(tmp_path), engine, period_of(section, filters)) as (opened, _):
            assert_same_reports(store, opened, filters, [section])
