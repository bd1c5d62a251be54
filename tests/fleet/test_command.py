"""`export parquet` and `report --source`, as users call them, and in a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from filelock import FileLock

from tachikoma_telemetry import clock
from tachikoma_telemetry.errors import FleetError
from tachikoma_telemetry.fleet import writer
from tachikoma_telemetry.fleet.fleet_engine import fleet_engine
from tachikoma_telemetry.fleet.fleet_folder import FleetFolder
from tachikoma_telemetry.reports import build

from ..command_line import run
from ..reports_store import NOW, ReportsStore
from .exports import export_as


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a server on this machine."""
    from moto.server import ThreadedMotoServer  # a second to import

    for name, value in (
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    # All servers of a process have their buckets in common.
    urlopen(Request(f"http://127.0.0.1:{port}/moto-api/reset", method="POST")).close()
    FleetFolder("s3://team").files.makedirs("team", exist_ok=True)
    yield "s3://team/telemetry"
    server.stop()


@pytest.mark.slow
def test_a_bucket_holds_what_a_folder_does(bucket: str) -> None:
    made = ReportsStore()
    made.session()
    made.message()
    made.call("bash")

    export_as("ada", made.connection, bucket)
    again = export_as("ada", made.connection, bucket)

    assert again.written == 0
    with fleet_engine(f"{bucket}/**") as (engine, problems):
        (row,) = build(engine, "tools", now_ms=NOW).parts["tools"]
    assert (row.tool, row.calls, list(problems)) == ("bash", 1, [])


@pytest.mark.slow
def test_a_clock_that_is_behind_that_of_the_bucket_is_said(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for machine, at in (("ada", 86_400_000), ("bob", clock.now_ms())):
        monkeypatch.setattr(writer, "now_ms", lambda at=at: at)
        made = ReportsStore()
        made.session(f"of {machine}")
        export_as(machine, made.connection, bucket)

    with fleet_engine(bucket) as (engine, problems):
        assert build(engine, "tools", now_ms=NOW).coverage.sessions == 2
    (problem,) = problems
    assert problem.startswith("the clock of ada is ")
    assert "hours behind that of s3://team/telemetry" in problem


@pytest.mark.slow
def test_a_bucket_that_there_is_not_is_an_error_with_a_sentence(bucket: str) -> None:
    made = ReportsStore()
    made.session()
    with pytest.raises(FleetError, match="in s3://elsewhere"):
        export_as("ada", made.connection, bucket.replace("team", "elsewhere", 1))


@pytest.mark.slow
def test_what_a_machine_exports_a_report_shows(project: Path, tmp_path: Path) -> None:
    """From an event to a report of the fleet, by the commands alone."""
    run("log", "iteration", "--skill", "code-agent", "--passed")
    fleet = tmp_path / "fleet"

    done = run("export", "parquet", "--to", str(fleet), "--machine", "ada", "--person", "ada")

    assert done.returncode == 0, done.stderr
    assert "ada: " in done.stderr
    report = run("report", "iterations", "--source", str(fleet), "--format", "json")
    assert report.returncode == 0, report.stderr
    (row,) = json.loads(report.stdout)["iterations"]
    assert (row["skill"], row["iterations"]) == ("code-agent", 1)
    telemetry = project / ".opencode/telemetry"
    assert {each.stat().st_mode & 0o777 for each in telemetry.iterdir()} == {0o600}


def test_a_folder_without_exports_is_an_error_that_says_what_to_do(
    project: Path, tmp_path: Path
) -> None:
    result = run("report", "--source", str(tmp_path))

    assert result.returncode == 1
    assert "export parquet --to" in result.stderr


def test_two_exports_of_a_store_are_one_after_the_other(project: Path, tmp_path: Path) -> None:
    run("log", "retry", "--skill", "x")
    with FileLock(f"{project}/.opencode/telemetry/unified.db.export.lock"):
        result = run("export", "parquet", "--to", str(tmp_path / "fleet"))

    assert result.returncode == 1
    assert "another export of this store is at work" in result.stderr
    assert not (tmp_path / "fleet").exists()


@pytest.mark.parametrize("content", [None, "short"])
def test_a_key_that_is_none_is_wrong_usage(
    project: Path, tmp_path: Path, content: str | None
) -> None:
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    fleet = tmp_path / "fleet"
    run("log", "retry", "--skill", "x")

    result = run("export", "parquet", "--to", str(fleet), "--pseudonymize", str(key))

    assert result.returncode == 2
    assert not fleet.exists()


def test_an_engine_without_a_fleet_is_wrong_usage(project: Path) -> None:
    result = run("report", "--engine", "spark")

    assert result.returncode == 2
    assert "needs --source PLACE" in result.stderr
