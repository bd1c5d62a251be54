"""Rows that several machines have under one key: one where they share it, two where not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.reports.engine import Engine

from ..reports_store import DAY, HOUR, NOW, ReportsStore
from .exports import export_as
from .same_report import FILTERS, assert_same_reports
from .spark_cluster import needs_java

ENGINES = ["duckdb", pytest.param("local[1]", marks=[pytest.mark.slow, needs_java])]


def nightly(started: int, outcome: str, passed: int) -> ReportsStore:
    """A run whose name was chosen by hand, with a run inside it, and what refers to it."""
    made = ReportsStore()
    made.run("check", outcome, run_id="nightly", started=started, session_id=None)
    made.run("check", run_id=f"of-{started}", parent_run_id="nightly", session_id=None)
    about: dict[str, Any] = {"run_id": "nightly", "skill": "check", "session_id": None}
    for number in range(3):
        name = f"{started}-{number}"
        made.event(event_id=f"evt-{name}", time=started, **about)
        made.iteration(event_id=f"evt-{name}", time=started, passed=passed, number=number, **about)
    made.edit(("whole", passed), attempt_id=f"event:edit-{started}", **about)
    return made


def team(folder: Path) -> None:
    """Two machines that share a database, and another one, in whose CI a run has the same name."""
    export_as("ada-1", nightly(NOW - DAY, "failed", 0).connection, folder)
    export_as("ada-2", nightly(NOW - DAY, "failed", 0).connection, folder)
    export_as("bob", nightly(NOW - HOUR, "succeeded", 1).connection, folder)


def runs(engine: Engine) -> list[tuple[str, str, int]]:
    return engine.execute(
        "SELECT s.run_id, s.outcome, count(*) FROM skill_metrics s JOIN iteration_metrics i "
        "ON i.run_id = s.run_id JOIN events e ON e.run = s.run_id AND e.event_id = i.event_id "
        "GROUP BY s.run_id, s.outcome ORDER BY s.run_id"
    ).fetchall()


@pytest.mark.parametrize("name", ENGINES)
def test_runs_of_one_name_on_two_machines_are_two(tmp_path: Path, name: str) -> None:
    team(tmp_path)

    with fleet_engine(str(tmp_path), name) as (engine, problems):
        assert not problems
        assert runs(engine) == [("nightly@ada-1", "failed", 3), ("nightly@bob", "succeeded", 3)]
        inside = engine.execute(
            "SELECT parent_run_id FROM skill_metrics WHERE run_id LIKE 'of-%' ORDER BY 1"
        )
        assert inside.fetchall() == [("nightly@ada-1",), ("nightly@bob",)]
        (row,) = reports.build(engine, "iterations", now_ms=NOW).parts["iterations"]
    assert (row.iterations, row.passed) == (6, 3)


@pytest.mark.slow
@needs_java
def test_every_section_says_the_same_of_them_in_spark(tmp_path: Path) -> None:
    team(tmp_path)

    with (
        fleet_engine(str(tmp_path), "local[1]") as (spark, _),
        fleet_engine(str(tmp_path)) as (duckdb, _),
    ):
        assert_same_reports(duckdb, spark, FILTERS["none"], ["skills", "iterations", "edits"])


def test_a_run_that_two_machines_share_keeps_its_name(tmp_path: Path) -> None:
    for machine, outcome in (("one", None), ("two", "succeeded")):
        made = ReportsStore()
        made.run("check", outcome, run_id="nightly")
        export_as(machine, made.connection, tmp_path)

    with fleet_engine(str(tmp_path)) as (engine, _):
        found = engine.execute("SELECT run_id, outcome FROM skill_metrics").fetchall()

    assert found == [("nightly", "succeeded")]


@pytest.mark.parametrize("name", ENGINES)
def test_totals_of_two_files_of_one_path_are_two(tmp_path: Path, name: str) -> None:
    for machine, first in (("one", "2025-01-01"), ("two", "2025-02-02"), ("copy", "2025-02-02")):
        made = ReportsStore()
        made.add(
            "legacy_metrics",
            source="/workspace/metrics.json",
            kind="skill",
            name="rlm",
            format="",
            uses=3,
            first=first,
        )
        made.add("merge_state", source="/w", kind="journal", state="", malformed=2, merged=1)
        export_as(machine, made.connection, tmp_path)

    with fleet_engine(str(tmp_path), name) as (engine, _):
        found = engine.execute("SELECT sum(uses) FROM legacy_metrics").fetchall()
        malformed = engine.execute("SELECT sum(malformed) FROM merge_state").fetchall()

    assert [int(each) for (each,) in (*found, *malformed)] == [6, 6]
