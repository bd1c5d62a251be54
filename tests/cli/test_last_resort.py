"""Whatever goes wrong ends in one sentence and an exit code; a wrapped command always runs."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry import cli
from tachikoma_telemetry.cli import commands
from tachikoma_telemetry.project import journal_path, store_path

from ..command_line import assert_refused, run, run_process
from ..journal_at import document
from ..opencode_rows import START, Rows


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Path:
    """A database with calls enough for a few pages."""
    rows = Rows(tmp_path / "opencode.db", project)
    session = rows.session()
    for number in range(40):
        rows.call(session, "bash", f"call_{number}", at=START + number, output="x" * 400)
    return rows.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "time",
    [
        "99999999999d",
        "9" * 5000 + "d",
        "999999999w",
        "0001-01-01",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00+14:00",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_times_at_the_end_of_the_calendar(
    project: Path, database: Path, time: str, zone: str
) -> None:
    """They are times or wrong usage, in one sentence."""
    assert 0 == run("merge", "--db", database).returncode
    for command in (
        ("report", "--no-merge", "--since", time),
        ("report", "compare", "--no-merge", "--after", time),
        ("prune", "--older-than", time),
    ):
        result = run(*command, TZ=zone)
        assert result.returncode in (0, 2), result.stderr
        assert "Traceback" not in result.stderr
        assert "unexpected" not in result.stderr


@pytest.mark.slow
def test_a_time_long_ago_is_named(project: Path) -> None:
    """The sentence says what is wrong with it."""
    for command in (("report", "--since", "99999999999d"), ("prune", "--older-than", "9999999w")):
        assert_refused(run(*command), "in the years 1 to 9999", exit_code=2)


@pytest.mark.parametrize("name", ["", pytest.param("\t ", marks=pytest.mark.slow)])
def test_a_wrapped_command_always_runs(project: Path, name: str) -> None:
    """Also in strict mode, under a name that can't be recorded: that is said, and no more."""
    strict = "echo $TACHIKOMA_TELEMETRY_STRICT"
    result = run_process("log", "run", "--skill", name, "--", "sh", "-c", strict)
    assert (0, "1\n") == (result.returncode, result.stdout)
    assert "skill is empty" in result.stderr
    assert "Traceback" not in result.stderr
    kinds = [each["type"] for each in document(journal_path(project))]
    assert ["skill_run_started", "skill_run_finished"] == kinds


def test_a_wrapped_command_runs_where_nothing_can_be_recorded(project: Path) -> None:
    """Its exit code is passed on."""
    (project / ".opencode" / "telemetry").write_text("a file where the folder should be")
    result = run_process("log", "run", "--skill", "x", "--", "sh", "-c", "echo ran; exit 7")
    assert (7, "ran\n") == (result.returncode, result.stdout)
    assert "Traceback" not in result.stderr


def _shell(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    ours = f"{sys.executable} -m tachikoma_telemetry"
    return subprocess.run(
        ["bash", "-c", command.replace("tt", ours, 1)],
        capture_output=True,
        text=True,
        cwd=project,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_a_stderr_that_takes_nothing(project: Path, database: Path, stderr: str) -> None:
    """What can be done is done, and says so by its exit code; nothing of it gets into the data."""
    assert 0 == _shell(f"tt merge --db {database} {stderr}", project).returncode
    assert [40] == [_calls(project)]
    report = _shell(f"tt report calls --format json --no-merge {stderr}", project)
    assert (0, 40) == (report.returncode, len(json.loads(report.stdout)["calls"]))
    logged = _shell(f"tt log retry {stderr}", project)
    assert (0, 33) == (logged.returncode, len(logged.stdout))
    assert 1 == _shell(f"tt merge --db nowhere.db {stderr}", project).returncode
    assert 2 == _shell(f"tt report --since soon {stderr}", project).returncode
    assert 3 == _shell(f"tt log run --skill x -- sh -c 'exit 3' {stderr}", project).returncode


def _calls(project: Path) -> int:
    store = sqlite3.connect(store_path(project))
    try:
        (found,) = store.execute("SELECT count(*) FROM calls").fetchone()
    finally:
        store.close()
    return int(found)


@pytest.mark.slow
def test_closed_streams_are_no_place_for_a_database(project: Path, database: Path) -> None:
    """With all three closed a merge writes its words into none of its files."""
    assert 0 == _shell(f"tt merge --db {database} <&- >&- 2>&-", project).returncode
    assert 40 == _calls(project)


def test_a_last_resort(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: object) -> None:
    """An unexpected error is one sentence, too; a variable shows where it happened."""

    def fails() -> None:
        raise RuntimeError("a\nb" * 500)

    monkeypatch.setattr(commands, "application", lambda _: fails)
    monkeypatch.setattr(sys, "argv", ["tachikoma-telemetry", "merge"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert 1 == ended.value.code
    said = capsys.readouterr().err  # type: ignore[attr-defined]
    assert 1 == len(said.splitlines())
    assert "unexpected RuntimeError: a ba b" in said
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        cli.main()


@pytest.mark.slow
def test_a_store_with_bytes_where_texts_are(project: Path, database: Path) -> None:
    """Its unified records are JSON all the same."""
    assert 0 == run("merge", "--db", database).returncode
    store = sqlite3.connect(store_path(project))
    store.execute("UPDATE calls SET reason = x'ff00', tool = x'fe'")
    store.commit()
    store.close()
    result = run("merge", "--db", database, "--json", "-", "--quiet")
    assert (0, "") == (result.returncode, result.stderr)
    assert "\ufffd\0" == json.loads(result.stdout)["calls"][0]["reason"]
    assert os.environ.get("TACHIKOMA_TELEMETRY_TRACEBACK") is None
