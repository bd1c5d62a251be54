"""What a skill was active for after it was loaded."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.project import store_path

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows


def _load(database: Rows, session: str, name: str, at: int, **call: Any) -> str:
    return database.call(
        session,
        "skill",
        f"call_{at}",
        at=START + at,
        ms=10,
        given={"name": name},
        **{"output": "Do it.", **call},
    )


def _windows(project: Path) -> dict[str, tuple[Any, ...]]:
    found = rows(
        project,
        "SELECT skill, tool_calls, failed_tool_calls, tokens_input, window_ms FROM skill_metrics "
        "WHERE kind = 'load' ORDER BY started",
    )
    return {row[0]: row[1:] for row in found}


def test_a_window_ends_with_the_next_load(project: Path, tmp_path: Path) -> None:
    """The message that loads the next skill is the last one of the window before it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.user(session, at=START + 1)
    _load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200, metadata={"exit": 3})
    _load(database, session, "second", 400)
    database.call(session, "read", "call_2", at=START + 600, ms=50)
    database.call(session, "read", "call_3", at=START + 800, ms=50)

    merge_project(project, database.close())

    assert {
        "first": (2, 1, 200, 300),
        "second": (2, 0, 200, 440),
    } == _windows(project)
    assert ["first", "first", "second", "second"] == rows(
        project,
        "SELECT active_skill FROM calls WHERE active_skill IS NOT NULL ORDER BY started",
    )


def test_a_window_ends_when_a_person_writes(project: Path, tmp_path: Path) -> None:
    """A user message that OpenCode wrote itself leaves the window open, a person's closes it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    database.user(session, at=START + 150, synthetic=True)
    database.call(session, "bash", "call_1", at=START + 200)
    database.user(session, at=START + 400)
    database.call(session, "bash", "call_2", at=START + 600)

    merge_project(project, database.close())

    assert 1 == _windows(project)["first"][0]


def test_a_window_outlives_a_plugin_s_notice(project: Path, tmp_path: Path) -> None:
    """A plugin tells the user something in a message that the model never sees: nobody wrote it."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    notice = database.message(session, at=START + 150, role="user")
    part = {"type": "text", "text": "3 outputs pruned", "ignored": True}
    database.part(notice, session, part, at=START + 150)
    database.call(session, "bash", "call_1", at=START + 200)

    merge_project(project, database.close())

    assert 1 == _windows(project)["first"][0]
    assert [] == rows(project, "SELECT message_id FROM messages WHERE opens_turn = 1")


def test_a_window_ends_when_a_person_gives_a_command(project: Path, tmp_path: Path) -> None:
    """A `/command` for a subagent is a person's, though its message has no text."""
    database = Rows(tmp_path / "opencode.db", project)
    session, child = database.session(), "ses_child"
    _load(database, session, "first", 100)
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

    assert 1 == _windows(project)["first"][0]
    assert [asked] == rows(
        project, "SELECT message_id FROM messages WHERE opens_turn = 1 AND session_id <> ?", child
    )


def test_a_window_ends_when_a_person_types_a_shell_command(project: Path, tmp_path: Path) -> None:
    """What `!make` does an hour later is nothing that the skill did, nor is the hour its time."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200)
    hour = START + 3_600_000
    database.user(
        session, at=hour, text="The following tool was executed by the user", synthetic=True
    )
    database.call(session, "bash", "01M84BNPN60ZPMMKGHQC90RH84", at=hour + 20, metadata={})

    merge_project(project, database.close())

    assert 1 == _windows(project)["first"][0]
    assert [300 - 110] == rows(project, "SELECT window_ms FROM skill_metrics")


def test_windows_that_touch(project: Path, tmp_path: Path) -> None:
    """What lies in the millisecond in which one window ends and another opens counts once."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    database.call(session, "bash", "call_1", at=START + 200)
    database.user(session, at=START + 190)
    _load(database, session, "second", 200)
    database.call(session, "bash", "call_2", at=START + 300)

    merge_project(project, database.close())

    assert {"first": (1, 0, 100), "second": (1, 0, 100)} == {
        skill: found[:3] for skill, found in _windows(project).items()
    }


def test_a_load_whose_time_is_not_known(project: Path, tmp_path: Path) -> None:
    """It came before all others, and takes nothing from their windows."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100, message=database.message(session, at=START, time={}))
    database.call(session, "bash", "call_1", at=START + 150)
    database.user(session, at=START + 200)
    _load(database, session, "second", 300)
    database.call(session, "bash", "call_2", at=START + 400)

    merge_project(project, database.close())

    assert {"first": (1, 0, 100), "second": (1, 0, 100)} == {
        skill: found[:3] for skill, found in _windows(project).items()
    }


def test_a_failed_load_opens_no_window(project: Path, tmp_path: Path) -> None:
    """A load that failed neither opens a window nor ends the one that is open."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
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

    windows = _windows(project)
    assert 2 == windows["first"][0]
    assert (None, None, None, None) == windows["second"]


def test_a_subagent_counts_in_its_parents_window(project: Path, tmp_path: Path) -> None:
    """The calls of a subagent belong to the window of the task call that began it, at any depth."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    grandchild = database.session(parent=child)
    _load(database, parent, "first", 100)
    database.call(parent, "task", "call_1", at=START + 300, ms=2000, metadata={"sessionId": child})
    database.user(child, at=START + 350)
    database.call(
        child, "task", "call_1", at=START + 500, ms=900, metadata={"sessionId": grandchild}
    )
    database.user(grandchild, at=START + 550)
    database.call(grandchild, "bash", "call_1", at=START + 700)

    merge_project(project, database.close())

    assert 3 == _windows(project)["first"][0]
    assert ["first"] == rows(
        project, "SELECT DISTINCT active_skill FROM calls WHERE tool IN ('task', 'bash')"
    )


def test_a_subagent_whose_parent_is_merged_later(project: Path, tmp_path: Path) -> None:
    """What it did before counts for its parent's skill everywhere: its calls, edits and retries."""
    database = Rows(tmp_path / "opencode.db", project)
    parent, child = database.session(), database.session()
    for number in range(2):
        at = START + 5000 + 1000 * number
        given = {"command": "make", "filePath": "/a"}
        for tool in ("edit", "bash"):
            database.call(child, tool, f"{tool}{number}", at=at, given=given, metadata={"exit": 1})
    merge_project(project, database.path)
    database.call(parent, "skill", "load", at=START + 1000, given={"name": "pdf"})
    database.call(parent, "task", "task", at=START + 3000, metadata={"sessionId": child})

    merge_project(project, database.close())

    for table in ("calls", "edit_metrics", "iteration_metrics"):
        column = "active_skill" if table == "calls" else "skill"
        query = f"SELECT DISTINCT {column} FROM {table} WHERE session_id = ?"
        assert ["pdf"] == rows(project, query, child), table


def test_a_subagents_own_skill(project: Path, tmp_path: Path) -> None:
    """A skill that the subagent loads has a window of its own, inside its parent's."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    _load(database, parent, "outer", 100)
    database.call(parent, "task", "call_1", at=START + 300, ms=2000, metadata={"sessionId": child})
    _load(database, child, "inner", 500)
    database.call(child, "bash", "call_9", at=START + 700)

    merge_project(project, database.close())

    windows = _windows(project)
    assert (3, 1) == (windows["outer"][0], windows["inner"][0])
    assert ["inner"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")


def test_a_subagent_that_no_call_names(project: Path, tmp_path: Path) -> None:
    """A `task` call that failed may name no session: its parent's id tells whose it was."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(at=START + 310, parent=parent)
    _load(database, parent, "first", 100)
    database.call(
        parent, "task", "call_1", at=START + 300, ms=2000, status="error", error="no", metadata={}
    )
    _load(database, parent, "second", 3000)
    database.user(child, at=START + 350)
    database.call(child, "bash", "call_1", at=START + 500)

    merge_project(project, database.close())

    assert ["first"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")
    assert (3, 0) == (_windows(project)["first"][0], _windows(project)["second"][0])


@pytest.mark.parametrize("prefix", ["a", "zz"])
def test_a_fork_of_a_subagents_parent(project: Path, tmp_path: Path, prefix: str) -> None:
    """The fork's copy of the `task` call names the same child, which stays its original's."""
    database = Rows(tmp_path / "opencode.db", project)
    child = database.session("ses_child", parent="ses_a", at=START + 300)
    for number, session in enumerate(("ses_a", "ses_fork")):
        database.session(session, at=START + number * 60_000)
        mark = prefix if number else "m"
        for at, tool, call in (
            (100, "skill", {"given": {"name": "first"}, "output": "Do it."}),
            (300, "task", {"metadata": {"sessionId": child}, "ms": 900}),
        ):
            database.call(
                session,
                tool,
                f"c{at}",
                at=START + at,
                message=database.message(session, at=START + at, message_id=f"msg_{mark}{at}"),
                part_id=f"prt_{mark}{at}",
                **call,
            )
    database.user(child, at=START + 350)
    database.call(child, "bash", "call_1", at=START + 500)

    merge_project(project, database.close())

    assert [("ses_a", 1, 2), ("ses_fork", 0, 0)] == rows(
        project, "SELECT session_id, counted, tool_calls FROM skill_metrics ORDER BY session_id"
    )


def test_a_subagent_that_is_resumed(project: Path, tmp_path: Path) -> None:
    """What a subagent does after a second `task` call named it belongs to that one's window."""
    database = Rows(tmp_path / "opencode.db", project)
    parent, child = database.session(), database.session("ses_child")
    for at, skill in ((100, "first"), (2000, "second")):
        _load(database, parent, skill, at)
        database.call(
            parent, "task", f"t{at}", at=START + at + 200, metadata={"sessionId": child}, ms=900
        )
        database.user(child, at=START + at + 250)
        database.call(child, "bash", f"b{at}", at=START + at + 300)

    merge_project(project, database.close())

    assert ["first", "second"] == rows(
        project, "SELECT active_skill FROM calls WHERE tool = 'bash' ORDER BY started"
    )


def test_cyclic_sessions_end(project: Path, tmp_path: Path) -> None:
    """Sessions that claim to be each other's parents, as damaged data may, are still merged."""
    database = Rows(tmp_path / "opencode.db", project)
    database.session("ses_a", parent="ses_b")
    database.session("ses_b", parent="ses_a")
    for one, other in (("ses_a", "ses_b"), ("ses_b", "ses_a")):
        _load(database, one, "first", 100)
        database.call(one, "task", "t", at=START + 300, metadata={"sessionId": other})
        database.call(one, "bash", "b", at=START + 500)

    assert 6 == merge_project(project, database.close()).calls


def test_a_session_that_is_its_own_parent(project: Path, tmp_path: Path) -> None:
    """Nobody began it: its windows are those of any other session."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a", parent="ses_a")
    _load(database, session, "first", 100)
    database.user(session, at=START + 150)
    database.call(session, "bash", "call_1", at=START + 200)

    merge_project(project, database.close())

    assert 0 == _windows(project)["first"][0]


def _report(project: Path, section: str, *, key: str | None = None, **filters: Any) -> list[Any]:
    connection = sqlite3.connect(store_path(project))
    try:
        chosen = reports.Filters(**filters)
        return reports.build(connection, section, chosen, now_ms=START + 10**8).parts[
            key or section
        ]
    finally:
        connection.close()


def test_a_skill_loaded_twice_in_one_message(project: Path, tmp_path: Path) -> None:
    """Its message counts once for it; the window is the later load's."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    message = database.message(session, at=START + 90)
    for at in (100, 120):
        _load(database, session, "first", at, message=message)
    database.call(
        session, "bash", "b", at=START + 200, message=database.message(session, at=START, cost=2.5)
    )
    step = database.message(session, at=START + 190, cost=2.5)
    database.call(session, "bash", "b2", at=START + 200, message=step, metadata={"exit": 1})

    merge_project(project, database.close())

    (row,) = _report(project, "skills")
    assert (2, 2.5, 100, 1, 1) == (
        row.loads, row.cost, row.tokens_input, row.tool_calls, row.failed_tool_calls,
    )  # fmt: skip
    assert [None, 1] == rows(project, "SELECT tool_calls FROM skill_metrics ORDER BY started")


def test_a_subagent_under_the_same_skill(project: Path, tmp_path: Path) -> None:
    """What it does counts once: for its own load, from when it loaded the skill itself."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    _load(database, parent, "first", 100)
    database.call(parent, "task", "t", at=START + 300, ms=2000, metadata={"sessionId": child})
    _load(database, child, "first", 500)
    database.call(child, "bash", "b", at=START + 700)

    merge_project(project, database.close())

    (row,) = _report(project, "skills")
    assert (3, 300) == (row.tool_calls, row.tokens_input)
    assert [2, 1] == rows(project, "SELECT tool_calls FROM skill_metrics ORDER BY started")


def test_a_skill_shows_all_of_its_windows(project: Path, tmp_path: Path) -> None:
    """Where another skill was loaded beside it, or by a subagent inside of its window, too."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    child = database.session(parent=session)
    message = database.message(session, at=START + 90)
    for at, skill in ((100, "beside"), (120, "last")):
        _load(database, session, skill, at, message=message)
    given = {"filePath": "/a"}
    database.call(session, "edit", "e", at=START + 200, given=given)
    database.call(session, "task", "t", at=START + 300, metadata={"sessionId": child})
    _load(database, child, "inner", 500)
    database.call(child, "bash", "b", at=START + 700)
    database.user(session, at=START + 2000)
    database.call(session, "bash", "c", at=START + 2100)

    merge_project(project, database.close())

    for skill in ("beside", "last"):
        (row,) = [row for row in _report(project, "skills") if row.skill == skill]
        (model,) = _report(project, "models", skill=skill)
        assert (row.cost, 4) == (model.cost, model.messages)
        calls = [call.tool for call in _report(project, "calls", skill=skill)]
        assert ["skill", "edit", "task", "skill", "bash"] == calls
        assert [1] == [row.attempts for row in _report(project, "edits", skill=skill)]
        assert 2 == len(_report(project, "sessions", skill=skill))
    assert [] == _report(project, "edits", skill="inner")


def test_a_task_whose_start_was_written_again(project: Path, tmp_path: Path) -> None:
    """OpenCode 1.2 does so once the child has begun: the child's first step is the window's too."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    _load(database, parent, "first", 100)
    asked = database.message(parent, at=START + 290)
    database.user(child, at=START + 350)
    database.call(child, "bash", "b", at=START + 400)
    database.call(parent, "task", "t", at=START + 450, message=asked, metadata={"sessionId": child})

    merge_project(project, database.close())

    assert ["first"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")


def test_a_window_whose_last_message_was_killed(project: Path, tmp_path: Path) -> None:
    """It ends with the last sign of life inside: of a call, or of a subagent."""
    database = Rows(tmp_path / "opencode.db", project)
    half_an_hour = 1_800_000
    for name in ("call", "row", "subagent", "imported"):
        session = database.session(f"ses_{name}")
        _load(database, session, name, 100)
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
    } == {skill: found[3] for skill, found in _windows(project).items()}


def test_a_skill_that_goes_on_after_the_user_wrote(project: Path, tmp_path: Path) -> None:
    """The turn in which an event names it is its own again; what is in no window counts apart."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    database.call(session, "bash", "c1", at=START + 200, ms=50)
    database.user(session, at=START + 400, text="thanks")
    database.call(session, "read", "c2", at=START + 450, ms=50)
    database.user(session, at=START + 500, text="continue")
    database.call(session, "bash", "c3", at=START + 600, ms=60, metadata={"exit": 1})
    database.call(session, "read", "c4", at=START + 800, ms=50)
    merge_project(project, database.path)
    assert (1, 0, 100, 140) == _windows(project)["first"]

    # An event alone, that names the call, changes it.
    envelope = {"session_id": session, "call_id": "c3", "skill": "first"}
    telemetry.record("iteration", {"index": 1}, envelope=envelope, time=START + 650)
    merge_project(project, database.close())

    calls = {call.call_id: call.skill for call in _report(project, "calls")}
    assert {
        "call_100": "first", "c1": "first", "c2": None, "c3": "first", "c4": "first"
    } == calls  # fmt: skip
    # From the load's end to c1's, and from what the user wrote to c4's.
    assert (3, 1, 300, 140 + 350) == _windows(project)["first"]
    (row,) = _report(project, "skills")
    assert 3 == row.tool_calls
    (outside,) = _report(project, "skills", key="outside_windows")
    # The load itself is in no window either.
    assert (2, 2, 0, 200, 20, 0.002) == (
        outside.messages, outside.calls, outside.failed_calls, outside.tokens_input,
        outside.tokens_output, outside.cost,
    )  # fmt: skip


def _script(database: Rows, session: str, skill: str, at: int, **call: Any) -> str:
    command = f"python .opencode/skills/{skill}/scripts/do.py"
    time = START + at
    given = {"command": command}
    return database.call(session, "bash", f"c{at}", at=time, ms=10, given=given, **call)


def test_a_turn_that_runs_a_skills_file_is_the_skills_again(project: Path, tmp_path: Path) -> None:
    """Until another skill is loaded: that ends it for good."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    _load(database, session, "first", 100)
    database.user(session, at=START + 200)
    _script(database, session, "first", 300)
    _script(database, session, "never-loaded", 350)
    database.user(session, at=START + 400)
    _script(database, session, "never-loaded", 500)
    database.user(session, at=START + 600)
    _load(database, session, "second", 700)
    # In this turn, but after the load.
    _script(database, session, "first", 800)
    database.user(session, at=START + 900)
    _script(database, session, "first", 1000)
    _script(database, session, "second", 1100)

    merge_project(project, database.close())

    found = rows(project, "SELECT call_id, active_skill FROM calls ORDER BY started")
    assert [
        ("call_100", None), ("c300", "first"), ("c350", "first"), ("c500", None),
        ("call_700", None), ("c800", "second"), ("c1000", "second"), ("c1100", "second"),
    ] == found  # fmt: skip
    assert (2, 0, 200, 160) == _windows(project)["first"]


def test_of_skills_loaded_together_those_named_come_back(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session()
    both = database.message(session, at=START + 90)
    _load(database, session, "first", 100, message=both)
    _load(database, session, "second", 110, message=both)
    database.call(session, "read", "c1", at=START + 200)
    database.user(session, at=START + 300)
    _script(database, session, "first", 400)

    merge_project(project, database.close())

    assert {"first": 2, "second": 1} == {skill: row[0] for skill, row in _windows(project).items()}
    assert ["second", "first"] == rows(
        project, "SELECT active_skill FROM calls WHERE tool <> 'skill' ORDER BY started"
    )


def test_a_subagent_that_runs_a_skills_file_brings_it_back(project: Path, tmp_path: Path) -> None:
    """What a subagent does is done in the turn that called it."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent, at=START + 400)
    _load(database, parent, "first", 100)
    database.user(parent, at=START + 300)
    database.call(parent, "task", "t", at=START + 400, metadata={"sessionId": child})
    _script(database, child, "first", 450)
    database.user(parent, at=START + 900)
    database.call(parent, "read", "c1", at=START + 950)

    merge_project(project, database.close())

    found = rows(project, "SELECT call_id, active_skill FROM calls WHERE call_id <> 'call_100'")
    assert {"t": "first", "c450": "first", "c1": None} == dict(found)
