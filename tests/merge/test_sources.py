"""Every database that OpenCode has had is read, and what stands in two of them counts once."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from ..merging import contents, merge_project, rows
from ..opencode_rows import START
from ..opencode_v2_rows import V2Rows, tool
from .two_calls import two_calls

CALLS = "SELECT call_id, tool, outcome, reason FROM calls ORDER BY started, call_key"


def _migrated(database: Path, project: Path) -> V2Rows:
    """OpenCode 2's tables in a database of 1.x, with the migrated copies of its messages."""
    v2 = V2Rows(database, project)
    v1 = v2.db.execute("SELECT id, time_created, time_updated FROM session").fetchall()
    for session, at, _ in v1:
        v2.session(session, at=at)
    for message, session, data in v2.db.execute(
        "SELECT id, session_id, data FROM message"
    ).fetchall():
        body = json.loads(data)
        calls = [
            tool(part["tool"], part["callID"], at=part["state"]["time"]["start"])
            for (text,) in v2.db.execute("SELECT data FROM part WHERE message_id = ?", (message,))
            if (part := json.loads(text))["type"] == "tool"
        ]
        created = body["time"]["created"]
        v2.message(
            session,
            body["role"],
            *calls,
            at=created,
            completed=body["time"].get("completed"),
            message_id=message,
        )
    return v2


def test_v2_calls_are_read(project: Path, tmp_path: Path) -> None:
    """Tools inside a message are calls with outcome, reason, times, model, skill and child."""
    database = V2Rows(tmp_path / "opencode.db", project)
    session = database.session()
    database.message(session, "user", at=START)
    database.message(
        session,
        "assistant",
        {"type": "text", "text": "first"},
        tool("bash", " call_1", at=START + 100, structured={"exit": 3}),
        tool("edit", "call_2", at=START + 200, status="error", error="TypeError: x"),
        tool("skill", "call_3", at=START + 300, given={"id": "code-agent"}, output="be good"),
        tool("task", "call_4", at=START + 400, structured={"sessionId": "ses_child"}),
        tool("read", "call_5", at=START + 500, status="streaming", ms=None, given='{"pa'),
        tool("read", "call_6", at=START + 600, status="error", error={"type": "tool.interrupted"}),
        at=START + 50,
        completed=START + 900,
        error={"type": "provider.error", "message": "no"},
    )

    merge_project(project, database.close())

    assert [
        ("call_1", "bash", "failed", "exit 3"),
        ("call_2", "edit", "failed", "TypeError"),
        ("call_3", "skill", "succeeded", None),
        ("call_4", "task", "succeeded", None),
        ("call_5", "read", "running", None),
        ("call_6", "read", "cancelled", "aborted"),
    ] == rows(project, CALLS)
    assert [("code-agent", 7)] == rows(
        project, "SELECT skill, context_chars FROM calls WHERE skill IS NOT NULL"
    )
    assert ["ses_child"] == rows(project, "SELECT child_id FROM calls WHERE child_id IS NOT NULL")
    assert [("zai/glm-4.7", START + 100, 100)] == rows(
        project, "SELECT model, started, duration_ms FROM calls WHERE call_id = 'call_1'"
    )
    assert [
        ("user", None, None, None, 1),
        ("assistant", "build", 100, "provider.error", 0),
    ] == rows(
        project,
        "SELECT role, agent, tokens_input, error_type, opens_turn FROM messages ORDER BY created",
    )


def test_calls_of_one_message_with_the_same_id(project: Path, tmp_path: Path) -> None:
    """Empty and repeated call ids inside a message are calls of their own."""
    database = V2Rows(tmp_path / "opencode.db", project)
    same = [tool("read", each, at=START + 10) for each in ("", "", "x", "x")]
    database.message(database.session(), "assistant", *same, at=START + 1, completed=START + 99)

    assert 4 == merge_project(project, database.close()).calls


def test_an_empty_v2_table_is_no_v2(project: Path, tmp_path: Path) -> None:
    """1.18 has the tables of 2.x already, without rows: what counts stands in the old ones."""
    database = two_calls(tmp_path / "opencode.db", project)
    V2Rows(database.close(), project).close()

    summary = merge_project(project, database.path)

    assert (1, 2, []) == (summary.sessions, summary.calls, summary.warnings)


def test_what_1_14_writes_twice_counts_once(project: Path, tmp_path: Path) -> None:
    """With OPENCODE_EXPERIMENTAL 1.14.41 writes every message into a table of 2.x, too: under the
    id of an event, and some ms later than the message itself.
    """
    database = two_calls(tmp_path / "opencode.db", project)
    columns = "id text PRIMARY KEY, session_id, type, time_created, time_updated, data"
    database.db.execute(f"CREATE TABLE session_message ({columns})")
    for number, kind in enumerate(("agent-switched", "user", "assistant", "assistant")):
        at = START + 30 + 100 * number
        call = tool("bash", f"call_{number - 1}", at=at)
        body = {"time": {"created": at}, "agent": "build", "content": [call], "cost": 0.001}
        database.db.execute(
            "INSERT INTO session_message VALUES (?, 'ses_a', ?, ?, ?, ?)",
            (f"evt_208c2470{number}", kind, at, at, json.dumps(body)),
        )
    before = database.db.execute("SELECT count(*) FROM message").fetchone()

    summary = merge_project(project, database.close())

    assert (1, 2, 0) == (summary.sessions, summary.calls, summary.malformed)
    assert [*before] == rows(project, "SELECT count(*) FROM messages")


def test_migrated_rows_are_one_with_the_old_ones(project: Path, tmp_path: Path) -> None:
    """Frozen 1.x rows and their copies in 2.x are one; what 2.x wrote since is added."""
    v2 = _migrated(two_calls(tmp_path / "opencode.db", project).close(), project)
    late = tool("grep", "call_3", at=START + 9000)
    v2.message("ses_a", "assistant", late, at=START + 8900, completed=START + 9200)

    summary = merge_project(project, v2.close())

    assert (1, 3, 0, 0) == (summary.sessions, summary.calls, summary.copies, summary.malformed)
    assert ["call_1", "call_2", "call_3"] == rows(
        project, "SELECT call_id FROM calls ORDER BY started"
    )
    assert 4 == rows(project, "SELECT count(*) FROM messages")[0]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_call_from_two_databases(project: Path, tmp_path: Path, order: tuple[int, int]) -> None:
    """A backup of 1.x and a database that has only the tables of 2.x: in any order, each once."""
    before = two_calls(tmp_path / "before.db", project).close()
    after = tmp_path / "after.db"
    after.write_bytes(before.read_bytes())
    v2 = _migrated(after, project)
    for table in ("part", "message", "session"):
        v2.db.execute(f"DROP TABLE {table}")
    pair = (before, v2.close())

    both = merge_project(project, *(pair[index] for index in order), store=tmp_path / "both")
    for index in order:
        apart = merge_project(project, pair[index], store=tmp_path / "apart")

    assert (1, 2) == (both.sessions, both.calls) == (apart.sessions, apart.calls)
    assert contents(project, tmp_path / "both") == contents(project, tmp_path / "apart")


def test_a_fork_is_told_by_its_columns(project: Path, tmp_path: Path) -> None:
    """Rows up to the boundary are copies under new ids with the old `seq`; later ones are not."""
    database = V2Rows(tmp_path / "opencode.db", project)
    database.session("ses_a")
    calls = [tool("bash", f"call_{n}", at=START + 1000 * n) for n in (1, 2, 3)]
    original = [
        database.message("ses_a", "assistant", call, at=START + n, completed=START + n + 5000)
        for n, call in enumerate(calls)
    ]
    # The fork's clock says nothing: its session is as old as the original.
    database.session("ses_b", fork_of="ses_a", boundary=original[1])
    for n, call in enumerate(calls[:2]):
        database.message(
            "ses_b", "assistant", call, at=START + n, completed=START + n + 5000, seq=n
        )
    own = tool("bash", "call_4", at=START + 9000)
    database.message("ses_b", "assistant", own, at=START + 8000, completed=START + 9999)

    summary = merge_project(project, database.close())

    assert (4, 2) == (summary.calls, summary.copies)
    assert [("ses_a", 3), ("ses_b", 1)] == rows(
        project, "SELECT session_id, count(*) FROM messages WHERE counted = 1 GROUP BY 1 ORDER BY 1"
    )


@pytest.mark.parametrize("column", ["fork_message_id", None])
def test_a_fork_without_the_column(project: Path, tmp_path: Path, column: str | None) -> None:
    """The boundary has another name in some versions; without any, the times tell."""
    database = V2Rows(tmp_path / "opencode.db", project)
    call = tool("bash", "call_1", at=START + 100)
    database.session("ses_a")
    message = database.message("ses_a", "assistant", call, at=START, completed=START + 500)
    database.session("ses_b", at=START + 60_000, fork_of="ses_a", boundary=message)
    database.message("ses_b", "assistant", call, at=START, completed=START + 500, seq=0)
    change = f"RENAME COLUMN fork_boundary TO {column}" if column else "DROP COLUMN fork_boundary"
    database.db.execute(f"ALTER TABLE session_v2 {change}")

    summary = merge_project(project, database.close())

    assert (1, 1) == (summary.calls, summary.copies)


def test_columns_that_are_missing_are_unknown(project: Path, tmp_path: Path) -> None:
    """A version that lacks columns is read all the same."""
    database = V2Rows(tmp_path / "opencode.db", project)
    database.message(
        database.session("ses_a"), "assistant", tool("read", "c", at=START), at=START, completed=1
    )
    for column in ("parent_id", "title", "time_updated", "time_archived", "fork_session_id"):
        database.db.execute(f"ALTER TABLE session_v2 DROP COLUMN {column}")
    for column in ("seq", "time_created", "time_updated"):
        database.db.execute(f"ALTER TABLE session_message DROP COLUMN {column}")

    assert 1 == merge_project(project, database.close()).calls
    assert [(None, None)] == rows(project, "SELECT title, updated FROM sessions")


def test_a_message_that_is_being_written(project: Path, tmp_path: Path) -> None:
    """Calls that are added to a message, and end in it, arrive with the next merge."""
    database = V2Rows(tmp_path / "opencode.db", project)
    session = database.session()
    message = database.message(session, "assistant", at=START)
    merge_project(project, database.path)
    database.message(session, "system", at=START + 1)

    running = tool("bash", "call_1", at=START + 100, ms=None, status="running")
    database.change(message, running, at=START + 100, completed=False)
    merge_project(project, database.path)
    assert [("call_1", "bash", "running", None)] == rows(project, CALLS)

    # It ends, and another one begins and ends, in one go.
    done = [tool("bash", f"call_{n}", at=START + 100 * n) for n in (1, 2)]
    database.change(message, *done, at=START + 500, completed=True)
    merge_project(project, database.path)
    assert ["succeeded", "succeeded"] == rows(project, "SELECT outcome FROM calls")

    summary = merge_project(project, database.close())
    assert (2, 0, 0) == (summary.calls, summary.changed_sessions, summary.malformed)


def test_a_call_that_outlives_its_message(project: Path, tmp_path: Path) -> None:
    """A call still running when its message is complete is read again until it ends."""
    database = V2Rows(tmp_path / "opencode.db", project)
    running = tool("task", "call_1", at=START + 100, ms=None, status="running")
    message = database.message(
        database.session(), "assistant", running, at=START, completed=START + 200
    )
    merge_project(project, database.path)
    database.change(message, tool("task", "call_1", at=START + 100), at=START + 999, completed=True)

    merge_project(project, database.close())

    assert [("call_1", "task", "succeeded", None)] == rows(project, CALLS)


def test_an_unknown_newer_layout_is_named(project: Path, tmp_path: Path) -> None:
    """Tables of a later version are named in a warning; what is known beside them is read."""
    database = two_calls(tmp_path / "opencode.db", project)
    database.db.execute("CREATE TABLE session_v3 (id text PRIMARY KEY, data text)")
    assert [] == merge_project(project, database.path).warnings

    database.db.execute("INSERT INTO session_v3 VALUES ('ses_new', '{}')")
    summary = merge_project(project, database.close())

    assert 2 == summary.calls
    (warning,) = summary.warnings
    assert "session_v3" in warning


def test_a_layout_of_which_nothing_is_known(project: Path, tmp_path: Path) -> None:
    """With nothing but unknown tables nothing is read, and the warning says so."""
    path = tmp_path / "opencode.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE session_message (key text, body text)")
        connection.execute("INSERT INTO session_message VALUES ('a', '{}')")
    connection.close()

    summary = merge_project(project, path)

    assert 0 == summary.calls
    assert "session_message" in summary.warnings[0]
