"""Which run a step is of, when more than one could have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows
from .named_runs import HOUR, MINUTE, begin, end, record, runs_of, step


def test_steps_of_a_subagent_are_of_the_run_under_way(project: Path) -> None:
    """What a subagent logs, without a start or an end, is of the run that was under way then."""
    begin(0, "ses_a")
    step(10, "ses_child")
    step(20, None)
    end(100, "ses_a", took=100)
    step(200, "ses_child")

    merge_project(project)

    assert [(0, 100, "succeeded", 2)] == runs_of(project)


def test_a_step_that_could_be_of_two_runs_is_of_neither(project: Path) -> None:
    """With two of the name under way, the step of a third session is of neither."""
    for session in ("ses_a", "ses_b"):
        begin(0, session)
        end(100, session, took=100)
    step(50, "ses_child")

    merge_project(project)

    assert [0, 0] == [run[3] for run in runs_of(project)]


def test_inside_opencode_time_says_which_run_a_step_is_of(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that OpenCode runs has a session: if it can't be known, time tells which run it is."""
    monkeypatch.setenv("OPENCODE", "1")
    begin(0, "ses_a")
    step(10, None)
    end(100, None, took=100)
    begin(HOUR, None)
    end(HOUR + 100, "ses_b", took=100)

    merge_project(project)

    assert [(0, 100, "succeeded", 1), (HOUR, HOUR + 100, "succeeded", 0)] == runs_of(project)


def test_an_event_without_a_session_has_that_of_its_call(project: Path, tmp_path: Path) -> None:
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


def test_an_edit_is_chained_within_its_run(project: Path) -> None:
    """An edit is chained within its run, not with the edit that has its id in an earlier one."""
    for at in (0, HOUR):
        for number, success in enumerate((False, True)):
            record(
                "edit_format",
                at + number,
                "ses_a",
                format="hashline",
                success=success,
                edit_id="e1",
            )
        end(at + 10)

    merge_project(project)

    assert [1, 2, 1, 2] == rows(project, "SELECT attempt FROM edit_metrics ORDER BY time")
