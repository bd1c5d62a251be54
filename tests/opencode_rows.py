"""OpenCode databases made row by row, in the layout of a real 1.18 (the columns that matter)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE session (
    id text PRIMARY KEY, project_id text NOT NULL, parent_id text, slug text NOT NULL,
    directory text NOT NULL, title text NOT NULL, version text NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
CREATE TABLE message (
    id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE part (
    id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE todo (
    session_id text NOT NULL, content text NOT NULL, status text NOT NULL,
    priority text NOT NULL, position integer NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, PRIMARY KEY (session_id, position));
CREATE INDEX part_session_idx ON part (session_id);
CREATE INDEX part_message_id_id_idx ON part (message_id, id);
"""

START = 1_795_000_000_000


class WrittenDatabase:
    """A database that a test writes; every method returns the id of the row that it wrote."""

    tables = _TABLES
    mark = ""

    def __init__(self, path: Path, directory: str | Path) -> None:
        self.path = path
        # Ids are unique over all databases, as OpenCode's are.
        self._prefix = f"{path.stem}{self.mark}"
        self.directory = str(directory)
        self.db = sqlite3.connect(path, isolation_level=None)
        # A row is there for who reads it, be it on the disk or not.
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.executescript(self.tables)
        self._number = 0

    def close(self) -> Path:
        """Close the connection; the database's path."""
        self.db.close()
        return self.path

    def _id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self._prefix}{self._number:06d}"


class Rows(WrittenDatabase):
    """Writes sessions, messages and parts of 1.x."""

    def session(
        self,
        session_id: str | None = None,
        *,
        at: int = START,
        parent: str | None = None,
        title: str = "A session",
        directory: str | None = None,
    ) -> str:
        """A session begun at `at` (ms)."""
        session_id = session_id or self._id("ses")
        self.db.execute(
            "INSERT INTO session VALUES (?, 'global', ?, 'slug', ?, ?, '1.18.33', ?, ?, NULL)",
            (session_id, parent, directory or self.directory, title, at, at),
        )
        return session_id

    def message(
        self,
        session: str,
        *,
        at: int,
        role: str = "assistant",
        model: str = "zai/glm-4.7",
        tokens: tuple[int, int] = (100, 10),
        cost: float = 0.001,
        completed: int | None = None,
        message_id: str | None = None,
        **data: Any,
    ) -> str:
        """A message created at `at` (ms); `tokens` are input and output."""
        message_id = message_id or self._id("msg")
        body: dict[str, Any] = {"role": role, "time": {"created": at}, "agent": "build"}
        if role == "assistant":
            provider, _, name = model.partition("/")
            body["time"]["completed"] = completed if completed is not None else at + 1000
            body |= {
                "modelID": name,
                "providerID": provider,
                "cost": cost,
                "tokens": {
                    "input": tokens[0],
                    "output": tokens[1],
                    "reasoning": 0,
                    "cache": {"read": 0, "write": 0},
                },
            }
        body |= data
        self.db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
            (message_id, session, at, at, json.dumps(body, separators=(",", ":"))),
        )
        return message_id

    def user(self, session: str, *, at: int, text: str = "do it", synthetic: bool = False) -> str:
        """A user message with one text part."""
        message = self.message(session, at=at, role="user")
        part: dict[str, Any] = {"type": "text", "text": text}
        if synthetic:
            part["synthetic"] = True
        self.part(message, session, part, at=at)
        return message

    def part(
        self, message: str, session: str, data: Any, *, at: int, part_id: str | None = None
    ) -> str:
        """A part with any data."""
        part_id = part_id or self._id("prt")
        text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
        self.db.execute(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", (part_id, message, session, at, at, text)
        )
        return part_id

    def call(
        self,
        session: str,
        tool: str,
        call_id: str,
        *,
        at: int,
        ms: int | None = 100,
        status: str = "completed",
        message: str | None = None,
        given: dict[str, Any] | None = None,
        output: str = "",
        error: str | None = None,
        metadata: dict[str, Any] | None = None,
        model: str = "zai/glm-4.7",
        part_id: str | None = None,
    ) -> str:
        """A tool call from `at` for `ms` (None: it runs), by default in a message of its own."""
        end = None if ms is None else at + ms
        if metadata is None:
            metadata = {"exit": 0} if tool == "bash" and status == "completed" else {}
        message = message or self.message(session, at=at - 10, model=model, completed=end)
        state: dict[str, Any] = {
            "status": status,
            "input": given or {},
            "metadata": metadata,
            "time": {"start": at} | ({} if end is None else {"end": end}),
        }
        state |= {"error": error} if error is not None else {"output": output}
        data = {"type": "tool", "tool": tool, "callID": call_id, "state": state}
        return self.part(message, session, data, at=at, part_id=part_id)
