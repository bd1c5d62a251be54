"""The window of a skill holds what its subagents did."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows
from .loads import load, report, windows_of


def test_a_subagent_counts_in_its_parents_window(project: Path, tmp_path: Path) -> None:
    """The calls of a subagent belong to the window of the task call that began it, at any depth."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    grandchild = database.session(parent=child)
    load(database, parent, "first", 100)
    database.call(parent, "task", "call_1", at=START + 300, ms=2000, metadata={"sessionId": child})
    database.user(child, at=START + 350)
    database.call(
        child, "task", "call_1", at=START + 500, ms=900, metadata={"sessionId": grandchild}
    )
    database.user(grandchild, at=START + 550)
    database.call(grandchild, "bash", "call_1", at=START + 700)

    merge_project(project, database.close())

    assert 3 == windows_of(project)["first"][0]
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


def test_a_subagents_own_skill_has_its_own_window(project: Path, tmp_path: Path) -> None:
    """A skill that the subagent loads has a window of its own, inside its parent's."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    load(database, parent, "outer", 100)
    database.call(parent, "task", "call_1", at=START + 300, ms=2000, metadata={"sessionId": child})
    load(database, child, "inner", 500)
    database.call(child, "bash", "call_9", at=START + 700)

    merge_project(project, database.close())

    windows = windows_of(project)
    assert (3, 1) == (windows["outer"][0], windows["inner"][0])
    assert ["inner"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")


def test_a_subagent_that_no_call_names(project: Path, tmp_path: Path) -> None:
    """A `task` call that failed may name no session: its parent's id tells whose it was."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(at=START + 310, parent=parent)
    load(database, parent, "first", 100)
    database.call(
        parent, "task", "call_1", at=START + 300, ms=2000, status="error", error="no", metadata={}
    )
    load(database, parent, "second", 3000)
    database.user(child, at=START + 350)
    database.call(child, "bash", "call_1", at=START + 500)

    merge_project(project, database.close())

    assert ["first"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")
    assert (3, 0) == (windows_of(project)["first"][0], windows_of(project)["second"][0])


@pytest.mark.parametrize("prefix", ["a", "zz"])
def test_a_fork_of_the_parent_takes_no_subagent(project: Path, tmp_path: Path, prefix: str) -> None:
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
        load(database, parent, skill, at)
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
        load(database, one, "first", 100)
        database.call(one, "task", "t", at=START + 300, metadata={"sessionId": other})
        database.call(one, "bash", "b", at=START + 500)

    assert 6 == merge_project(project, database.close()).calls


def test_a_session_that_is_its_own_parent(project: Path, tmp_path: Path) -> None:
    """Nobody began it: its windows are those of any other session."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a", parent="ses_a")
    load(database, session, "first", 100)
    database.user(session, at=START + 150)
    database.call(session, "bash", "call_1", at=START + 200)

    merge_project(project, database.close())

    assert 0 == windows_of(project)["first"][0]


def test_a_subagent_under_the_same_skill_counts_once(project: Path, tmp_path: Path) -> None:
    """What it does counts once: for its own load, from when it loaded the skill itself."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    load(database, parent, "first", 100)
    database.call(parent, "task", "t", at=START + 300, ms=2000, metadata={"sessionId": child})
    load(database, child, "first", 500)
    database.call(child, "bash", "b", at=START + 700)

    merge_project(project, database.close())

    (row,) = report(project, "skills")
    assert (3, 300) == (row.tool_calls, row.tokens_input)
    assert [2, 1] == rows(project, "SELECT tool_calls FROM skill_metrics ORDER BY started")


def test_a_task_whose_start_was_written_again(project: Path, tmp_path: Path) -> None:
    """OpenCode 1.2 does so once the child has begun: the child's first step is the window's too."""
    database = Rows(tmp_path / "opencode.db", project)
    parent = database.session()
    child = database.session(parent=parent)
    load(database, parent, "first", 100)
    asked = database.message(parent, at=START + 290)
    database.user(child, at=START + 350)
    database.call(child, "bash", "b", at=START + 400)
    database.call(parent, "task", "t", at=START + 450, message=asked, metadata={"sessionId": child})

    merge_project(project, database.close())

    assert ["first"] == rows(project, "SELECT active_skill FROM calls WHERE tool = 'bash'")
