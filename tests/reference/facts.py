"""What stands in OpenCode's databases and in the journals, read row by row.

A source that is read several times while it changes leaves what was seen last of every row: what
was deleted after it was seen stays.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass
class Facts:
    """Rows by their ids."""

    sessions: dict[str, Row] = field(default_factory=dict)
    messages: dict[str, Row] = field(default_factory=dict)
    calls: dict[str, Row] = field(default_factory=dict)
    events: dict[str, Row] = field(default_factory=dict)

    def see_database(self, path: Path, inside: Path | None) -> None:
        """Read a database as it is now; only sessions of this folder, or below, if one is given."""
        with closing(sqlite3.connect(path)) as database:
            ours = set()
            for session, parent, folder, created, updated in database.execute(
                "SELECT id, parent_id, directory, time_created, time_updated FROM session"
            ).fetchall():
                if inside is None or Path(folder) == inside or inside in Path(folder).parents:
                    ours.add(session)
                    self.sessions[session] = {
                        "id": session,
                        "parent": parent,
                        "folder": folder,
                        "created": created,
                        "updated": updated,
                    }
            texts: dict[str, list[Row]] = {}
            parts = database.execute(
                "SELECT id, message_id, session_id, time_updated, data FROM part"
            ).fetchall()
            for part, message, session, updated, data in parts:
                body = json.loads(data)
                if (
                    body["type"] == "tool"
                    and session in ours
                    and _is_newer(updated, self.calls, part)
                ):
                    self.calls[part] = _call(part, message, session, updated, body)
                texts.setdefault(message, []).append(body)
            for message, session, updated, data in database.execute(
                "SELECT id, session_id, time_updated, data FROM message"
            ).fetchall():
                if session in ours and _is_newer(updated, self.messages, message):
                    row = _message(message, session, updated, json.loads(data))
                    row["turn"] = row["role"] == "user" and any(
                        part["type"] == "text" and not part.get("synthetic")
                        for part in texts.get(message, ())
                    )
                    self.messages[message] = row

    def see_journal(self, path: Path, project: Path) -> None:
        """Read a journal as it is now."""
        if path.exists():
            for event in json.loads(path.read_bytes())["events"]:
                self.events[event["id"]] = {**event, "project": str(project)}


def _is_newer(updated: int, known: dict[str, Row], row: str) -> bool:
    """A backup is older than what was seen of a session that was deleted since."""
    return row not in known or known[row]["updated"] <= updated


def _message(message: str, session: str, updated: int, body: Row) -> Row:
    tokens = body.get("tokens") or {}
    provider, model = body.get("providerID"), body.get("modelID")
    return {
        "id": message,
        "session": session,
        "updated": updated,
        "role": body["role"],
        "created": body["time"]["created"],
        "completed": body["time"].get("completed"),
        "model": f"{provider}/{model}" if provider and model else model,
        "input": tokens.get("input"),
        "output": tokens.get("output"),
        "cached": (tokens.get("cache") or {}).get("read"),
        "cost": body.get("cost"),
        "error": (body.get("error") or {}).get("name"),
    }


def _call(part: str, message: str, session: str, updated: int, body: Row) -> Row:
    state = body["state"]
    given, metadata = state.get("input") or {}, state.get("metadata") or {}
    start, end = state["time"].get("start"), state["time"].get("end")
    outcome = _outcome(body["tool"], state, metadata)
    tool = given["tool"] if body["tool"] == "invalid" else body["tool"]
    return {
        "id": part,
        "message": message,
        "session": session,
        "updated": updated,
        "call_id": body["callID"].strip() or None,
        "tool": tool,
        "outcome": outcome,
        "start": start,
        "end": None if outcome == "running" else end,
        "ms": None if start is None or end is None else end - start,
        "skill": given.get("name") if tool == "skill" else None,
        "loaded": state.get("output") if tool == "skill" and outcome == "succeeded" else None,
        "file": given.get("filePath"),
        "command": given.get("command"),
        "script": _script(tool, given.get("command") or "", state),
        "child": metadata.get("sessionId") if tool == "task" else None,
    }


def _script(tool: str, command: str, state: Row) -> str | None:
    """The skill of which a command ran a file; an error is no exit code, and ran nothing."""
    ran = state["status"] != "error" or state["error"].startswith("Tool execution aborted")
    runs = tool == "bash" and command.startswith("python .opencode/skills/") and ran
    return command.split("/")[2] if runs else None


def _outcome(tool: str, state: Row, metadata: Row) -> str:
    """As in the table of docs/reports/index.md, without `abandoned`."""
    if state["status"] in ("pending", "running"):
        return "running"
    if tool == "invalid":
        return "invalid"
    if state["status"] == "completed":
        if tool != "bash" or metadata.get("exit", 0) == 0:
            return "succeeded"
        if metadata["exit"] is None:
            return "timed_out" if "exceeding timeout" in state["output"] else "cancelled"
        return "failed"
    if metadata.get("interrupted") or state["error"].startswith("Tool execution aborted"):
        return "cancelled"
    return "failed"
