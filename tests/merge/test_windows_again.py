"""A skill's window that was over begins again when its files run."""

from __future__ import annotations

from pathlib import Path

from tachikoma_telemetry import telemetry

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows
from .loads import load, report, script_run, windows_of


def test_a_skill_that_goes_on_after_the_user_wrote(project: Path, tmp_path: Path) -> None:
    """The turn in which an event names it is its own again; what is in no window counts apart."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.call(session, "bash", "c1", at=START + 200, ms=50)
    database.user(session, at=START + 400, text="thanks")
    database.call(session, "read", "c2", at=START + 450, ms=50)
    database.user(session, at=START + 500, text="continue")
    database.call(session, "bash", "c3", at=START + 600, ms=60, metadata={"exit": 1})
    database.call(session, "read", "c4", at=START + 800, ms=50)
    merge_project(project, database.path)
    assert (1, 0, 100, 140) == windows_of(project)["first"]

    # An event alone, that names the call, changes it.
    envelope = {"session_id": session, "call_id": "c3", "skill": "first"}
    telemetry.record("iteration", {"index": 1}, envelope=envelope, time=START + 650)
    merge_project(project, database.close())

    calls = {call.call_id: call.skill for call in report(project, "calls")}
    assert {
        "call_100": "first", "c1": "first", "c2": None, "c3": "first", "c4": "first"
    } == calls  # fmt: skip
    # From the load's end to c1's, and from what the user wrote to c4's.
    assert (3, 1, 300, 140 + 350) == windows_of(project)["first"]
    (row,) = report(project, "skills")
    assert 3 == row.tool_calls
    (outside,) = report(project, "skills", key="outside_windows")
    # The load itself is in no window either.
    assert (2, 2, 0, 200, 20, 0.002) == (
        outside.messages, outside.calls, outside.failed_calls, outside.tokens_input,
        outside.tokens_output, outside.cost,
    )  # fmt: skip


def test_a_turn_that_runs_a_skills_file_is_the_skills_again(project: Path, tmp_path: Path) -> None:
    """Until another skill is loaded: that ends it for good."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.user(session, at=START + 200)
    script_run(database, session, "first", 300)
    script_run(database, session, "never-loaded", 350)
    database.user(session, at=START + 400)
    script_run(database, session, "never-loaded", 500)
    database.user(session, at=START + 600)
    load(database, session, "second", 700)
    # In this turn, but after the load.
    script_run(database, session, "first", 800)
    database.user(session, at=START + 900)
    script_run(database, session, "first", 1000)
    script_run(database, session, "second", 1100)

    merge_project(project, database.close())

    found = rows(project, "SELECT call_id, active_skill FROM calls ORDER BY started")
    assert [
        ("call_100", None), ("c300", "first"), ("c350", "first"), ("c500", None),
        ("call_700", None), ("c800", "second"), ("c1000", "second"), ("c1100", "second"),
    ] == found  # fmt: skip
    assert (2, 0, 200, 160) == windows_of(project)["first"]


def test_of_skills_loaded_together_those_named_come_back(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    both = database.message(session, at=START + 90)
    load(database, session, "first", 100, message=both)
    load(database, session, "second", 110, message=both)
    database.call(session, "read", "c1", at=START + 200)
    database.user(session, at=START + 300)
    script_run(database, session, "first", 400)

    merge_project(project, database.close())

    assert {"first": 2, "second": 1} == {
        skill: row[0] for skill, row in windows_of(project).items()
    }
    assert ["second", "first"] == rows(
        project, "SELECT active_skill FROM calls WHERE tool <> 'skill' ORDER BY started"
    )


def test_a_subagent_that_runs_a_skills_file_brings_it_back(project: Path, tmp_path: Path) -> None:
    """What a subagent does is done in the turn that called it."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent, at=START + 400)
    load(database, parent, "first", 100)
    database.user(parent, at=START + 300)
    database.call(parent, "task", "t", at=START + 400, metadata={"sessionId": child})
    script_run(database, child, "first", 450)
    database.user(parent, at=START + 900)
    database.call(parent, "read", "c1", at=START + 950)

    merge_project(project, database.close())

    found = rows(project, "SELECT call_id, active_skill FROM calls WHERE call_id <> 'call_100'")
    assert {"t": "first", "c450": "first", "c1": None} == dict(found)
