"""Edit attempts from OpenCode's own calls and from events, and the edits they make up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tachikoma_telemetry import telemetry

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows

FAILED: dict[str, Any] = {"status": "error", "error": "oldString not found"}
PATCH = "*** Begin Patch\n*** Update File: {}\n@@\n-a\n+b\n*** End Patch"


def _database(tmp_path: Path, project: Path) -> Rows:
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    return database


def _edit(database: Rows, tool: str, file: str | None, at: int, **call: Any) -> str:
    given = {} if file is None else {"filePath": file}
    call_id = call.pop("call_id", f"call_{at}")
    return database.call("ses_a", tool, call_id, at=START + at, **{"given": given, **call})


def _attempts(project: Path) -> list[tuple[Any, ...]]:
    """Each attempt in order: edit, number, whether it is the last, format, success."""
    found = rows(
        project, "SELECT edit, attempt, last, format, success FROM edit_metrics ORDER BY time"
    )
    chains = list(dict.fromkeys(row[0] for row in found))
    return [(chains.index(row[0]), *row[1:]) for row in found]


def test_every_edit_tool_has_its_format(project: Path, tmp_path: Path) -> None:
    """Tools are formats; a call of a tool that is not there is a failed attempt of it."""
    database = _database(tmp_path, project)
    for number, tool in enumerate(("edit", "multiedit", "write", "apply_patch", "patch", "read")):
        patch = {"given": {"patchText": PATCH.format(f"/{tool}")}} if "patch" in tool else {}
        _edit(database, tool, f"/{tool}", number, **patch)
    _edit(database, "invalid", None, 10, given={"tool": "edit", "error": "no such tool"})
    _edit(database, "invalid", None, 11, given={"tool": "bash", "error": "no such tool"})

    merge_project(project, database.close())

    assert [
        (0, 1, 1, "str_replace", 1),
        (1, 1, 1, "str_replace", 1),
        (2, 1, 1, "whole", 1),
        (3, 1, 1, "apply_patch", 1),
        (4, 1, 1, "apply_patch", 1),
        (5, 1, 1, "str_replace", 0),
    ] == _attempts(project)


def test_a_chain_goes_on_until_a_success(project: Path, tmp_path: Path) -> None:
    """The same file in the same turn; other files between do not break it, another tool neither."""
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100, **FAILED)
    _edit(database, "edit", "/b", 200)
    _edit(database, "edit", "/a", 300, **FAILED)
    _edit(database, "write", "/a", 400)
    _edit(database, "edit", "/a", 500, **FAILED)

    merge_project(project, database.close())

    assert [
        (0, 1, 0, "str_replace", 0),
        (1, 1, 1, "str_replace", 1),
        (0, 2, 0, "str_replace", 0),
        (0, 3, 1, "whole", 1),
        (2, 1, 1, "str_replace", 0),
    ] == _attempts(project)


def test_parallel_edits_are_no_attempts_of_one_another(project: Path, tmp_path: Path) -> None:
    """One that began while another still ran knew nothing of its failure; what follows them goes on
    with the one that failed last.
    """
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100, ms=200, **FAILED)
    _edit(database, "edit", "/a", 101, ms=50)
    _edit(database, "edit", "/a", 102, ms=60, **FAILED)
    _edit(database, "edit", "/a", 400, ms=10)
    _edit(database, "edit", "/a", 500, ms=10, **FAILED)

    merge_project(project, database.close())

    assert [
        (0, 1, 0, "str_replace", 0),
        (1, 1, 1, "str_replace", 1),
        (2, 1, 0, "str_replace", 0),
        (0, 2, 1, "str_replace", 1),
        (2, 2, 1, "str_replace", 0),
    ] == _attempts(project)


def test_a_patch_without_the_blank_is_an_attempt(project: Path, tmp_path: Path) -> None:
    """OpenCode takes "*** Update File:a.py" for what it means: an attempt at that file."""
    database = _database(tmp_path, project)
    for at, patch in ((100, PATCH.replace(": ", ":")), (200, PATCH)):
        failed = FAILED if at == 100 else {}
        _edit(
            database, "apply_patch", None, at, given={"patchText": patch.format("a.py")}, **failed
        )

    merge_project(project, database.close())

    assert [0, 0] == [row[0] for row in _attempts(project)]


def test_a_file_by_any_of_its_names(project: Path, tmp_path: Path) -> None:
    """A patch names it from the session's folder, another tool by its whole path: one edit."""
    database = _database(tmp_path, project)
    given = {"patchText": PATCH.format("src/a.py")}
    _edit(database, "apply_patch", None, 100, given=given, **FAILED)
    _edit(database, "edit", "./src/a.py", 200, **FAILED)
    _edit(database, "edit", f"{project}/src/../src//a.py", 300, **FAILED)
    _edit(database, "write", f"{project}/src/a.py", 400)
    _edit(database, "write", "/src/a.py", 500)

    merge_project(project, database.close())

    assert [0, 0, 0, 0, 1] == [row[0] for row in _attempts(project)]


def test_a_message_or_another_session_breaks_a_chain(project: Path, tmp_path: Path) -> None:
    """A person's message does, another session too; and an unknown file is a chain of its own."""
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100, **FAILED)
    database.user("ses_a", at=START + 150, synthetic=True)
    _edit(database, "edit", "/a", 200, **FAILED)
    database.user("ses_a", at=START + 250)
    _edit(database, "edit", "/a", 300, **FAILED)
    _edit(database, "edit", None, 400, **FAILED)
    two = PATCH.format("/a") + "\n" + PATCH.format("/b")
    _edit(database, "apply_patch", None, 500, given={"patchText": two}, **FAILED)
    database.session("ses_b")
    database.call("ses_b", "edit", "c", at=START + 600, given={"filePath": "/a"}, **FAILED)

    merge_project(project, database.close())

    assert [0, 0, 1, 2, 3, 4] == [row[0] for row in _attempts(project)]


def test_what_is_no_attempt(project: Path, tmp_path: Path) -> None:
    """What was cancelled or still runs was not tried to the end; a fork's copies were not tried."""
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100, status="error", error="Tool execution aborted")
    _edit(database, "edit", "/a", 200, status="running", ms=None)
    _edit(database, "edit", "/a", 300, call_id="same")
    database.session("ses_fork", at=START + 60_000)
    database.call("ses_fork", "edit", "same", at=START + 300, given={"filePath": "/a"})

    merge_project(project, database.close())

    assert [(0, 1, 1, "str_replace", 1)] == _attempts(project)


def _event(at: int, call_id: str | None = None, **fields: Any) -> str:
    envelope = {"session_id": "ses_a", "call_id": call_id}
    return telemetry.record("edit_format", fields, envelope=envelope, time=START + at)


def test_an_event_wins_over_the_call_it_describes(project: Path, tmp_path: Path) -> None:
    """By naming the edit's call, or by being derived from it: then the attempt counts once."""
    database = _database(tmp_path, project)
    database.call("ses_a", "bash", "script", at=START + 400, ms=100)
    _edit(database, "edit", "/a", 100, call_id=" named", **FAILED)
    _edit(database, "edit", "/b", 200, call_id="derived")
    _edit(database, "write", "/c", 300, call_id="alone")
    named = _event(450, "script", format="hashline", edit_call_id="named", attempt=1)
    derived = _event(210, "derived", format="aider_udiff", derived=True)
    other = _event(460, "script", format="hashline", success=True)

    merge_project(project, database.close())

    found = rows(
        project, "SELECT attempt_id, source, success, model FROM edit_metrics ORDER BY attempt_id"
    )
    alone = rows(project, "SELECT call_key FROM calls WHERE call_id = 'alone'")[0]
    assert {
        (f"event:{named}", "event", 0, "zai/glm-4.7"),
        (f"event:{derived}", "event", 1, "zai/glm-4.7"),
        (f"event:{other}", "event", 1, "zai/glm-4.7"),
        (f"call:{alone}", "call", 1, "zai/glm-4.7"),
    } == set(found)


def test_an_event_whose_call_comes_later(project: Path, tmp_path: Path) -> None:
    """The call that an event described before it was here does not count besides."""
    database = _database(tmp_path, project)
    _event(150, format="hashline", success=True, edit_call_id="c1")
    merge_project(project, database.path)
    _edit(database, "edit", "/a", 100, call_id="c1")

    merge_project(project, database.close())

    assert ["event"] == rows(project, "SELECT source FROM edit_metrics")


def test_events_chain_by_their_edit(project: Path, tmp_path: Path) -> None:
    """The same `edit_id` in one session; a new attempt 1 begins a new edit of the same name."""
    database = _database(tmp_path, project)
    for at, attempt, success in ((1, 1, False), (2, 2, True), (3, 1, False), (4, 2, False)):
        _event(at, format="hashline", success=success, edit_id="e1", attempt=attempt)
    _event(5, format="hashline", success=False, edit_id="e2")
    _event(6, format="hashline", success=False)
    telemetry.record(
        "edit_format",
        {"format": "hashline", "edit_id": "e2", "success": True},
        envelope={"session_id": "ses_other"},
        time=START + 7,
    )

    merge_project(project, database.close())

    assert [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (3, 1), (4, 1)] == [
        row[:2] for row in _attempts(project)
    ]


def test_recorded_retries_stand_alone(project: Path, tmp_path: Path) -> None:
    """Where a repeated command recorded anything, its repetition is not inferred besides."""
    database = _database(tmp_path, project)
    for number, call_id in enumerate(("c1", "c2")):
        at, given = START + 1000 * number, {"command": "pytest"}
        database.call("ses_a", "bash", call_id, at=at, given=given, metadata={"exit": 1})
    merge_project(project, database.path)
    assert ["call"] == rows(project, "SELECT source FROM iteration_metrics")
    envelope = {"session_id": "ses_a", "call_id": "c2"}
    telemetry.record("retry", {"attempt": 2}, envelope=envelope, time=START + 1050)

    merge_project(project, database.close())

    assert ["event"] == rows(project, "SELECT source FROM iteration_metrics")


def _log(database: Rows, at: int, format: str, success: bool, **fields: Any) -> str:
    """`log edit` in a bash call of its own."""
    call_id = f"log_{at}"
    database.call("ses_a", "bash", call_id, at=START + at, ms=100)
    return _event(at + 50, call_id, format=format, success=success, **fields)


def _counts(project: Path) -> list[tuple[Any, ...]]:
    return rows(project, "SELECT source, format, success FROM edit_metrics ORDER BY time")


def test_a_logged_edit_of_opencode_counts_once(project: Path, tmp_path: Path) -> None:
    """`log edit` after an edit describes that edit's call, whatever its format is called."""
    database = _database(tmp_path, project)
    for at, tool, format, success in (
        (1000, "edit", "str_replace", False),
        (2000, "edit", "str_replace_exact", True),
        (3000, "edit", "str_replace_fuzzy", True),
        (4000, "write", "write", True),
        (5000, "apply_patch", "apply_patch", True),
    ):
        _edit(database, tool, f"/{max(at, 2000)}", at, **({} if success else FAILED))
        _log(database, at + 500, format, success)

    merge_project(project, database.close())

    assert [
        ("event", "str_replace", 0),
        ("event", "str_replace", 1),
        ("event", "str_replace_fuzzy", 1),
        ("event", "whole", 1),
        ("event", "apply_patch", 1),
    ] == _counts(project)
    # They make up the edits that their calls would: the first two are one.
    assert [0, 0, 1, 2, 3] == [row[0] for row in _attempts(project)]


def test_edits_that_are_logged_together(project: Path, tmp_path: Path) -> None:
    """Each event describes one call, each call is described once; what is left counts by itself."""
    database = _database(tmp_path, project)
    for at in (100, 300, 500):
        _edit(database, "edit", f"/{at}", at, **(FAILED if at == 300 else {}))
    for at, success in ((1000, True), (1500, False), (2000, True), (2500, True)):
        _log(database, at, "str_replace", success)
    _edit(database, "edit", "/later", 3000)

    merge_project(project, database.close())

    found = _counts(project)
    assert 5 == len(found)
    assert [("call", "str_replace", 1)] == [row for row in found if row[0] == "call"]


def test_edits_that_a_script_does_are_its_own(project: Path, tmp_path: Path) -> None:
    """In a format that OpenCode's tool has not, with another end, in another turn, or in a run that
    began in the same call: those are attempts of their own, beside OpenCode's.
    """
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100)
    _log(database, 500, "hashline", True)
    _log(database, 700, "str_replace", False)
    envelope = {"session_id": "ses_a", "call_id": "script", "run_id": "fix-1"}
    database.call("ses_a", "bash", "script", at=START + 900, ms=100)
    for kind, fields in (
        ("skill_run_started", {}),
        ("edit_format", {"format": "str_replace", "success": True}),
        ("skill_run_finished", {"outcome": "succeeded"}),
    ):
        telemetry.record(kind, fields, envelope=envelope, time=START + 950)
    # Of a call that ran beside the edit.
    database.call("ses_a", "bash", "beside", at=START + 90, ms=900)
    _event(950, "beside", format="str_replace", success=True)
    database.user("ses_a", at=START + 2000)
    _log(database, 3000, "str_replace", True)

    merge_project(project, database.close())

    assert 1 + 5 == len(_counts(project))


def test_a_logged_edit_may_name_a_run_of_the_agent_s(project: Path, tmp_path: Path) -> None:
    """The agent may name a run, and its edits with it: no call of them is the run's process."""
    database = _database(tmp_path, project)
    _edit(database, "edit", "/a", 100)
    database.call("ses_a", "bash", "log", at=START + 500, ms=100)
    envelope = {"session_id": "ses_a", "call_id": "log", "run_id": "fix-1"}
    fields = {"format": "str_replace", "success": True}
    telemetry.record("edit_format", fields, envelope=envelope, time=START + 550)
    merge_project(project, database.path)
    assert ["event"] == rows(project, "SELECT source FROM edit_metrics")

    # The call is found to have been another's: what was logged is an edit of its own again.
    _event(600, format="str_replace", success=True, edit_call_id="call_100")
    merge_project(project, database.close())

    assert ["event", "event"] == rows(project, "SELECT source FROM edit_metrics")
