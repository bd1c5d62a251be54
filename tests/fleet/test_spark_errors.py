"""What goes wrong in Spark: one sentence that says what, and the rest is reported where it can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import spark_session
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.spark_session import reason_of

from .exports import export_as
from .same_report import FILTERS, assert_same_reports
from .spark_cluster import connect_server, needs_java
from .test_bad_input import DAMAGES, store
from .test_shared_rows import team

CALLS = "SELECT count(*), count(tool), count(started) FROM calls"


def calls_of(folder: Path, *names: str) -> list[Path]:
    """The files that have the call of each of these machines."""
    for name in names:
        export_as(name, store(name).connection, folder)
    return [next(folder.glob(f"calls/**/machine={name}/*.parquet")) for name in names]


@pytest.mark.slow
@needs_java
def test_damaged_files_are_named_and_the_rest_is_reported(tmp_path: Path) -> None:
    """And what two machines share counts once, whenever a file turns out to be damaged."""
    _, *bad = calls_of(tmp_path, "good", *(f"bad{number}" for number in range(len(DAMAGES))))
    for path, damage in zip(bad, DAMAGES.values(), strict=True):
        damage(path)
    export_as("copy", store("good").connection, tmp_path)
    made = store("other")
    made.load(metric_id="load:other")
    export_as("other", made.connection, tmp_path)
    # Keys are read while it is looked for what machines share.
    DAMAGES["overwritten"](next(tmp_path.glob("skill_metrics/**/*.parquet")))

    with fleet_engine(str(tmp_path), "local[1]") as (engine, problems):
        assert engine.execute(CALLS).fetchall() == [(2, 2, 2)]
        named = {each.partition("machine=")[2].partition("/")[0] for each in problems}
        assert named == {"other", *(f"bad{number}" for number in range(len(DAMAGES)))}


@pytest.mark.slow
@needs_java
def test_a_file_that_only_spark_can_not_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    """Its rows must not be missing from the numbers without a word."""
    (path,) = calls_of(tmp_path, "ada")
    pq.write_table(pq.read_table(path, partitioning=None), path, compression="brotli")

    with (
        pytest.raises(FleetError, match=r"Spark at local.* could not answer: .*machine=ada/part"),
        fleet_engine(str(tmp_path), "local[1]") as (engine, _),
    ):
        engine.execute("SELECT max(tool) FROM calls")


_KILLED = """
import os, signal, sys
from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import spark_session
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
try:
    with fleet_engine(sys.argv[1], "local[1]") as (engine, _):
        java = engine._spark.sparkContext._gateway.proc
        java.kill()
        java.wait()
        engine.execute("SELECT count(*) FROM calls")
except FleetError as error:
    print(error)
"""


@pytest.mark.slow
@needs_java
def test_a_spark_that_is_killed_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    calls_of(tmp_path, "ada")

    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Spark at local[1] could not answer: ")
    assert done.stdout.count("\n") == 1


@pytest.mark.slow
@needs_java
def test_a_server_of_spark_connect_gives_the_same_numbers_until_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_session, "_TRIES", 1)
    team(tmp_path / "fleet")

    folder = str(tmp_path / "fleet")

    def report(address: str, server: subprocess.Popen[bytes]) -> None:
        with fleet_engine(folder, address) as (spark, _), fleet_engine(folder) as (duckdb, _):
            assert_same_reports(duckdb, spark, FILTERS["none"], ["iterations", "tools"])
            server.kill()
            server.wait()
            spark.execute("SELECT count(*) FROM calls")

    with (
        connect_server(tmp_path / "server") as (address, server),
        pytest.raises(FleetError, match=f"Spark at {address} could not answer: [^\n]*$"),
    ):
        report(address, server)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            "calling o1.\n: org.a.X: Aborted\n\tat a.b\nCaused by: java.io.X: No space",
            "No space",
        ),
        ("[PATH_NOT_FOUND] There is none. SQLSTATE: 42K03;\nplan", "[PATH_NOT_FOUND] There is"),
        ('<RPC that ended with:\n\tstatus = X\n\tdetails = "connection refused"\n>', "connection"),
        (
            "\n: java.lang.X: no\n\tat y\nCaused by: a.b.C: [FAILED_READ_FILE.NO_HINT] file:///x",
            "[FAILED_READ_FILE.NO_HINT] file:///x",
        ),
        ("", "RuntimeError"),
    ],
)
def test_of_many_lines_the_one_is_said_that_has_the_cause(error: str, said: str) -> None:
    assert reason_of(RuntimeError(error)).startswith(said)
