"""Reports over what machines exported, in Spark, alone and in a cluster: the same numbers."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import spark_engine
from tachikoma_telemetry.fleet.opening import fleet_engine

from ..reports_store import DAY, NOW, ReportsStore
from .exports import export_as
from .same_report import FILTERS, assert_same_reports
from .spark_cluster import cluster

pytestmark = pytest.mark.slow
_java = pytest.mark.skipif(
    not (os.environ.get("JAVA_HOME") or shutil.which("java")), reason="needs Java"
)
_OTHERS = [name for name, each in reports.SECTIONS.items() if not each.in_overview]


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers; Java stays on the loopback device."""
    with pytest.MonkeyPatch.context() as env:
        env.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        with cluster(tmp_path_factory.mktemp("cluster")) as address:
            yield address


@_java
def test_every_section_says_the_same_on_two_workers_as_from_the_store(
    stores: dict[str, sqlite3.Connection], tmp_path: Path, workers: str
) -> None:
    export_as("ada", stores["day"], tmp_path)

    with fleet_engine(f"{tmp_path}/**", workers) as (engine, problems):
        assert not problems
        assert_same_reports(stores["day"], engine, FILTERS["none"], [None, *_OTHERS])


@_java
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
        (row,) = reports.build(engine, "tools", now_ms=NOW).parts["tools"]

    assert (row.calls, row.succeeded) == (4, 3)


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
