"""Where a run begins and where it is over, when its events do not all say so."""

from __future__ import annotations

from pathlib import Path

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.project import store_path

from ..merging import contents, merge_project, rows
from ..opencode_rows import START
from .named_runs import HOUR, MINUTE, begin, end, record, runs_of, step


def test_the_first_step_after_an_end_begins_the_next_run(project: Path) -> None:
    """A SKILL.md that logs steps and an end: the first step after an end begins the next run."""
    for at, steps in ((0, 1), (HOUR, 3)):
        for number in range(steps):
            step(at + number)
        end(at + 100)
    step(2 * HOUR)

    merge_project(project)

    assert [1, 3] == [run[3] for run in runs_of(project)]
    # The third has neither start nor end, and so no row of its own; it is nobody else's either.
    assert [3] == rows(project, "SELECT count(DISTINCT run_id) FROM iteration_metrics")


def test_a_run_without_a_start_took_what_its_end_says(project: Path) -> None:
    """It is not known, unless its end tells; that it began with its first step is."""
    step(0)
    end(MINUTE)
    step(HOUR)
    end(HOUR + 10, took=5000)

    merge_project(project)

    assert [(0, None), (HOUR - 4990, 5000)] == rows(
        project, "SELECT started - ?, run_ms FROM skill_metrics ORDER BY started", START
    )


def test_an_end_without_an_id_is_a_run_by_itself(project: Path) -> None:
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


def test_a_step_after_the_end_is_late_unless_an_end_follows_it(project: Path) -> None:
    """A step after the end of a run that told its start was late, unless an end follows it."""
    for at in (0, HOUR):
        begin(at)
        end(at + 10, took=10)
        step(at + 20)
    begin(2 * HOUR)
    end(2 * HOUR + 10, took=10)
    for number in range(3):
        step(3 * HOUR + number)
    end(3 * HOUR + 10)

    merge_project(project)

    assert [1, 1, 0, 3] == [run[3] for run in runs_of(project)]


def test_two_ends_in_a_row_are_of_one_run(project: Path) -> None:
    """Two ends with nothing between them are of one run: the last verdict, the known time."""
    begin(0)
    end(10, took=10, outcome="failed")
    end(20)

    merge_project(project)

    assert [(0, 10, "succeeded", 0)] == runs_of(project)


def test_an_end_whose_start_was_lost_is_another_run(project: Path) -> None:
    """An end that tells how long its run took, and that it began after the last end, is another."""
    begin(0)
    end(10, took=10)
    end(HOUR, took=MINUTE)

    merge_project(project)

    assert [(0, 10), (HOUR - MINUTE, HOUR)] == [run[:2] for run in runs_of(project)]


def test_runs_of_one_millisecond_are_kept_apart(project: Path) -> None:
    """Ids tell what came first in a process; of events told later, an end is behind the others."""
    for _ in range(3):
        with telemetry.skill_run("fixer", run_id="quick") as run:
            run.iteration(index=1)
    for _ in range(9):
        step(0)
        begin(0)
        end(0)

    merge_project(project)

    runs = rows(project, "SELECT run_id, iterations FROM skill_metrics ORDER BY started, run_id")
    assert [("fix-1", 9), 1, 1, 1] == [runs[0], *(run[1] for run in runs[1:])]


def test_a_run_that_never_ended_takes_nothing_of_another_session(project: Path) -> None:
    """It takes nothing in that another session records under its id."""
    begin(0, "ses_a")
    step(10, "ses_a")
    step(5 * HOUR, "ses_b")
    begin(5 * HOUR + 10, "ses_b")
    end(5 * HOUR + 20, "ses_b", took=10)
    begin(9 * HOUR, None)
    end(9 * HOUR + 10, None, took=10)

    merge_project(project)

    assert [
        (0, None, None, 1),
        (5 * HOUR + 10, 5 * HOUR + 20, "succeeded", 1),
        (9 * HOUR, 9 * HOUR + 10, "succeeded", 0),
    ] == runs_of(project)


def test_an_end_that_comes_with_a_later_merge_makes_two_runs_of_one(project: Path) -> None:
    """What was taken for one run is two once the end between is there."""
    begin(0)
    begin(HOUR)
    end(HOUR + 10, took=10)
    merge_project(project)
    assert [(0, HOUR + 10, "succeeded", 0)] == runs_of(project)

    end(MINUTE, took=MINUTE)
    merge_project(project)

    assert [(0, MINUTE, "succeeded", 0), (HOUR, HOUR + 10, "succeeded", 0)] == runs_of(project)


def test_a_label_after_the_end_begins_no_run(project: Path) -> None:
    """The truth comes later: a label begins no run."""
    intent = record("intent", 0, "ses_a", intent="debug")
    end(10)
    record("label", HOUR, "ses_a", event_id=intent, actual="debug")
    end(HOUR + 10)

    merge_project(project)

    assert [(HOUR + 10, "succeeded")] == [run[1:3] for run in runs_of(project)]
