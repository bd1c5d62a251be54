"""Runs whose id was chosen by hand, and chosen again: what is one run, and what is two."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.project import journal_path, store_path

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows

MINUTE = 60_000
HOUR = 60 * MINUTE
GENERATED = (
    "run_0123456789abcdef01234567",
    "run_0f8fad5b-d9cb-469f-a165-70867728950e",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",
)


def _record(kind: str, at: int, session: str | None, run: str = "fix-1", **fields: Any) -> str:
    """Record an event `at` ms after the start, of a run in a session."""
    envelope = {"run_id": run, "session_id": session, "skill": "fixer"}
    return telemetry.record(kind, fields, envelope=envelope, time=START + at)


def _begin(at: int, session: str | None = "ses_a", run: str = "fix-1") -> str:
    return _record("skill_run_started", at, session, run)


def _step(at: int, session: str | None = "ses_a", run: str = "fix-1") -> str:
    return _record("iteration", at, session, run, stage="verify", index=1)


def _end(
    at: int,
    session: str | None = "ses_a",
    run: str = "fix-1",
    took: float | None = None,
    outcome: str = "succeeded",
) -> str:
    return _record("skill_run_finished", at, session, run, outcome=outcome, duration_ms=took)


def _runs(project: Path) -> list[tuple[Any, ...]]:
    """Each run: its start and end after the start, its outcome and iterations."""
    return [
        (begun - START, ended and ended - START, outcome, iterations)
        for begun, ended, outcome, iterations in rows(
            project,
            "SELECT started, ended, outcome, iterations FROM skill_metrics WHERE kind = 'run' "
            "ORDER BY started, metric_id",
        )
    ]


def test_the_same_id_in_two_sessions(project: Path) -> None:
    """Agents choose the same names: what another session calls by it is another run."""
    for session, at in (("ses_a", 0), ("ses_b", 3 * HOUR)):
        _begin(at, session)
        _step(at + 10, session)
        _end(at + MINUTE, session, took=MINUTE)

    merge_project(project)

    second = 3 * HOUR
    assert [
        (0, MINUTE, "succeeded", 1),
        (second, second + MINUTE, "succeeded", 1),
    ] == _runs(project)
    assert [MINUTE, MINUTE] == rows(project, "SELECT run_ms FROM skill_metrics")
    assert [2] == rows(project, "SELECT count(DISTINCT run_id) FROM iteration_metrics")


def test_two_sessions_at_the_same_time(project: Path) -> None:
    """So it is when they work side by side, and when none of them tells that it began."""
    for at in range(0, 4 * MINUTE, MINUTE):
        _step(at, "ses_a")
        _step(at + 10, "ses_b")
    _end(5 * MINUTE, "ses_a")
    _end(6 * MINUTE, "ses_b", outcome="failed")

    merge_project(project)

    assert [("succeeded", 4), ("failed", 4)] == [run[2:] for run in _runs(project)]


@pytest.mark.parametrize("session", ["ses_a", None])
def test_the_same_id_after_the_end(project: Path, session: str | None) -> None:
    """A run is over with its end: what begins under its id later is another run."""
    for at in (0, HOUR, 2 * HOUR):
        _begin(at, session)
        _step(at + 10, session)
        _step(at + 20, session)
        _end(at + 30, session, took=30)

    merge_project(project)

    assert [(at, at + 30, "succeeded", 2) for at in (0, HOUR, 2 * HOUR)] == _runs(project)


def test_runs_without_a_start(project: Path) -> None:
    """A SKILL.md that logs steps and an end: the first step after an end begins the next run."""
    for at, steps in ((0, 1), (HOUR, 3)):
        for number in range(steps):
            _step(at + number)
        _end(at + 100)
    _step(2 * HOUR)

    merge_project(project)

    assert [1, 3] == [run[3] for run in _runs(project)]
    # The third has neither start nor end, and so no row of its own; it is nobody else's either.
    assert [3] == rows(project, "SELECT count(DISTINCT run_id) FROM iteration_metrics")


def test_how_long_a_run_without_a_start_took(project: Path) -> None:
    """It is not known, unless its end tells; that it began with its first step is."""
    _step(0)
    _end(MINUTE)
    _step(HOUR)
    _end(HOUR + 10, took=5000)

    merge_project(project)

    assert [(0, None), (HOUR - 4990, 5000)] == rows(
        project, "SELECT started - ?, run_ms FROM skill_metrics ORDER BY started", START
    )


def test_an_end_without_an_id(project: Path) -> None:
    """A SKILL.md that names no run still tells how it ended: each end is a run by itself."""
    ends = []
    for at, outcome in ((0, "succeeded"), (HOUR, "escalated")):
        telemetry.record("iteration", {"index": 1}, envelope={"skill": "fixer"}, time=START + at)
        ends.append(
            telemetry.record(
                "skill_run_finished",
                {"outcome": outcome},
                envelope={"skill": "fixer", "session_id": "ses_a"},
                time=START + at + 10,
            )
        )
    merge_project(project)
    before = contents(project)
    store_path(project).rename(project / "first.db")
    merge_project(project)

    assert before == contents(project)
    # What it did meanwhile, and for how long, is not known.
    assert [
        (ends[0], "fixer", "succeeded", None, None),
        (ends[1], "fixer", "escalated", None, None),
    ] == rows(
        project,
        "SELECT run_id, skill, outcome, iterations, run_ms FROM skill_metrics ORDER BY started",
    )


def test_steps_after_the_end(project: Path) -> None:
    """A step after the end of a run that told its start was late, unless an end follows it."""
    for at in (0, HOUR):
        _begin(at)
        _end(at + 10, took=10)
        _step(at + 20)
    _begin(2 * HOUR)
    _end(2 * HOUR + 10, took=10)
    for number in range(3):
        _step(3 * HOUR + number)
    _end(3 * HOUR + 10)

    merge_project(project)

    assert [1, 1, 0, 3] == [run[3] for run in _runs(project)]


def test_an_end_that_is_told_twice(project: Path) -> None:
    """Two ends with nothing between them are of one run: the last verdict, the known time."""
    _begin(0)
    _end(10, took=10, outcome="failed")
    _end(20)

    merge_project(project)

    assert [(0, 10, "succeeded", 0)] == _runs(project)


def test_an_end_whose_start_was_lost(project: Path) -> None:
    """An end that tells how long its run took, and that it began after the last end, is another."""
    _begin(0)
    _end(10, took=10)
    _end(HOUR, took=MINUTE)

    merge_project(project)

    assert [(0, 10), (HOUR - MINUTE, HOUR)] == [run[:2] for run in _runs(project)]


def test_runs_of_one_millisecond(project: Path) -> None:
    """Ids tell what came first in a process; of events told later, an end is behind the others."""
    for _ in range(3):
        with telemetry.skill_run("fixer", run_id="quick") as run:
            run.iteration(index=1)
    for _ in range(9):
        _step(0)
        _begin(0)
        _end(0)

    merge_project(project)

    runs = rows(project, "SELECT run_id, iterations FROM skill_metrics ORDER BY started, run_id")
    assert [("fix-1", 9), 1, 1, 1] == [runs[0], *(run[1] for run in runs[1:])]


def test_a_loop_over_several_processes(project: Path) -> None:
    """A run that is left open goes on in the next process, however long that takes to come."""
    _begin(0)
    _step(10)
    _begin(20 * HOUR)
    _step(20 * HOUR + 10)
    _end(20 * HOUR + 20, took=20)

    merge_project(project)

    assert [(0, 20 * HOUR + 20, "succeeded", 2)] == _runs(project)


def test_processes_side_by_side(project: Path) -> None:
    """A run goes on while any process of it is at work, also when another one has ended."""
    _begin(0)
    _begin(10)
    _end(100, took=100)
    _begin(150)
    _step(160)
    _end(200, took=190)
    _end(300, took=150, outcome="failed")
    _begin(400)
    _end(500, took=100)

    merge_project(project)

    assert [(0, 300, "failed", 1), (400, 500, "succeeded", 0)] == _runs(project)


def test_a_run_that_never_ended(project: Path) -> None:
    """It takes nothing in that another session records under its id."""
    _begin(0, "ses_a")
    _step(10, "ses_a")
    _step(5 * HOUR, "ses_b")
    _begin(5 * HOUR + 10, "ses_b")
    _end(5 * HOUR + 20, "ses_b", took=10)
    _begin(9 * HOUR, None)
    _end(9 * HOUR + 10, None, took=10)

    merge_project(project)

    assert [
        (0, None, None, 1),
        (5 * HOUR + 10, 5 * HOUR + 20, "succeeded", 1),
        (9 * HOUR, 9 * HOUR + 10, "succeeded", 0),
    ] == _runs(project)


@pytest.mark.parametrize("run", GENERATED)
def test_a_generated_id(project: Path, run: str) -> None:
    """No other run has it: whatever names it belongs to it, in any session, after any end."""
    _begin(0, "ses_a", run)
    _end(10, "ses_a", run, took=10, outcome="failed")
    _step(HOUR, "ses_child", run)
    _begin(2 * HOUR, None, run)
    _end(2 * HOUR + 10, None, run, took=10)

    merge_project(project)

    assert [(0, 2 * HOUR + 10, "succeeded", 1)] == _runs(project)
    assert [run] == rows(project, "SELECT run_id FROM skill_metrics")


def test_steps_of_a_subagent(project: Path) -> None:
    """What a subagent logs, without a start or an end, is of the run that was under way then."""
    _begin(0, "ses_a")
    _step(10, "ses_child")
    _step(20, None)
    _end(100, "ses_a", took=100)
    _step(200, "ses_child")

    merge_project(project)

    assert [(0, 100, "succeeded", 2)] == _runs(project)


def test_steps_that_could_be_of_two_runs(project: Path) -> None:
    """With two of the name under way, the step of a third session is of neither."""
    for session in ("ses_a", "ses_b"):
        _begin(0, session)
        _end(100, session, took=100)
    _step(50, "ses_child")

    merge_project(project)

    assert [0, 0] == [run[3] for run in _runs(project)]


def test_inside_opencode_without_a_session(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that OpenCode runs has a session: if it can't be known, time tells which run it is."""
    monkeypatch.setenv("OPENCODE", "1")
    _begin(0, "ses_a")
    _step(10, None)
    _end(100, None, took=100)
    _begin(HOUR, None)
    _end(HOUR + 100, "ses_b", took=100)

    merge_project(project)

    assert [(0, 100, "succeeded", 1), (HOUR, HOUR + 100, "succeeded", 0)] == _runs(project)


def test_the_session_of_a_call(project: Path, tmp_path: Path) -> None:
    """The session is that of the call, also where the event does not say it."""
    database = Rows(tmp_path / "opencode.db", project)
    for session, at in (("ses_a", HOUR), ("ses_b", HOUR + MINUTE)):
        database.session(session)
        database.call(session, "bash", f"call_{session}", at=START + at, ms=500)
        for kind, after in (("skill_run_started", 10), ("skill_run_finished", 20)):
            telemetry.record(
                kind,
                {"outcome": "succeeded"} if "finished" in kind else {},
                envelope={"run_id": "fix-1", "call_id": f"call_{session}"},
                time=START + at + after,
            )
    merge_project(project)
    merge_project(project, database.close())

    assert ["ses_a", "ses_b"] == rows(
        project, "SELECT session_id FROM skill_metrics ORDER BY started"
    )


def test_two_projects(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of any session, each project has runs of its own."""
    other = tmp_path / "other"
    for root in (project, other):
        (root / ".opencode").mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("TACHIKOMA_PROJECT", str(root))
        _begin(0, None)
        _step(10, None)
    merge_project(project, journals=[journal_path(project), journal_path(other)])

    assert [(0, None, None, 1)] * 2 == _runs(project)


@pytest.mark.slow
def test_the_order_of_merging(project: Path, tmp_path: Path) -> None:
    """Runs come out the same, ids included, whichever part of the history is merged first."""
    parts = []
    for number, session in enumerate(("ses_a", "ses_b", None)):
        monkey = pytest.MonkeyPatch()
        monkey.setenv("TACHIKOMA_TELEMETRY_DIR", str(tmp_path / f"part{number}"))
        monkey.setenv("OPENCODE", "1")
        for at in (number, HOUR + number):
            _begin(at, session)
            _step(at + 10, session)
            _record("edit_format", at + 20, session, format="whole", success=True, edit_id="e1")
            if session is None or at < HOUR:
                _end(at + 30, session, took=30)
        monkey.undo()
        parts.append(tmp_path / f"part{number}" / "metrics.json")
    stores = []
    for number, order in enumerate(permutations(parts)):
        store = tmp_path / f"{number}.db"
        for part in order:
            merge_project(project, journals=[part], store=store)
        stores.append(contents(project, store))
    merge_project(project, journals=parts)

    assert all(contents(project) == store for store in stores)


def test_the_first_keeps_the_id(project: Path) -> None:
    """The earliest run of a name has it as its id; a later one its first event's id behind it."""
    _begin(0)
    _end(10)
    second = _begin(HOUR)
    _end(HOUR + 10)

    merge_project(project)

    ids = ["fix-1", f"fix-1@{second}"]
    assert ids == rows(project, "SELECT run_id FROM skill_metrics ORDER BY started")
    assert [f"run:{each}" for each in ids] == rows(
        project, "SELECT metric_id FROM skill_metrics ORDER BY started"
    )
    assert ["fix-1"] == rows(project, "SELECT DISTINCT run_id FROM events")


def test_an_end_that_comes_with_a_later_merge(project: Path) -> None:
    """What was taken for one run is two once the end between is there."""
    _begin(0)
    _begin(HOUR)
    _end(HOUR + 10, took=10)
    merge_project(project)
    assert [(0, HOUR + 10, "succeeded", 0)] == _runs(project)

    _end(MINUTE, took=MINUTE)
    merge_project(project)

    assert [(0, MINUTE, "succeeded", 0), (HOUR, HOUR + 10, "succeeded", 0)] == _runs(project)


def test_edits_of_two_runs(project: Path) -> None:
    """An edit is chained within its run, not with the edit that has its id in an earlier one."""
    for at in (0, HOUR):
        for number, success in enumerate((False, True)):
            _record(
                "edit_format",
                at + number,
                "ses_a",
                format="hashline",
                success=success,
                edit_id="e1",
            )
        _end(at + 10)

    merge_project(project)

    assert [1, 2, 1, 2] == rows(project, "SELECT attempt FROM edit_metrics ORDER BY time")


def test_a_label_after_the_end(project: Path) -> None:
    """The truth comes later: a label begins no run."""
    intent = _record("intent", 0, "ses_a", intent="debug")
    _end(10)
    _record("label", HOUR, "ses_a", event_id=intent, actual="debug")
    _end(HOUR + 10)

    merge_project(project)

    assert [(HOUR + 10, "succeeded")] == [run[1:3] for run in _runs(project)]
