"""Rows that were not finished when they were read, and that several databases hold."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows


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


def _finish(database: Rows, message: str = "msg_a", call: str = "prt_a", *, later_ms: int) -> None:
    """End the turn: the command failed, and the message has a price."""

    def finish_message(data: dict) -> None:  # type: ignore[type-arg]
        data["cost"] = 5
        data["time"]["completed"] = START + 900

    def finish_call(data: dict) -> None:  # type: ignore[type-arg]
        data["state"] |= {"status": "completed", "output": "", "metadata": {"exit": 3}}
        data["state"]["time"]["end"] = START + 800

    _write(database, "message", message, finish_message, later_ms)
    _write(database, "part", call, finish_call, later_ms)


def _write(
    database: Rows, table: str, row_id: str, change: Callable[[Any], object], later_ms: int = 0
) -> None:
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


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("begin", "finish", "finish", "text", "copy", "merge copy", "merge live")),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=14,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_backups_in_any_order_end_in_the_same_store(steps: list[tuple[str, int, bool]]) -> None:
    """Whenever backups are made and merged, in the end the store says what a new one says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = folder / "project"
        (project / ".opencode").mkdir(parents=True)
        live = Rows(folder / "m.db", project)
        live.session("ses_a", at=START)
        copies: list[Path] = []
        merged: set[Path] = {live.path}
        calls: list[tuple[str, str]] = []
        users: list[str] = []
        for number, (step, which, moves) in enumerate(steps):
            if step == "begin":
                users.append(live.message("ses_a", at=START + number * 50, role="user"))
                message = live.message("ses_a", at=START + number * 50 + 1, cost=0)
                _write(live, "message", message, lambda data: data["time"].pop("completed"))
                at = START + number * 50 + 2
                call = live.call(
                    *("ses_a", "bash", f"c{number}"),
                    at=at,
                    ms=None,
                    status="running",
                    message=message,
                )
                calls.append((message, call))
            elif step == "finish" and calls:
                _finish(live, *calls.pop(which % len(calls)), later_ms=900 * moves)
            elif step == "text" and users:
                message = users.pop(which % len(users))
                live.part(message, "ses_a", {"type": "text", "text": "do it"}, at=START)
            elif step == "copy" and len(copies) < 4:
                # Some sort before the live one, some behind it.
                copies.append(_copy(live, folder / f"{'anz'[which % 3]}{number}.db"))
            elif step == "merge copy" and copies:
                path = copies[which % len(copies)]
                merged.add(path)
                merge_project(project, path, journals=[])
            elif step == "merge live":
                merge_project(project, live.path, journals=[])
        merge_project(project, live.path, journals=[])
        fresh = folder / "fresh.db"
        merge_project(project, *sorted(merged), journals=[], store=fresh)

        assert contents(project, fresh) == contents(project)
        live.close()
