"""Tool calls straight from OpenCode's tables: what the tests hold the scenario against.

Deliberately none of the package's own readers: a test must not share a mistake with what it tests.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scripted.opencode2_words import calls_in


@dataclass(frozen=True)
class ToolPart:
    """One tool call of the database, with the message that it stands in."""

    session_id: str
    call_id: str
    tool: str
    state: dict[str, Any]
    message: dict[str, Any]
    copy: bool

    @property
    def outcome(self) -> str:
        """Its outcome, in the words of the scenario."""
        if self.state["status"] == "running":
            return "running"
        if self.tool == "invalid":
            return "invalid"
        if self.state["status"] == "error":
            # 1.2 makes an error of a command that the user aborts; 1.14 completes it.
            return "cancelled" if self.state["error"] == "Tool execution aborted" else "failed"
        code = self.state["metadata"].get("exit", 0) if self.tool == "bash" else 0
        if code is None:
            aborted = "User aborted the command" in self.state["output"]
            return "cancelled" if aborted else "timed_out"
        return "succeeded" if code == 0 else "failed"


def tool_parts(database: Path) -> list[ToolPart]:
    """Every tool call in the order of its start, copies included."""
    rows = _rows(database, "part.data like '%callID%'")
    parts = []
    for row in rows:
        data, message = json.loads(row["data"]), json.loads(row["message"])
        if data["type"] == "tool":
            copy = message["time"]["created"] < row["session_created"]
            call_id = data["callID"].strip()
            parts.append(
                ToolPart(row["session_id"], call_id, data["tool"], data["state"], message, copy)
            )
    for row in _rows_of_2(database):
        message = json.loads(row["data"])
        copy = row["time_created"] < row["session_created"]
        for call_id, tool, state in calls_in(row["data"]):
            parts.append(ToolPart(row["session_id"], call_id, tool, state, message, copy))
    return sorted(parts, key=lambda part: part.state["time"]["start"])


def step_tokens(database: Path) -> list[tuple[str, int, int, int]]:
    """(session id, input, output, cache read) of every model step that is no copy."""
    found = []
    for row in _rows(database, "part.data like '%step-finish%'"):
        data, message = json.loads(row["data"]), json.loads(row["message"])
        if data["type"] == "step-finish" and message["time"]["created"] >= row["session_created"]:
            tokens = data["tokens"]
            found.append(
                (row["session_id"], tokens["input"], tokens["output"], tokens["cache"]["read"])
            )
    for row in _rows_of_2(database):
        tokens = json.loads(row["data"]).get("tokens")
        if tokens and row["time_created"] >= row["session_created"]:
            cached = tokens["cache"]["read"]
            found.append((row["session_id"], tokens["input"], tokens["output"], cached))
    return found


def _rows_of_2(database: Path) -> list[sqlite3.Row]:
    """The messages of a database that OpenCode 2 wrote."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        if not connection.execute(
            "select 1 from sqlite_master where name = 'session_v2'"
        ).fetchone():
            return []
        return connection.execute(
            "select m.session_id, m.data, m.time_created, s.time_created as session_created"
            " from session_message m join session_v2 s on s.id = m.session_id"
            " where m.type = 'assistant' order by m.session_id, m.seq"
        ).fetchall()
    finally:
        connection.close()


def _rows(database: Path, condition: str) -> list[sqlite3.Row]:
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        if not connection.execute("select 1 from sqlite_master where name = 'part'").fetchone():
            return []
        return connection.execute(
            "select part.session_id, part.data, message.data as message,"
            " session.time_created as session_created"
            " from part join message on message.id = part.message_id"
            " join session on session.id = part.session_id"
            f" where {condition}"
        ).fetchall()
    finally:
        connection.close()
