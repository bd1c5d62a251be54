"""Runs whose id was chosen by hand, and chosen again: what is one run, and what is two."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tachikoma_telemetry.project import journal_path

from ..merging import contents, merge_project, rows
from .named_runs import HOUR, MINUTE, begin, end, record, runs_of, step

GENERATED = (
    "run_0123456789abcdef01234567",
    "run_0f8fad5b-d9cb-469f-a165-70867728950e",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",
)


def test_the_same_id_in_two_sessions_is_two_runs(project: Path) -> None:
    """Agents choose the same names: what another session calls by it is another run."""
    for session, at in (("ses_a", 0), ("ses_b", 3 * HOUR)):
        begin(at, session)
        step(at + 10, session)
        end(at + MINUTE, session, took=MINUTE)

    merge_project(project)

    second = 3 * HOUR
    assert [
        (0, MINUTE, "succeeded", 1),
        (second, second + MINUTE, "succeeded", 1),
    ] == runs_of(project)
    assert [MINUTE, MINUTE] == rows(project, "SELECT run_ms FROM skill_metrics")
    assert [2] == rows(project, "SELECT count(DISTINCT run_id) FROM iteration_metrics")


def test_two_sessions_at_the_same_time_have_a_run_each(project: Path) -> None:
    """So it is when they work side by side, and when none of them tells that it began."""
    for at in range(0, 4 * MINUTE, MINUTE):
        step(at, "ses_a")
        step(at + 10, "ses_b")
    end(5 * MINUTE, "ses_a")
    end(6 * MINUTE, "ses_b", outcome="failed")

    merge_project(project)

    assert [("succeeded", 4), ("failed", 4)] == [run[2:] for run in runs_of(project)]


@pytest.mark.parametrize("session", ["ses_a", None])
def test_the_same_id_after_the_end_is_another_run(project: Path, session: str | None) -> None:
    """A run is over with its end: what begins under its id later is another run."""
    for at in (0, HOUR, 2 * HOUR):
        begin(at, session)
        step(at + 10, session)
        step(at + 20, session)
        end(at + 30, session, took=30)

    merge_project(project)

    assert [(at, at + 30, "succeeded", 2) for at in (0, HOUR, 2 * HOUR)] == runs_of(project)


def test_a_run_that_is_left_open_goes_on_in_the_next_process(project: Path) -> None:
    """A run that is left open goes on in the next process, however long that takes to come."""
    begin(0)
    step(10)
    begin(20 * HOUR)
    step(20 * HOUR + 10)
    end(20 * HOUR + 20, took=20)

    merge_project(project)

    assert [(0, 20 * HOUR + 20, "succeeded", 2)] == runs_of(project)


def test_a_run_lasts_while_any_of_its_processes_works(project: Path) -> None:
    """A run goes on while any process of it is at work, also when another one has ended."""
    begin(0)
    begin(10)
    end(100, took=100)
    begin(150)
    step(160)
    end(200, took=190)
    end(300, took=150, outcome="failed")
    begin(400)
    end(500, took=100)

    merge_project(project)

    assert [(0, 300, "failed", 1), (400, 500, "succeeded", 0)] == runs_of(project)


@pytest.mark.parametrize("run", GENERATED)
def test_a_generated_id_is_one_run_wherever_it_is_named(project: Path, run: str) -> None:
    """No other run has it: whatever names it belongs to it, in any session, after any end."""
    begin(0, "ses_a", run)
    end(10, "ses_a", run, took=10, outcome="failed")
    step(HOUR, "ses_child", run)
    begin(2 * HOUR, None, run)
    end(2 * HOUR + 10, None, run, took=10)

    merge_project(project)

    assert [(0, 2 * HOUR + 10, "succeeded", 1)] == runs_of(project)
    assert [run] == rows(project, "SELECT run_id FROM skill_metrics")


def test_two_projects_have_runs_of_their_own(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of any session, each project has runs of its own."""
    other = tmp_path / "other"
    for root in (project, other):
        (root / ".opencode").mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("TACHIKOMA_PROJECT", str(root))
        begin(0, None)
        step(10, None)
    merge_project(project, journals=[journal_path(project), journal_path(other)])

    assert [(0, None, None, 1)] * 2 == runs_of(project)


@pytest.mark.slow
def test_runs_are_the_same_in_any_order_of_merging(project: Path, tmp_path: Path) -> None:
    """Runs come out the same, ids included, whichever part of the history is merged first."""
    parts = []
    for number, session in enumerate(("ses_a", "ses_b", None)):
        monkey = pytest.MonkeyPatch()
        monkey.setenv("TACHIKOMA_TELEMETRY_DIR", str(tmp_path / f"part{number}"))
        monkey.setenv("OPENCODE", "1")
        for at in (number, HOUR + number):
            begin(at, session)
            step(at + 10, session)
            record("edit_format", at + 20, session, format="whole", success=True, edit_id="e1")
            if session is None or at < HOUR:
                end(at + 30, session, took=30)
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


def test_the_first_run_keeps_the_id(project: Path) -> None:
    """The earliest run of a name has it as its id; a later one its first event's id behind it."""
    begin(0)
    end(10)
    second = begin(HOUR)
    end(HOUR + 10)

    merge_project(project)

    ids = ["fix-1", f"fix-1@{second}"]
    assert ids == rows(project, "SELECT run_id FROM skill_metrics ORDER BY started")
    assert [f"run:{each}" for each in ids] == rows(
        project, "SELECT metric_id FROM skill_metrics ORDER BY started"
    )
    assert ["fix-1"] == rows(project, "SELECT DISTINCT run_id FROM events")
