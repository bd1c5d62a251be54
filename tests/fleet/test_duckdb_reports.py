"""Reports over what machines exported, in DuckDB: the same numbers as from a store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import orjson
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.layout import manifest_path
from tachikoma_telemetry.reports import Filters, Report

from ..reports_store import DAY, NOW, ReportsStore
from .exports import export_as
from .same_report import FILTERS, assert_same_reports


def fleet_report(
    folder: Path, section: str | None = None, filters: Filters = FILTERS["none"]
) -> Report:
    """A report of what machines exported."""
    with fleet_engine(str(folder)) as (engine, problems):
        assert not problems
        return reports.build(engine, section, filters, now_ms=NOW)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("history", "filters"),
    [
        *((each, "none") for each in ("day", "recorded", "month", "unknown")),
        *(("all", each) for each in FILTERS),
    ],
)
def test_every_section_says_the_same_as_from_the_store(
    stores: dict[str, sqlite3.Connection], tmp_path: Path, history: str, filters: str
) -> None:
    store = stores[history]
    export_as("ada", store, tmp_path)

    with fleet_engine(f"{tmp_path}/**") as (engine, _):
        filled = assert_same_reports(store, engine, FILTERS[filters])

    if (history, filters) == ("all", "none"):
        every = {part for each in reports.SECTIONS.values() for part in each.parts}
        assert filled == every - {*reports.SECTIONS["fleet"].parts}


def test_machines_add_up(tmp_path: Path) -> None:
    for number in range(3):
        made = ReportsStore()
        session = made.session(f"s{number}")
        made.message(session, message_id=f"m{number}")
        made.add(
            "calls",
            call_key=f"c{number}",
            session_id=session,
            message_id=f"m{number}",
            tool="bash",
            outcome="succeeded",
            started=NOW - DAY,
            source="db",
        )
        export_as(f"machine{number}", made.connection, tmp_path)

    (row,) = fleet_report(tmp_path, "tools").parts["tools"]

    assert (row.tool, row.calls) == ("bash", 3)


def test_a_row_that_two_machines_exported_counts_once_as_the_last_one_has_it(
    tmp_path: Path,
) -> None:
    for outcome in ("running", "succeeded"):
        made = ReportsStore()
        made.session()
        made.message()
        made.call("bash", outcome)
        export_as(f"m-{outcome}", made.connection, tmp_path)

    (row,) = fleet_report(tmp_path, "tools").parts["tools"]

    assert (row.calls, row.succeeded) == (1, 1)


def test_a_machine_that_is_called_as_a_number_keeps_its_name(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    export_as("007", made.connection, tmp_path)

    assert fleet_report(tmp_path).coverage.sessions == 1


def test_a_damaged_file_is_named_and_the_rest_is_reported(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    made.message()
    made.call("bash")
    made.call("read", started=NOW)
    export_as("ada", made.connection, tmp_path)
    path = next(tmp_path.glob("calls/date=2027-01-15/**/*.parquet"))
    path.write_bytes(path.read_bytes()[:100])

    with fleet_engine(str(tmp_path)) as (engine, problems):
        (row,) = reports.build(engine, "tools", now_ms=NOW).parts["tools"]

    assert row.tool == "bash"
    (problem,) = problems
    assert "date=2027-01-15/machine=ada" in problem
    assert "no whole Parquet file" in problem


def test_a_later_layout_is_left_out_with_its_machine(tmp_path: Path) -> None:
    for name in ("old", "new"):
        made = ReportsStore()
        made.session(f"session of {name}")
        export_as(name, made.connection, tmp_path)
    path = tmp_path / manifest_path("new")
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), "layout": 999}))

    with fleet_engine(str(tmp_path)) as (engine, problems):
        report = reports.build(engine, now_ms=NOW)

    assert report.coverage.sessions == 1
    assert ["new exports with a later tachikoma-telemetry" in each for each in problems] == [True]


def test_columns_that_an_earlier_version_did_not_write_have_the_layouts_default(
    tmp_path: Path,
) -> None:
    import pyarrow.parquet as pq

    made = ReportsStore()
    made.session()
    made.message()
    made.call("bash", "failed", reason="exit 3")
    export_as("ada", made.connection, tmp_path)
    path = next(tmp_path.glob("calls/**/*.parquet"))
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.drop_columns(["counted", "copied", "shell", "script_skill"]), path)

    (row,) = fleet_report(tmp_path, "tools").parts["tools"]

    assert (row.tool, row.calls, row.failed) == ("bash", 1, 1)


def test_a_clock_that_is_days_ahead_is_said(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    export_as("ada", made.connection, tmp_path)
    path = tmp_path / manifest_path("ada")
    content = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps({**content, "exported": content["exported"] + 3 * DAY}))

    with fleet_engine(str(tmp_path)) as (_, problems):
        assert ["hours ahead" in each for each in problems] == [True]


def test_a_clock_that_went_back_is_said(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    export_as("ada", made.connection, tmp_path)
    path = tmp_path / manifest_path("ada")
    content = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps({**content, "earlier": [content["exported"]], "exported": DAY}))

    with fleet_engine(str(tmp_path)) as (engine, problems):
        assert reports.build(engine, "tools", now_ms=NOW).coverage.sessions == 1
    assert ["the clock of ada is behind, or was ahead" in each for each in problems] == [True]


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="export parquet --to"), fleet_engine(str(tmp_path)):
        pass


def test_an_engine_that_there_is_not_is_an_error_with_the_names(tmp_path: Path) -> None:
    with (
        pytest.raises(FleetError, match="there is duckdb"),
        fleet_engine(str(tmp_path), "hive"),
    ):
        pass


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    made = ReportsStore()
    made.session()
    folder = tmp_path / 'ada\'s "fleet" [1] ü'
    export_as("ada", made.connection, folder)

    assert fleet_report(folder).coverage.sessions == 1


def test_a_manifest_names_files_of_its_machine_and_no_others(tmp_path: Path) -> None:
    for name in ("ada", "eve"):
        made = ReportsStore()
        made.session(f"session of {name}")
        export_as(name, made.connection, tmp_path / name)
    path = tmp_path / "eve" / manifest_path("eve")
    content = orjson.loads(path.read_bytes())
    ada = next((tmp_path / "ada").glob("sessions/**/*.parquet"))
    stolen = f"sessions/../../ada/{ada.relative_to(tmp_path / 'ada')}"
    path.write_bytes(orjson.dumps({**content, "files": {**content["files"], stolen: [1, "x"]}}))

    assert fleet_report(tmp_path / "eve").coverage.sessions == 1
