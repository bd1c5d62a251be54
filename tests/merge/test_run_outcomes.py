"""How runs ended that did not say so themselves, and what the pieces of a run add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.cli.doctor.command import doctor_command
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.store import read_store
from tachikoma_telemetry.vocabulary import process

from ..journal_at import python
from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows

ABORTED = {"status": "error", "error": "Tool execution aborted"}
TIMED_OUT = {
    "output": "bash tool terminated command after exceeding timeout 120000 ms",
    "metadata": {"exit": None},
}


def _record(kind: str, at: int, call: str | None, run: str = "run_1", **fields: Any) -> str:
    """Record an event of a run `at` ms after the start, in a call of the session ``ses_a``."""
    envelope = {"run_id": run, "skill": "fixer", "call_id": call}
    envelope["session_id"] = None if call is None else "ses_a"
    return telemetry.record(kind, fields, envelope=envelope, time=START + at)


def _begin(at: int = 10, call: str | None = "c1", run: str = "run_1", **fields: Any) -> None:
    _record("skill_run_started", at, call, run, **fields)


def _runs(project: Path) -> list[tuple[Any, ...]]:
    return rows(
        project,
        "SELECT outcome, reason FROM skill_metrics WHERE kind = 'run' ORDER BY metric_id",
    )


@pytest.fixture
def database(project: Path) -> Rows:
    """A database with one session."""
    made = Rows(project / "opencode.db", project)
    made.session("ses_a", at=START - 1000)
    return made


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (TIMED_OUT, ("failed", "timed out")),
        ({"metadata": {"exit": 137}}, ("failed", "exit 137")),
        ({"metadata": {"exit": None}}, ("failed", "no exit code")),
        (ABORTED, ("cancelled", "aborted")),
        ({"metadata": {"exit": 0}}, (None, None)),
        ({"status": "running", "ms": None}, (None, None)),
    ],
)
def test_a_run_without_an_end_ended_as_its_call(
    project: Path, database: Rows, call: dict[str, Any], outcome: tuple[str | None, str | None]
) -> None:
    """Its process was killed with the call, whose outcome says how; success says nothing."""
    database.call("ses_a", "bash", "c1", at=START, **call)
    _begin()
    merge_project(project, database.path)
    assert [outcome] == _runs(project)


def test_the_call_ends_after_a_merge(project: Path, database: Rows) -> None:
    """A run that was open when it was merged first takes the outcome of its call later."""
    key = database.call("ses_a", "bash", "c1", at=START, status="running", ms=None)
    _begin()
    merge_project(project, database.path)
    assert [(None, None)] == _runs(project)
    database.db.execute("DELETE FROM part WHERE id = ?", (key,))
    database.call("ses_a", "bash", "c1", at=START, part_id=key, metadata={"exit": 137})
    database.db.execute("UPDATE part SET time_updated = ?", (START + 900,))
    database.db.execute("UPDATE session SET time_updated = ?", (START + 900,))
    merge_project(project, database.path)
    assert [("failed", "exit 137")] == _runs(project)
    merge_project(project, database.path, store=project / "fresh.db")
    assert contents(project) == contents(project, project / "fresh.db")


def test_its_own_end_says_it_better(project: Path, database: Rows) -> None:
    """A run that said how it ended keeps that, whatever became of its call."""
    database.call("ses_a", "bash", "c1", at=START, metadata={"exit": 1})
    _begin()
    _record("skill_run_finished", 20, "c1", outcome="escalated", reason="max_iterations")
    merge_project(project, database.path)
    assert [("escalated", "max_iterations")] == _runs(project)


def test_a_run_left_open_in_a_call_that_failed(project: Path, database: Rows) -> None:
    """A verifier that exits with 1 and leaves its run open has not failed: another goes on."""
    database.call("ses_a", "bash", "c1", at=START, metadata={"exit": 1})
    database.call("ses_a", "bash", "c2", at=START + 1000, metadata={"exit": 137})
    _begin()
    _record("skill_run_paused", 20, "c1")
    merge_project(project, database.path)
    assert [(None, None)] == _runs(project)
    _begin(1010, "c2", continued=True)
    merge_project(project, database.path)
    assert [("failed", "exit 137")] == _runs(project)


def test_every_piece_of_a_run_counts(project: Path) -> None:
    """Tokens of processes that left the run open add up with those of the one that ended it."""
    for number in range(2):
        with telemetry.skill_run("fixer", run_id="run_1", finish=False) as run:
            run.tokens(input=100, output=number)
    with telemetry.skill_run("fixer", run_id="run_1") as run:
        run.tokens(input=100)
    merge_project(project)
    assert [("succeeded", 300, 1)] == rows(
        project, "SELECT outcome, run_tokens_input, run_tokens_output FROM skill_metrics"
    )


def test_doctor_names_a_success_in_a_call_that_failed(
    project: Path, database: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    """`doctor` says so: the skill's code has to record its failure as well as exit with it."""
    database.call("ses_a", "bash", "c1", at=START, metadata={"exit": 1})
    _begin()
    _record("skill_run_finished", 20, "c1", outcome="succeeded")
    merge_project(project, database.path)
    doctor_command(db=[database.path])
    assert "1 run recorded success in a call that ended with another" in capsys.readouterr().out


def test_a_run_has_the_model_and_agent_of_its_call(project: Path, database: Rows) -> None:
    """Where its events name none, as without the plugin, the call knows them."""
    database.call("ses_a", "bash", "c1", at=START, model="openai/gpt-5.2")
    _begin()
    merge_project(project, database.path)
    assert [("openai/gpt-5.2", "build")] == rows(
        project, "SELECT model, agent FROM skill_metrics WHERE kind = 'run'"
    )


@pytest.mark.slow
@pytest.mark.skipif(process.mark() is None, reason="only Linux says which process is which")
def test_a_killed_process_is_known_to_be_gone(project: Path) -> None:
    """On the same machine, a report sees at once which run was killed and which goes on."""
    code = (
        "import os, signal\n"
        "from tachikoma_telemetry import telemetry\n"
        "with telemetry.skill_run('killed'): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for _ in range(8):
        python(code).communicate()
    with telemetry.skill_run("killed"):
        pass
    with telemetry.skill_run("killed"):
        merge_project(project)
        store = read_store(store_path(project))
        (row,) = reports.build(store, "skills").parts["skills"]
        assert (10, 1, 1, 8) == (row.runs, row.succeeded, row.running, row.abandoned)
        (crossed,) = reports.build(store, "check").parts["check"]
        assert ("runs_abandoned", 8 / 9) == (crossed.threshold, crossed.value)
        store.close()


def test_marks_that_say_nothing() -> None:
    """A process of another machine or boot, and a mark that is none, are not known to be gone."""
    own = process.mark()
    assert own is None or not process.is_gone(own)
    for mark in (
        "",
        "-",
        "x",
        "0-1-2-3",
        "a-b",
        "----",
        "0123456789ab-4026531836-1-x",
        "\ud800-1-2",
    ):
        assert not process.is_gone(mark)
    if own is not None:
        place, pid, start = own.rsplit("-", 2)
        assert process.is_gone(f"{place}-{pid}-{int(start) + 1}")
        assert process.is_gone(f"{place}-{2**22 + 1}-{start}")
        assert process.is_gone(f"{place}-{2**70}-{start}")
