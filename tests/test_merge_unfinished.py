"""Rows that were not finished when they were read, and that several databases hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .merging import contents, merge_project, rows
from .opencode_rows import START, Rows


def _during_a_turn(path: Path, project: Path) -> Rows:
    """A database with a message and a bash command that are under way."""
    database = Rows(path, project)
    database.session("ses_a", at=START)
    message = database.message("ses_a", at=START, message_id="msg_a", cost=0)
    _write(database, "message", message, lambda data: data["time"].pop("completed"))
    database.call(
        *("ses_a", "bash", "call_1"),
        at=START + 1,
        ms=None,
        status="running",
        message=message,
        part_id="prt_a",
    )
    return database


def _finish(database: Rows, *, later_ms: int) -> None:
    """End the turn: the command failed, and the message has a price."""

    def finish_message(data: dict) -> None:  # type: ignore[type-arg]
        data["cost"] = 5
        data["time"]["completed"] = START + 900

    def finish_call(data: dict) -> None:  # type: ignore[type-arg]
        data["state"] |= {"status": "completed", "output": "", "metadata": {"exit": 3}}
        data["state"]["time"]["end"] = START + 800

    _write(database, "message", "msg_a", finish_message, later_ms)
    _write(database, "part", "prt_a", finish_call, later_ms)


def _write(database: Rows, table: str, row_id: str, change, later_ms: int = 0) -> None:  # type: ignore[no-untyped-def]
    (text,) = database.db.execute(f"SELECT data FROM {table} WHERE id = ?", (row_id,)).fetchone()
    data = json.loads(text)
    change(data)
    database.db.execute(
        f"UPDATE {table} SET data = ?, time_updated = time_updated + ? WHERE id = ?",
        (json.dumps(data), later_ms, row_id),
    )


def _copy(database: Rows, target: Path) -> Path:
    database.db.execute("VACUUM INTO ?", (str(target),))
    return target


def _state(project: Path) -> list[object]:
    return rows(project, "SELECT cost, outcome, reason FROM messages JOIN calls USING (message_id)")


# The path that sorts later used to win, and was the only one that was looked into again.
@pytest.mark.parametrize("backup", ["a.db", "z.db"])
# Where the clock did not move on, only the state says which is newer.
@pytest.mark.parametrize("later_ms", [0, 900])
def test_a_turn_ends_after_a_backup_was_merged(
    project: Path, tmp_path: Path, backup: str, later_ms: int
) -> None:
    """Merge the live database during a turn, then a backup that holds the same rows; what the live
    one says when the turn is over is what counts, and the backup can't take it back.
    """
    live = _during_a_turn(tmp_path / "live.db", project)
    copy = _copy(live, tmp_path / backup)
    merge_project(project, live.path)
    merge_project(project, copy)
    assert [(0, "running", None)] == _state(project)

    _finish(live, later_ms=later_ms)
    merge_project(project, live.path)

    assert [(5, "failed", "exit 3")] == _state(project)
    merge_project(project, copy)
    merge_project(project, live.path, copy)
    assert [(5, "failed", "exit 3")] == _state(project)
    fresh = tmp_path / "fresh.db"
    merge_project(project, copy, live.path, store=fresh)
    assert contents(project, fresh) == contents(project)
    live.close()


def test_a_text_comes_after_a_backup_was_merged(project: Path, tmp_path: Path) -> None:
    """A user's message begins a turn once its text is there, though its own row stays as it was."""
    live = Rows(tmp_path / "live.db", project)
    live.session("ses_a", at=START)
    message = live.message("ses_a", at=START, role="user")
    copy = _copy(live, tmp_path / "z.db")
    merge_project(project, live.path)
    merge_project(project, copy)

    live.part(message, "ses_a", {"type": "text", "text": "do it"}, at=START)
    merge_project(project, live.path)

    assert [1] == rows(project, "SELECT opens_turn FROM messages")
    fresh = tmp_path / "fresh.db"
    merge_project(project, live.path, copy, store=fresh)
    assert contents(project, fresh) == contents(project)
    live.close()
