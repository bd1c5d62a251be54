"""What a skill was active for after it was loaded."""

from __future__ import annotations

from pathlib import Path

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows
from .loads import load, report, windows_of


def test_a_window_ends_with_the_next_load(project: Path, tmp_path: Path) -> None:
    """The message that loads the next skill is the last one of the window before it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.user(session, at=START + 1)
    load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200, metadata={"exit": 3})
    load(database, session, "second", 400)
    database.call(session, "read", "call_2", at=START + 600, ms=50)
    database.call(session, "read", "call_3", at=START + 800, ms=50)

    merge_project(project, database.close())

    assert {
        "first": (2, 1, 200, 300),
        "second": (2, 0, 200, 440),
    } == windows_of(project)
    assert ["first", "first", "second", "second"] == rows(
        project,
        "SELECT active_skill FROM calls WHERE active_skill IS NOT NULL ORDER BY started",
    )


def test_a_window_ends_when_a_person_writes(project: Path, tmp_path: Path) -> None:
    """A user message that OpenCode wrote itself leaves the window open, a person's closes it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.user(session, at=START + 150, synthetic=True)
    database.call(session, "bash", "call_1", at=START + 200)
    database.user(session, at=START + 400)
    database.call(session, "bash", "call_2", at=START + 600)

    merge_project(project, database.close())

    assert 1 == windows_of(project)["first"][0]


def test_a_window_outlives_a_plugin_s_notice(project: Path, tmp_path: Path) -> None:
    """A plugin tells the user something in a message that the model never sees: nobody wrote it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    notice = database.message(session, at=START + 150, role="user")
    part = {"type": "text", "text": "3 outputs pruned", "ignored": True}
    database.part(notice, session, part, at=START + 150)
    database.call(session, "bash", "call_1", at=START + 200)

    merge_project(project, database.close())

    assert 1 == windows_of(project)["first"][0]
    assert [] == rows(project, "SELECT message_id FROM messages WHERE opens_turn = 1")


def test_a_window_ends_when_a_person_gives_a_command(project: Path, tmp_path: Path) -> None:
    """A `/command` for a subagent is a person's, though its message has no text."""
    database = Rows(tmp_path / "opencode.db", project)
    session, child = database.session(), "ses_child"
    load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200)
    merge_project(project, database.path)
    asked = database.message(session, at=START + 400, role="user")
    merge_project(project, database.path)
    subtask = {"type": "subtask", "agent": "general", "command": "review", "prompt": "Review it."}
    database.part(asked, session, subtask, at=START + 400)
    database.session(child, parent=session, at=START + 410)
    database.call(
        session, "task", "01M84BNPN6", at=START + 410, ms=900, metadata={"sessionId": child}
    )
    database.user(child, at=START + 420, text="Review it.")
    database.call(child, "bash", "call_2", at=START + 500)
    database.user(session, at=START + 1400, text="Summarize the task", synthetic=True)
    database.message(session, at=START + 1410)

    merge_project(project, database.close())

    assert 1 == windows_of(project)["first"][0]
    assert [asked] == rows(
        project, "SELECT message_id FROM messages WHERE opens_turn = 1 AND session_id <> ?", child
    )


def test_a_window_ends_when_a_person_types_a_shell_command(project: Path, tmp_path: Path) -> None:
    """What `!make` does an hour later is nothing that the skill did, nor is the hour its time."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200)
    hour = START + 3_600_000
    database.user(
        session, at=hour, text="The following tool was executed by the user", synthetic=True
    )
    database.call(session, "bash", "01M84BNPN60ZPMMKGHQC90RH84", at=hour + 20, metadata={})

    merge_project(project, database.close())

    assert 1 == windows_of(project)["first"][0]
    assert [300 - 110] == rows(project, "SELECT window_ms FROM skill_metrics")


def test_of_windows_that_touch_a_millisecond_counts_once(project: Path, tmp_path: Path) -> None:
    """What lies in the millisecond in which one window ends and another opens counts once."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200)
    database.user(session, at=START + 190)
    load(database, session, "second", 200)
    database.call(session, "bash", "call_2", at=START + 300)

    merge_project(project, database.close())

    assert {"first": (1, 0, 100), "second": (1, 0, 100)} == {
        skill: found[:3] for skill, found in windows_of(project).items()
    }


def test_a_load_whose_time_is_not_known(project: Path, tmp_path: Path) -> None:
    """It came before all others, and takes nothing from their windows."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100, message=database.message(session, at=START, time={}))
    database.call(session, "bash", "call_1", at=START + 150)
    database.user(session, at=START + 200)
    load(database, session, "second", 300)
    database.call(session, "bash", "call_2", at=START + 400)

    merge_project(project, database.close())

    assert {"first": (1, 0, 100), "second": (1, 0, 100)} == {
        skill: found[:3] for skill, found in windows_of(project).items()
    }


def test_a_failed_load_opens_no_window(project: Path, tmp_path: Path) -> None:
    """A load that failed neither opens a window nor ends the one that is open."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    load(database, session, "first", 100)
    database.call(
        session,
        "skill",
        "call_2",
        at=START + 300,
        status="error",
        error='Skill "second" not found',
        given={"name": "second"},
    )
    database.call(session, "bash", "call_1", at=START + 500)

    merge_project(project, database.close())

    windows = windows_of(project)
    assert 2 == windows["first"][0]
    assert (None, None, None, None) == windows["second"]


def test_a_skill_loaded_twice_in_one_message_counts_it_once(project: Path, tmp_path: Path) -> None:
    """Its message counts once for it; the window is the later load's."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    message = database.message(session, at=START + 90)
    for at in (100, 120):
        load(database, session, "first", at, message=message)
    database.call(
        session, "bash", "b", at=START + 200, message=database.message(session, at=START, cost=2.5)
    )
    step = database.message(session, at=START + 190, cost=2.5)
    database.call(session, "bash", "b2", at=START + 200, message=step, metadata={"exit": 1})

    merge_project(project, database.close())

    (row,) = report(project, "skills")
    assert (2, 2.5, 100, 1, 1) == (
        row.loads, row.cost, row.tokens_input, row.tool_calls, row.failed_tool_calls,
    )  # fmt: skip
    assert [None, 1] == rows(project, "SELECT tool_calls FROM skill_metrics ORDER BY started")


def test_a_skill_shows_all_of_its_windows(project: Path, tmp_path: Path) -> None:
    """Where another skill was loaded beside it, or by a subagent inside of its window, too."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    child = database.session(parent=session)
    message = database.message(session, at=START + 90)
    for at, skill in ((100, "beside"), (120, "last")):
        load(database, session, skill, at, message=message)
    given = {"filePath": "/a"}
    database.call(session, "edit", "e", at=START + 200, given=given)
    database.call(session, "task", "t", at=START + 300, metadata={"sessionId": child})
    load(database, child, "inner", 500)
    database.call(child, "bash", "b", at=START + 700)
    database.user(session, at=START + 2000)
    database.call(session, "bash", "c", at=START + 2100)

    merge_project(project, database.close())

    for skill in ("beside", "last"):
        (row,) = [row for row in report(project, "skills") if row.skill == skill]
        (model,) = report(project, "models", skill=skill)
        assert (row.cost, 4) == (model.cost, model.messages)
        calls = [call.tool for call in report(project, "calls", skill=skill)]
        assert ["skill", "edit", "task", "skill", "bash"] == calls
        assert [1] == [row.attempts for row in report(project, "edits", skill=skill)]
        assert 2 == len(report(project, "sessions", skill=skill))
    assert [] == report(project, "edits", skill="inner")


def test_a_window_whose_last_message_was_killed(project: Path, tmp_path: Path) -> None:
    """It ends with the last sign of life inside: of a call, or of a subagent."""
    database = Rows(tmp_path / "opencode.db", project)
    half_an_hour = 1_800_000
    for name in ("call", "row", "subagent", "imported"):
        session = database.session(f"ses_{name}")
        load(database, session, name, 100)
        message = database.message(session, at=START + 150, time={"created": START + 150})
        child = database.session(parent=session)
        tool = "task" if name == "subagent" else "bash"
        running = database.call(
            session, tool, "r", at=START + 160, ms=None, status="running", message=message,
            metadata={"sessionId": child} if tool == "task" else {},
        )  # fmt: skip
        late = START + half_an_hour * (1 if name != "imported" else 1000)
        if name == "call":
            database.call(session, "read", "q", at=late - 100, message=message)
        elif name == "subagent":
            step = database.message(child, at=late - 110, time={"created": late - 110})
            database.call(child, "bash", "b", at=late - 100, message=step)
        else:
            database.db.execute("UPDATE part SET time_updated = ? WHERE id = ?", (late, running))

    merge_project(project, database.close())

    assert {
        "call": half_an_hour - 110,
        "row": half_an_hour - 110,
        "subagent": half_an_hour - 110,
        "imported": 160 - 110,
    } == {skill: found[3] for skill, found in windows_of(project).items()}
