"""Shell calls that run a file of a skill are runs of it, where its code records none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry

from ..merging import contents, few_at_a_time, merge_project, rows
from ..opencode_rows import START, Rows

ROUTER = "python .opencode/skills/cli-router.py full 'fix it' --json"
CODE = "cd .opencode/skills/code-agent && python scripts/verify.py"

RUNS = (
    "SELECT skill, outcome, reason, run_ms, tokens_input, tokens_output "
    "FROM skill_metrics WHERE kind = 'run' AND source = 'call' ORDER BY started, metric_id"
)


def _bash(database: Rows, session: str, at: int, command: str, **how: object) -> str:
    given = {"command": command}
    return database.call(session, "bash", f"c{at}", at=START + at, given=given, **how)  # type: ignore[arg-type]


def test_a_run_has_the_outcome_duration_and_step_of_its_call(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _bash(database, session, 100, ROUTER, ms=1200)
    _bash(database, session, 2000, CODE, ms=300, metadata={"exit": 3})
    _bash(database, session, 3000, f"cat {ROUTER.split()[1]}")

    merge_project(project, database.close())

    assert rows(project, RUNS) == [
        ("cli-router", "succeeded", None, 1200.0, 100, 10),
        ("code-agent", "failed", "exit 3", 300.0, 100, 10),
    ]
    assert rows(project, "SELECT script_skill, script FROM calls WHERE script IS NOT NULL") == [
        ("cli-router", "cli-router.py"),
        ("code-agent", "scripts/verify.py"),
    ]


def test_a_step_counts_once_for_a_skill_that_it_ran_twice(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    step = database.message(session, at=START + 90, tokens=(700, 30))
    for at, command in ((100, ROUTER), (300, CODE), (200, ROUTER)):
        _bash(database, session, at, command, message=step)

    merge_project(project, database.close())

    assert [(row[0], *row[4:]) for row in rows(project, RUNS)] == [
        ("cli-router", 700, 30),
        ("cli-router", None, None),
        ("code-agent", 700, 30),
    ]


@pytest.mark.parametrize(
    ("command", "how", "outcome"),
    [
        (f"{ROUTER} | head -5", {}, [None]),
        (f"{ROUTER} || true", {}, [None]),
        (f"{ROUTER}; false", {"metadata": {"exit": 1}}, [None]),
        (ROUTER, {"ms": None, "status": "running"}, [None]),
        (ROUTER, {"status": "error", "error": "a rule denies it"}, []),
    ],
)
def test_no_outcome_is_made_up(
    project: Path, tmp_path: Path, command: str, how: dict[str, object], outcome: list[str | None]
) -> None:
    """Behind a pipe or another command the exit code says nothing of the script."""
    database = Rows(tmp_path / "opencode.db", project)
    _bash(database, database.session(), 100, command, **how)

    merge_project(project, database.close())

    assert [row[1] for row in rows(project, RUNS)] == outcome


def test_a_run_that_the_script_records_is_that_run(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _bash(database, session, 100, ROUTER)
    path = database.close()
    merge_project(project, path)
    assert len(rows(project, RUNS)) == 1

    envelope = {"run_id": "r1", "skill": "cli-router", "session_id": session, "call_id": "c100"}
    telemetry.record("skill_run_started", {}, envelope=envelope, time=START + 150)
    merge_project(project, path)

    assert rows(project, RUNS) == []
    assert rows(project, "SELECT source FROM skill_metrics WHERE kind = 'run'") == ["event"]


def test_a_call_that_goes_on_with_a_run_is_no_second_one(project: Path, tmp_path: Path) -> None:
    """A loop begins in one call, and records its iterations in others."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    for at in (100, 300):
        _bash(database, session, at, CODE)
    path = database.close()
    envelope = {"run_id": "r1", "skill": "code-agent", "session_id": session}
    later = {**envelope, "call_id": "c300"}
    telemetry.record("iteration", {"index": 2}, envelope=later, time=START + 350)
    merge_project(project, path)
    assert len(rows(project, RUNS)) == 2

    first = {**envelope, "call_id": "c100"}
    telemetry.record("skill_run_started", {}, envelope=first, time=START + 150)
    merge_project(project, path)

    assert rows(project, RUNS) == []


@pytest.mark.parametrize("knows_session", [True, False])
def test_a_run_that_fits_several_calls_is_no_further_one(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_session: bool
) -> None:
    """OpenCode 1.2.1 doesn't say which of two parallel calls runs a script; another session's call
    at another time is a run of its own.
    """
    database = Rows(tmp_path / "opencode.db", project)
    session, other = database.session(), database.session()
    for at in (100, 110):
        _bash(database, session, at, CODE, ms=500)
    _bash(database, other, 2000, CODE)
    path = database.close()
    merge_project(project, path)
    assert len(rows(project, RUNS)) == 3

    monkeypatch.setenv("OPENCODE", "1")
    for number, at in enumerate((150, 160)):
        envelope = {"run_id": f"r{number}", "skill": "code-agent"}
        envelope |= {"session_id": session} if knows_session else {}
        for type_ in ("skill_run_started", "skill_run_finished"):
            body = {"outcome": "failed"} if type_ == "skill_run_finished" else {}
            telemetry.record(type_, body, envelope=envelope, time=START + at)
    merge_project(project, path)

    assert rows(
        project,
        "SELECT source, outcome FROM skill_metrics WHERE kind = 'run' ORDER BY source, outcome",
    ) == [("call", "succeeded"), ("event", "failed"), ("event", "failed")]
    merge_project(project, path, store=tmp_path / "again.db")
    assert contents(project) == contents(project, store=tmp_path / "again.db")


def test_a_merge_step_by_step_says_the_same(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    step = database.message(session, at=START + 90)
    for at in (300, 200, 100):
        _bash(database, session, at, ROUTER, message=step)
        merge_project(project, database.path)
    path = database.close()
    with few_at_a_time(1):
        merge_project(project, path, store=tmp_path / "again.db")

    assert contents(project) == contents(project, store=tmp_path / "again.db")
