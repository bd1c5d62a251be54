"""What a database holds, in numbers, with nothing of what was written in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import DatabaseError
from tachikoma_telemetry.opencode.census import take_census

from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool


def test_types_states_and_errors_are_counted(tmp_path: Path) -> None:
    """Of both generations in one file; each session is counted once."""
    path = tmp_path / "opencode.db"
    old = Rows(path, tmp_path)
    session = old.session()
    old.user(session, at=START)
    message = old.message(session, at=START)
    old.call(session, "bash", "b0", at=START, message=message)
    old.close()
    new = V2Rows(path, tmp_path)
    later = new.session()
    rejected = {"type": "permission.rejected", "message": "Unable to execute: rm -rf /"}
    calls = (
        tool("shell", "c0", at=START),
        tool("shell", "c1", at=START),
        tool("secret_tool", "c2", at=START, status="error", error=rejected),
    )
    new.message(later, "assistant", *calls, {"type": "text", "text": "secret"}, at=START)
    new.message(later, "idle", at=START, outcome="failed")
    new.message(later, "brand-new", at=START)
    census = take_census(new.close())

    assert (["v1", "v2"], []) == (census.storages, census.unknown)
    assert {"2.0.8": 1} == {key: census.versions[key] for key in ("2.0.8",)}
    assert 2 == sum(census.versions.values())
    assert {"user": 1, "assistant": 1} == census.rows["message"]
    assert 1 == census.rows["part"]["tool completed"]
    assert {"assistant": 1, "idle failed": 1, "brand-new": 1} == census.rows["session_message"]
    assert {
        "tool completed": 2,
        "tool error permission.rejected": 1,
        "text": 1,
    } == census.rows["content of session_message"]
    assert "secret" not in str(census)


def test_what_is_no_word_of_opencodes_is_other(tmp_path: Path) -> None:
    """No JSON, no object, a sentence for a type, and more types than there can be."""
    rows = V2Rows(tmp_path / "opencode.db", tmp_path)
    session = rows.session()
    rows.message(session, "a whole sentence", at=START)
    rows.message(session, "ünï", at=START)
    rows.message(session, "ghp_" + "a1B2" * 9, at=START)
    rows.message(session, "assistant", at=START, content=[None, 3, [], {}, {"type": {"a": 1}}])
    for number in range(300):
        rows.message(session, f"kind{number}", at=START)
    broken = rows.message(session, "assistant", at=START)
    rows.db.execute("UPDATE session_message SET data = '{' WHERE id = ?", (broken,))
    rows.db.execute("UPDATE session_v2 SET version = 'Ada''s own'")
    census = take_census(rows.close())

    assert {"other": 1} == census.versions
    kinds = census.rows["session_message"]
    assert 305 == sum(kinds.values())
    assert len(kinds) < 210
    assert kinds["other"] > 90
    assert not any("ghp_" in kind for kind in kinds)
    assert {"other": 2} == census.rows["content of session_message"]


def test_a_row_of_any_length_is_counted(tmp_path: Path) -> None:
    """Without being read: memory stays bounded."""
    rows = V2Rows(tmp_path / "opencode.db", tmp_path)
    session = rows.session()
    for _ in range(40):
        rows.message(session, "user", at=START)
    rows.message(session, "user", at=START, more="x" * (17 << 20))
    rows.message(session, "user", at=START)
    kinds = take_census(rows.close()).rows["session_message"]
    assert {"user": 41, "longer_than_16_MiB": 1} == kinds


def test_an_absurd_rowid_does_not_keep_it(tmp_path: Path) -> None:
    rows = V2Rows(tmp_path / "opencode.db", tmp_path)
    session = rows.session()
    for number in (-(1 << 62), 0, (1 << 63) - 1):
        message = rows.message(session, "user", at=START)
        rows.db.execute("UPDATE session_message SET rowid = ? WHERE id = ?", (number, message))
    assert {"user": 3} == take_census(rows.close()).rows["session_message"]


def test_what_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "opencode.db").write_text("no database")
    with pytest.raises(DatabaseError):
        take_census(tmp_path / "opencode.db")
    planted = sqlite3.connect(tmp_path / "planted.db")
    planted.executescript(
        "CREATE TABLE session_v2 (id text PRIMARY KEY) WITHOUT ROWID;"
        "CREATE TABLE session_message (id text PRIMARY KEY, data) WITHOUT ROWID;"
    )
    planted.close()
    with pytest.raises(DatabaseError):
        take_census(tmp_path / "planted.db")
