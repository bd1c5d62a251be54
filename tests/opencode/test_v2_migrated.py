"""A history of 1.x that OpenCode 2 migrated, and that went on in both: each thing counts once."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ..merging import merge_project, rows
from ..opencode_rows import START, Rows
from ..opencode_v2_history import History, shell


def _migrate(path: Path, project: Path) -> History:
    """What the importer of 2.0 makes of the tables of 1.x, which it leaves as they are."""
    v2 = History(path, project)
    for session, parent, created in v2.db.execute(
        "SELECT id, parent_id, time_created FROM session"
    ):
        v2.at = created
        v2.session(session, parent=parent)
    messages = v2.db.execute(
        "SELECT id, session_id, time_created, time_updated, data FROM message ORDER BY rowid"
    ).fetchall()
    for message, session, created, updated, text in messages:
        body = json.loads(text)
        v2.at = created
        if body["role"] == "user":
            v2.row(session, "user", row_id=message, text="do it")
            continue
        parts = v2.db.execute("SELECT data FROM part WHERE message_id = ?", (message,))
        data = {
            "agent": body["agent"],
            "model": {"id": body["modelID"], "providerID": body["providerID"]},
            "content": [_migrated(json.loads(part)) for (part,) in parts],
            "cost": body["cost"],
            "tokens": body["tokens"],
            # Not the message's end, but the time of its row.
            "time": {"completed": updated},
        }
        v2.row(session, "assistant", row_id=message, **data)
    v2.at = START + 10_000_000
    return v2


def _migrated(part: dict[str, Any]) -> dict[str, Any]:
    """A call keeps its old name, input and metadata; its time is that of its state."""
    state, times = part["state"], part["state"]["time"]
    kept = {"status": state["status"], "input": state["input"], "metadata": state["metadata"]}
    kept["content"] = [{"type": "text", "text": state["output"]}]
    return {
        "type": "tool",
        "id": part["callID"],
        "name": part["tool"],
        "state": kept,
        "time": {"created": times["start"], "completed": times["end"]},
    }


def _of_v1(path: Path, project: Path) -> Rows:
    """A session of three calls, and a fork of 1.x with copies of the first two of them."""
    v1 = Rows(path, project)
    v1.session("ses_a")
    v1.user("ses_a", at=START + 10)
    for number in (1, 2, 3):
        v1.call("ses_a", "bash", f"call_{number}", at=START + 1000 * number)
    v1.session("ses_b", at=START + 60_000)
    for number in (1, 2):
        v1.call("ses_b", "bash", f"call_{number}", at=START + 1000 * number)
    v1.call("ses_b", "bash", "call_b", at=START + 70_000)
    # The row of a message is written some ms after its end.
    v1.db.execute("UPDATE message SET time_updated = time_created + 2000")
    return v1


def _counted(project: Path, store: Path | None = None) -> list[Any]:
    calls = rows(
        project,
        "SELECT session_id, count(*), sum(counted) FROM calls GROUP BY 1 ORDER BY 1",
        store=store,
    )
    messages = rows(project, "SELECT sum(counted), sum(copied) FROM messages", store=store)
    return [*calls, *messages]


@pytest.mark.parametrize("keeps_v1", [True, False])
def test_a_history_that_went_on_in_both_counts_once(
    project: Path, tmp_path: Path, keeps_v1: bool
) -> None:
    """Migrated, continued in 2.x and in 1.x, forked in both: nothing counts twice.

    The copies that 2.x makes of migrated messages have other ends than these in 1.x.
    """
    v1 = _of_v1(tmp_path / "opencode.db", project)
    v2 = _migrate(v1.path, project)
    # 2.x goes on, and forks the session, and the fork.
    late = v2.step("ses_a", shell("call_4", at=v2.at, exit=0))
    v2.pass_time(1000)
    fork = v2.fork("ses_a", late)
    v2.step(fork, shell("call_5", at=v2.at, exit=0))
    v2.pass_time(1000)
    (last,) = v2.db.execute(
        "SELECT id FROM session_message WHERE session_id = ? ORDER BY seq DESC LIMIT 1", (fork,)
    ).fetchone()
    again = v2.fork(fork, last)
    v2.close()
    if keeps_v1:
        # 1.x is started again, goes on, and forks what it knows; 2.x never sees that.
        v1.call("ses_a", "bash", "call_6", at=START + 20_000_000)
        v1.session("ses_c", at=START + 21_000_000)
        for number in (1, 2, 3):
            v1.call("ses_c", "bash", f"call_{number}", at=START + 1000 * number)
    v1.close()
    if not keeps_v1:
        with sqlite3.connect(v1.path) as db:
            for table in ("part", "message", "session"):
                db.execute(f"DROP TABLE {table}")
        db.close()

    merge_project(project, v1.path)

    known = [("ses_a", 4, 4), ("ses_b", 3, 1), (fork, 5, 1), (again, 5, 0)]
    if keeps_v1:
        known = [("ses_a", 5, 5), ("ses_b", 3, 1), ("ses_c", 3, 0), *known[2:]]
    messages = sum(counted for _, _, counted in known) + 1  # and the user's
    copies = sum(count - counted for _, count, counted in known) + 2  # the user's, in two forks
    assert sorted(known) == _counted(project)[:-1]
    assert [(messages, copies)] == _counted(project)[-1:]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_backup_and_what_came_after_count_once(
    project: Path, tmp_path: Path, order: tuple[int, int]
) -> None:
    """The database of 1.x, and one with nothing but the tables of 2.x, in any order."""
    before = _of_v1(tmp_path / "before.db", project).close()
    after = tmp_path / "after.db"
    after.write_bytes(before.read_bytes())
    v2 = _migrate(after, project)
    v2.step("ses_a", shell("call_4", at=v2.at, exit=0))
    for table in ("part", "message", "session"):
        v2.db.execute(f"DROP TABLE {table}")
    pair = (before, v2.close())

    merge_project(project, *(pair[each] for each in order))

    assert [("ses_a", 4, 4), ("ses_b", 3, 1)] == _counted(project)[:-1]
