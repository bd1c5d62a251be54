"""The runs of activations: what several calls recorded, and how they count when left unsaid."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.store import read_store
from tachikoma_telemetry.vocabulary import ids

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows

RUN = ids.of_activation("0" * 24)


@pytest.fixture
def database(project: Path) -> Rows:
    """A session that loaded the skill and ran three commands."""
    made = Rows(project / "opencode.db", project)
    made.session("ses_a", at=START - 1000)
    made.user("ses_a", at=START - 900)
    for number in range(1, 4):
        made.call("ses_a", "bash", f"c{number}", at=START + 1000 * number)
    return made


def _record(kind: str, at: int, call: int, **fields: Any) -> None:
    """Record an event of the run `at` ms after the call `call` began."""
    envelope = {"run_id": RUN, "skill": "fixer", "session_id": "ses_a", "call_id": f"c{call}"}
    telemetry.record(kind, fields, envelope=envelope, time=START + 1000 * call + at)


def _process(call: int, *, left: str = "skill_run_paused", **fields: Any) -> None:
    """A process of the run, in a call, that records one turn of its loop."""
    _record("skill_run_started", 10, call, continued=True)
    _record("iteration", 20, call, passed=call == 3)
    _record(left, 30, call, duration_ms=20, **fields)


def _outcomes(project: Path, now: int) -> list[tuple[Any, ...]]:
    store = read_store(store_path(project))
    (row,) = reports.build(store, "skills", now_ms=now).parts["skills"]
    store.close()
    return [(row.runs, row.succeeded, row.failed, row.unfinished, row.running, row.success_rate)]


def test_three_calls_are_one_run(project: Path, database: Rows) -> None:
    """The verdict of the last call is that of all three; tokens and turns add up."""
    for call in (1, 2):
        _process(call, tokens_output=call)
    _process(3, left="skill_run_finished", outcome="succeeded", tokens_output=3)
    merge_project(project, database.path)
    assert [("succeeded", 3, 6, 2020.0)] == rows(
        project,
        "SELECT outcome, iterations, run_tokens_output, run_ms FROM skill_metrics "
        "WHERE kind = 'run'",
    )
    assert [1, 2, 3] == rows(project, "SELECT number FROM iteration_metrics ORDER BY time")


def test_left_unsaid_it_is_unfinished_and_no_success(project: Path, database: Rows) -> None:
    """While it may go on it runs; when the user writes again, it is over without an outcome."""
    _process(1)
    merge_project(project, database.path)
    assert [(1, 0, 0, 0, 1, None)] == _outcomes(project, START + 5000)
    database.user("ses_a", at=START + 4500)
    database.db.execute("UPDATE session SET time_updated = ?", (START + 4500,))
    merge_project(project, database.path)
    assert [(1, 0, 0, 1, 0, None)] == _outcomes(project, START + 5000)


def test_another_load_closes_it_too(project: Path, database: Rows) -> None:
    """The next skill that is loaded in the session ends the activation."""
    _process(1)
    database.call("ses_a", "skill", "c9", at=START + 4000, given={"name": "fixer"})
    merge_project(project, database.path)
    (row,) = _outcomes(project, START + 5000)
    assert (1, 0, 0, 1, 0) == row[:5]


def test_an_exception_counts_unless_another_call_goes_on(project: Path, database: Rows) -> None:
    """A script that raised has failed; one that was fixed and ran again has not."""
    _process(1, error_type="ValueError")
    merge_project(project, database.path)
    query = "SELECT outcome, error_type FROM skill_metrics WHERE kind = 'run'"
    assert [("failed", "ValueError")] == rows(project, query)
    _process(2)
    merge_project(project, database.path)
    assert [(None, None)] == rows(project, query)
    _process(3, left="skill_run_finished", outcome="succeeded")
    merge_project(project, database.path)
    assert [("succeeded", None)] == rows(project, query)
    merge_project(project, database.path, store=project / "fresh.db")
    assert contents(project) == contents(project, project / "fresh.db")


def test_after_the_verdict_the_next_run_begins(project: Path, database: Rows) -> None:
    """A skill that does two tasks in one activation, and says so, has two runs."""
    _process(1, left="skill_run_finished", outcome="succeeded")
    _process(2)
    _process(3, left="skill_run_finished", outcome="failed")
    merge_project(project, database.path)
    query = "SELECT outcome, iterations FROM skill_metrics WHERE kind = 'run' ORDER BY started"
    assert [("succeeded", 1), ("failed", 2)] == rows(project, query)
    assert [1, 1, 2] == rows(project, "SELECT number FROM iteration_metrics ORDER BY time")


def test_a_late_verdict_takes_no_time(project: Path, database: Rows) -> None:
    """It replaces the verdict before it, and leaves the run's time as it was."""
    _process(1, left="skill_run_finished", outcome="succeeded")
    _record("skill_run_finished", 900, 1, outcome="failed", reason="tests")
    merge_project(project, database.path)
    assert [("failed", "tests", 20.0, START + 1030)] == rows(
        project, "SELECT outcome, reason, run_ms, ended FROM skill_metrics WHERE kind = 'run'"
    )


def test_a_prompt_that_logs_turns_has_a_run(project: Path, database: Rows) -> None:
    """Turns of a loop are of a run, if the agent says how it ended or not; one intent is none."""
    _record("iteration", 20, 1, passed=False)
    _record("iteration", 20, 2, passed=True)
    merge_project(project, database.path)
    assert [(1, 0, 0, 0, 1, None)] == _outcomes(project, START + 5000)
    _record("skill_run_finished", 30, 3, outcome="succeeded")
    merge_project(project, database.path)
    assert [(1, 1, 0, 0, 0, 1.0)] == _outcomes(project, START + 5000)


@pytest.mark.parametrize("seed", range(4))
def test_in_pieces_they_are_those_of_a_rebuild(project: Path, database: Rows, seed: int) -> None:
    """Whatever was recorded by whichever call, and merged when, the runs are the same."""
    chance = random.Random(seed)
    ends: list[dict[str, Any]] = [{"outcome": "failed"}, {"outcome": "succeeded", "duration_ms": 9}]
    for _ in range(8):
        for _ in range(chance.randrange(1, 4)):
            kind, fields = chance.choice(
                [
                    ("skill_run_started", {}),
                    ("skill_run_paused", chance.choice([{}, {"error_type": "KeyError"}])),
                    ("skill_run_finished", chance.choice(ends)),
                    ("iteration", {"passed": chance.random() < 0.5}),
                ]
            )
            _record(kind, chance.randrange(1000), chance.randint(1, 3), **fields)
        merge_project(project, database.path)
    merge_project(project, database.path, store=project / "fresh.db")
    assert contents(project) == contents(project, project / "fresh.db")
