"""Numbers that can't be right: dropped and counted wherever they come from, and nothing stops."""

from __future__ import annotations

import json
import shutil
import sqlite3
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.testing import capture
from tachikoma_telemetry.vocabulary.events import ENVELOPE, EVENT_TYPES
from tachikoma_telemetry.vocabulary.ranges import DURATION, TIME

from ..command_line import assert_refused, run
from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

YEAR_30000 = 884_541_340_800_000


def journal_of(project: Path, *events: dict[str, Any]) -> Path:
    """A journal that another program wrote: of these events, with ids and times of their own."""
    path = project / "other" / "metrics.json"
    path.parent.mkdir(exist_ok=True)
    lines = (
        json.dumps({"id": f"e{number:03}", "time": START + number, **event})
        for number, event in enumerate(events)
    )
    path.write_text(
        '{"schema":"tachikoma.metrics/1","created":1,"events":[\n' + "\n,".join(lines) + "\n]}\n"
    )
    return path


def every_report(store: Path) -> str:
    """All sections in all forms; returns the overview as JSON."""
    for form in ("table", "json", "csv", "md", "html"):
        for section in ("skills", "iterations", "edits", "rlm", "trend", "models", "sessions"):
            assert _report(store, section, "--format", form)
        if form != "csv":
            text = _report(store, "--format", form)
    return _report(store, "--format", "json") if text else ""


def _report(store: Path, *arguments: str) -> str:
    command = ["report", *arguments, "--no-merge", "--store", str(store)]
    result = CliRunner().invoke(app, command)
    assert 0 == result.exit_code, (arguments, result.output, result.exception)
    return result.stdout


def test_every_number_has_a_range() -> None:
    """No field of an event takes a number of any size."""
    numbers = ("integer", "number", "scores", "scalar")
    for fields in (ENVELOPE, *(each.fields for each in EVENT_TYPES.values())):
        assert not [n for n, field in fields.items() if field.kind in numbers and not field.range]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration_ms", DURATION.high + 1),
        ("duration_ms", 1e19),
        ("tokens", 10**12 + 1),
        ("index", 10**9 + 1),
        ("max", 2**53),
    ],
)
def test_a_number_beyond_its_range_is_not_recorded(field: str, value: float) -> None:
    """It is dropped, and the event kept; the warning names the bound."""
    with capture(strict=False) as events:
        telemetry.iteration(stage="verify", **{field: value})  # type: ignore[arg-type]
    assert "verify" == events[0]["stage"]
    assert field not in events[0]


@pytest.mark.parametrize("time", [0, 1e3, TIME.low - 1, TIME.high + 1, 2**60, -1, float("nan")])
def test_a_time_beyond_its_range_is_now(time: float) -> None:
    """An event told later is one of the years 2000 to 9999."""
    with capture(strict=False) as events:
        telemetry.record("retry", {}, time=time)  # type: ignore[arg-type]
    assert abs(events[0]["time"] - START) < 40 * 365 * 86_400_000


def test_a_clock_that_was_never_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are kept, at the earliest time that there is, and in their order."""
    seconds = count(5)
    monkeypatch.setattr("time.time_ns", lambda: next(seconds) * 10**9)
    telemetry.retry("first")
    telemetry.retry("second")
    monkeypatch.undo()
    monkeypatch.setenv("HOME", str(project))

    merge_project(project)

    found = rows(project, "SELECT time, body ->> 'reason' FROM events ORDER BY time, event_id")
    assert [(TIME.low, "first"), (TIME.low, "second")] == found


def test_a_journal_with_absurd_numbers(project: Path) -> None:
    """What another program wrote is merged without them, and they are counted."""
    journal = journal_of(
        project,
        {"type": "skill_run_finished", "outcome": "succeeded", "skill": "a", "duration_ms": 1e19},
        {"type": "skill_run_finished", "outcome": "succeeded", "skill": "a", "duration_ms": 6.4e13},
        {"type": "skill_run_finished", "outcome": "succeeded", "skill": "a", "duration_ms": 1.8e18},
        {"type": "rlm_chunk", "skill": "a", "duration_ms": 1.7e308, "size": 2**53},
        {"type": "rlm_chunk", "skill": "a", "duration_ms": 1.7e308, "tokens": 2**53},
        {"type": "retry", "skill": "s" * 5000, "time": YEAR_30000},
        {"type": "retry", "skill": "a", "time": 7},
    )

    for _ in range(2):
        result = run("merge", "--metrics", journal)
        assert 0 == result.returncode, result.stderr
        assert "9 values that can't be right left out" in result.stderr
    assert [None] * 3 == rows(project, "SELECT run_ms FROM skill_metrics")
    assert [(TIME.low, TIME.high)] == rows(project, "SELECT min(time), max(time) FROM events")
    assert [256] == rows(project, "SELECT max(length(skill)) FROM events")
    every_report(store_path(project))


def test_doctor_of_an_absurd_time(project: Path) -> None:
    """It says what was written."""
    journal = journal_of(project, {"type": "retry", "time": YEAR_30000})
    journal_path(project).parent.mkdir()
    journal.rename(journal_path(project))
    try:
        result = run("doctor")
    finally:
        journal_path(project).unlink()
    assert (0, "") == (result.returncode, result.stderr)
    assert f"the last at {YEAR_30000} ms" in result.stdout


def test_many_great_numbers_do_not_overflow_their_sum(project: Path) -> None:
    """1,100 times the most that there may be is still a number."""
    most = {"type": "rlm_chunk", "skill": "a", "tokens": 10**12, "duration_ms": DURATION.high}
    merge_project(project, journals=[journal_of(project, *([most] * 1_100))])

    ((row,),) = (json.loads(every_report(store_path(project)))["rlm"],)
    assert 1_100 * 10**12 == row["tokens"]


def test_opencode_s_rows_with_absurd_numbers(project: Path, tmp_path: Path) -> None:
    """Times, durations, tokens and costs of its databases have the same ranges."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    message = database.message(session, at=START, tokens=(2**53, 5), cost=1e11)
    database.call(session, "bash", "c1", at=START + 1, message=message)
    database.db.execute(
        "UPDATE part SET data = json_set(data, '$.state.time.end', ?)", (YEAR_30000,)
    )
    database.db.execute("UPDATE session SET time_updated = ?", (YEAR_30000,))

    path = database.close()
    assert [4, 4] == [merge_project(project, path).dropped for _ in range(2)]

    assert [(None, 5, None)] == rows(
        project, "SELECT tokens_input, tokens_output, cost FROM messages WHERE role = 'assistant'"
    )
    assert [(None, None)] == rows(project, "SELECT ended, duration_ms FROM calls")
    assert [None] == rows(project, "SELECT updated FROM sessions")
    every_report(store_path(project))


@pytest.fixture
def absurd(project: Path, tmp_path: Path) -> Path:
    """A store into which another program wrote what can't be."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for number in range(3):
        message = database.message(session, at=START + number, tokens=(7, 5))
        database.call(session, "bash", f"c{number}", at=START + number, message=message)
    with telemetry.skill_run("a") as a_run:
        a_run.iteration(stage="verify", index=1, passed=True)
        with a_run.rlm_chunk(index=0, total=1, size=10):
            pass
    merge_project(project, database.close())
    store = sqlite3.connect(store_path(project))
    store.executescript(
        f"""
        UPDATE messages SET tokens_input = {2**63 - 1}, cost = 1.7e308;
        UPDATE calls SET duration_ms = 'long', started = {-(2**62)} WHERE call_id = 'c1';
        UPDATE calls SET tool = x'ff00' WHERE call_id = 'c2';
        UPDATE sessions SET created = {2**62};
        UPDATE events SET body = '{{"duration_ms":1e300,"outcome":"succeeded"}}'
        WHERE type = 'skill_run_finished';
        UPDATE events SET body = 'no JSON' WHERE type = 'rlm_chunk';
        UPDATE rlm_metrics SET duration_ms = 1.7e308, time = {2**62};
        UPDATE iteration_metrics SET tokens = -5;
        """
    )
    store.close()
    return store_path(project)


def test_reports_of_a_store_with_absurd_values(absurd: Path) -> None:
    """They are written without these, and the store is left as it is."""
    before = rows(absurd, "SELECT tokens_input FROM messages", store=absurd)

    report = json.loads(every_report(absurd))

    assert [None] == [row["tokens_input"] for row in report["models"]]
    assert [15] == [row["tokens_output"] for row in report["models"]]
    assert before == rows(absurd, "SELECT tokens_input FROM messages", store=absurd)


def test_a_merge_into_a_store_with_absurd_values(project: Path, absurd: Path) -> None:
    """What is new is taken in, whatever stands there; a rebuild leaves no such value."""
    with telemetry.skill_run("b", run_id="again"):
        pass

    assert 0 == run("merge", "--quiet").returncode
    assert ["again"] == rows(project, "SELECT run_id FROM skill_metrics WHERE skill = 'b'")

    assert 0 == run("merge", "--rebuild", "--quiet").returncode
    assert [(None, None)] * 3 == rows(
        project, "SELECT tokens_input, cost FROM messages WHERE role = 'assistant'"
    )
    assert [None] == rows(project, "SELECT created FROM sessions")


def test_a_store_of_an_earlier_version_is_cleaned(project: Path, absurd: Path) -> None:
    """A merge that brings it along drops what its ranges allowed and ours don't."""
    store = sqlite3.connect(absurd)
    store.execute("PRAGMA user_version = 3")
    store.close()

    merge_project(project)

    assert [None] == rows(project, "SELECT max(tokens_input) FROM messages")


def test_a_copy_of_the_store_is_no_place_to_write(absurd: Path, tmp_path: Path) -> None:
    """A report cleans in a place of its own: the folder of the store holds nothing new."""
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(absurd, there / "unified.db")
    (there / "unified.db").chmod(0o400)

    _report(there / "unified.db", "models", "--format", "json")

    assert ["unified.db"] == sorted(
        each.name for each in there.iterdir() if each.suffix not in (".db-wal", ".db-shm")
    )


@pytest.mark.parametrize("time", ["nan", "inf", "-1", "1e400", "99999999999999999999"])
def test_log_with_a_time_that_is_none(project: Path, time: str) -> None:
    """A time that can't be is wrong usage, in one sentence."""
    assert_refused(run("log", "retry", f"--time={time}"), "--time", exit_code=2)
