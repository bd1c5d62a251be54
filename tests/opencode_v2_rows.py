"""Rows of OpenCode 2: `session_v2` and `session_message`, alone or beside those of 1.x."""

from __future__ import annotations

import json
from typing import Any

from .opencode_rows import START, WrittenDatabase

_TABLES = """
CREATE TABLE IF NOT EXISTS session_v2 (
    id text PRIMARY KEY, project_id text NOT NULL, parent_id text, fork_session_id text,
    fork_boundary text, slug text NOT NULL, directory text NOT NULL, title text,
    version text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL,
    time_idle integer, idle_outcome text, time_archived integer);
CREATE TABLE IF NOT EXISTS session_message (
    id text PRIMARY KEY, session_id text NOT NULL, type text NOT NULL, seq integer NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
"""


class V2Rows(WrittenDatabase):
    """Writes sessions and messages; every method returns the new row's id."""

    tables = _TABLES
    mark = "v2"  # rows of 1.x may be in the same database

    def session(
        self,
        session_id: str | None = None,
        *,
        at: int = START,
        parent: str | None = None,
        fork_of: str | None = None,
        boundary: str | None = None,
        title: str = "A session",
    ) -> str:
        """A session begun at `at` (ms), or a fork that copied all up to the message `boundary`."""
        session_id = session_id or self._id("ses")
        self.db.execute(
            "INSERT INTO session_v2 VALUES (?, 'global', ?, ?, ?, 'slug', ?, ?, '2.0.8', ?, ?, "
            "NULL, NULL, NULL)",
            (session_id, parent, fork_of, boundary, self.directory, title, at, at),
        )
        return session_id

    def message(
        self,
        session: str,
        kind: str = "assistant",
        *content: dict[str, Any],
        at: int,
        completed: int | None = None,
        tokens: tuple[int, int] = (100, 10),
        message_id: str | None = None,
        seq: int | None = None,
        **data: Any,
    ) -> str:
        """A message with its content; an assistant's is complete when `completed` is given (ms)."""
        message_id = message_id or self._id("msg")
        if seq is None:
            (seq,) = self.db.execute(
                "SELECT coalesce(max(seq), -1) + 1 FROM session_message WHERE session_id = ?",
                (session,),
            ).fetchone()
        body: dict[str, Any] = {"time": {"created": at}}
        if kind == "assistant":
            body |= {"agent": "build", "model": {"id": "glm-4.7", "providerID": "zai"}}
            body |= {"content": list(content)}
            if completed is not None:
                body["time"]["completed"] = completed
                cache = {"read": 5, "write": 0}
                used = {"input": tokens[0], "output": tokens[1], "reasoning": 0, "cache": cache}
                body |= {"cost": 0.001, "tokens": used}
        else:
            body["text"] = "do it"
        body |= data
        self.db.execute(
            "INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)",
            (message_id, session, kind, seq, at, completed or at, json.dumps(body)),
        )
        return message_id

    def change(self, message: str, *content: dict[str, Any], at: int, completed: bool) -> None:
        """Write an assistant's message again, as OpenCode does while it works."""
        (data,) = self.db.execute(
            "SELECT data FROM session_message WHERE id = ?", (message,)
        ).fetchone()
        body = json.loads(data) | {"content": list(content)}
        if completed:
            body["time"]["completed"] = at
        self.db.execute(
            "UPDATE session_message SET data = ?, time_updated = ? WHERE id = ?",
            (json.dumps(body), at, message),
        )


def tool(
    name: str,
    call_id: str,
    *,
    at: int,
    ms: int | None = 100,
    status: str = "completed",
    given: Any = None,
    output: str = "",
    error: Any = None,
    structured: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A tool call as it stands in a message's content; it runs when `ms` is None."""
    state: dict[str, Any] = {"status": status, "input": given if given is not None else {}}
    if structured is not None:
        state["structured"] = structured
    if error is not None:
        state["error"] = error
    elif status == "completed":
        state["content"] = [{"type": "text", "text": output}]
    times = {"created": at - 5, "ran": at} | ({} if ms is None else {"completed": at + ms})
    return {"type": "tool", "id": call_id, "name": name, "state": state, "time": times}
