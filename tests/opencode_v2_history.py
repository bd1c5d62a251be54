"""Histories of OpenCode 2, with every type of row: written by its schema, never by names of 1.x.

The columns and indexes are those of a final 2.0; rows are written, changed and deleted as OpenCode
does. A history has a clock of its own: ``at`` (ms).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .opencode_rows import START, WrittenDatabase

TABLES = """
CREATE TABLE IF NOT EXISTS session_v2 (
    id text PRIMARY KEY, project_id text NOT NULL, workspace_id text, parent_id text,
    fork_session_id text, fork_boundary text, slug text NOT NULL, directory text NOT NULL,
    path text, title text, version text NOT NULL, agent text, model text,
    cost real DEFAULT 0 NOT NULL, tokens_input integer DEFAULT 0 NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer,
    time_idle integer, idle_outcome text, time_suspended integer, revert text);
CREATE TABLE IF NOT EXISTS session_message (
    id text PRIMARY KEY,
    session_id text NOT NULL REFERENCES session_v2 (id) ON DELETE CASCADE,
    type text NOT NULL, seq integer NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS session_message_session_seq_idx
    ON session_message (session_id, seq);
CREATE INDEX IF NOT EXISTS session_message_session_type_seq_idx
    ON session_message (session_id, type, seq);
CREATE INDEX IF NOT EXISTS session_message_session_time_idx
    ON session_message (session_id, time_created, id);
CREATE INDEX IF NOT EXISTS session_message_time_created_idx
    ON session_message (time_created);
"""
MODEL = {"id": "glm-4.7", "providerID": "zai", "variant": "default"}
SKILL_BODY = "# Release\n\nDo it in steps.\nThen say so."


def wrapped(label: str, body: str = SKILL_BODY, folder: str = "/skills/x") -> str:
    """A skill's text as the tool gives it."""
    return (
        f'<skill_content name="{label}">\n# Skill: {label}\n\n{body}\n\n'
        f"Base directory for this skill: {folder}\n"
        "Relative paths in this skill (e.g., scripts/, reference/) are relative to this base "
        "directory.\nNote: file list is sampled.\n\n<skill_files>\n<file>a.py</file>\n"
        "</skill_files>\n</skill_content>"
    )


class History(WrittenDatabase):
    """Writes rows; every method returns the id of the row that it wrote."""

    mark = "v2h"  # rows of another writer may be in the same database
    tables = f"PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; {TABLES}"

    def __init__(self, path: Path, directory: str | Path) -> None:
        super().__init__(path, directory)
        self.at = START
        self._seqs: dict[str, int] = {}

    def pass_time(self, ms: int) -> int:
        """Let time pass; what the clock says then."""
        self.at += ms
        return self.at

    def session(
        self,
        session_id: str | None = None,
        *,
        parent: str | None = None,
        directory: str | None = None,
    ) -> str:
        """A session that begins now."""
        session_id = session_id or self._id("ses")
        self.db.execute(
            "INSERT INTO session_v2 (id, project_id, parent_id, slug, directory, title, version, "
            "agent, model, time_created, time_updated) "
            "VALUES (?, 'global', ?, 'slug', ?, 'A session', '2.0.22', 'build', ?, ?, ?)",
            (
                session_id,
                parent,
                directory or self.directory,
                json.dumps(MODEL),
                self.at,
                self.at,
            ),
        )
        return session_id

    def row(self, session: str, kind: str, **data: Any) -> str:
        """A row of any type, made now."""
        row_id = data.pop("row_id", None) or self._id("msg")
        last = self._seqs.get(session)
        if last is None:
            (last,) = self.db.execute(
                "SELECT coalesce(max(seq), 0) FROM session_message WHERE session_id = ?", (session,)
            ).fetchone()
        # Most events make no row.
        self._seqs[session] = seq = last + 2
        body = {**data, "time": {"created": self.at, **data.get("time", {})}}
        self.db.execute(
            "INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row_id, session, kind, seq, self.at, self.at, json.dumps(body)),
        )
        return row_id

    def data(self, row_id: str) -> dict[str, Any]:
        """The data of a row."""
        query = "SELECT data FROM session_message WHERE id = ?"
        found: dict[str, Any] = json.loads(self.db.execute(query, (row_id,)).fetchone()[0])
        return found

    def write(self, row_id: str, data: dict[str, Any]) -> None:
        """Write a row again, in its place."""
        self.db.execute(
            "UPDATE session_message SET data = ?, time_created = ?, time_updated = ? WHERE id = ?",
            (json.dumps(data), data["time"]["created"], self.at, row_id),
        )

    def user(self, session: str, *skills: dict[str, Any]) -> str:
        """A user's message, with the skills named in it."""
        return self.row(session, "user", text="do it", **({"skills": skills} if skills else {}))

    def step(self, session: str, *calls: dict[str, Any], tokens: int = 100) -> str:
        """A model's message with its calls, complete a second later."""
        row_id = self.row(session, "assistant", agent="build", model=MODEL, content=[])
        self.pass_time(1000)
        self.finish(row_id, *calls, tokens=tokens)
        return row_id

    def begin(self, session: str, *calls: dict[str, Any]) -> str:
        """A model's message that is not complete."""
        return self.row(session, "assistant", agent="build", model=MODEL, content=[*calls])

    def finish(self, row_id: str, *calls: dict[str, Any], tokens: int = 100) -> None:
        """Complete a model's message now, with these calls instead of those that it has."""
        used = {"input": tokens, "output": 10, "reasoning": 0, "cache": {"read": 5, "write": 0}}
        data = self.data(row_id)
        data |= {"content": [*calls], "finish": "tool-calls", "cost": 0.001, "tokens": used}
        data["time"] |= {"streamed": self.at, "completed": self.at}
        self.write(row_id, data)

    def retry(self, row_id: str) -> None:
        """Ask the model once more for the same message: its times begin again."""
        data = self.data(row_id)
        for key in ("error", "finish", "cost", "tokens"):
            data.pop(key, None)
        data |= {"content": [], "retry": {"attempt": 1, "at": self.at}}
        data["time"] = {"created": self.at}
        self.write(row_id, data)

    def idle(self, session: str, outcome: str = "succeeded") -> str:
        """The end of a turn."""
        self.db.execute(
            "UPDATE session_v2 SET time_idle = ?, idle_outcome = ? WHERE id = ?",
            (self.at, outcome, session),
        )
        return self.row(session, "idle", outcome=outcome)

    def ended(self, session: str, shell: str, *, state: str = "completed", **said: Any) -> str:
        """What a command in the background leaves when it ends."""
        metadata = {"source": "shell", "shellID": shell, "jobID": shell, "state": state, **said}
        text = f'<shell id="{shell}" state="{state}">\n</shell>'
        return self.row(session, "synthetic", text=text, description="make", metadata=metadata)

    def move(self, session: str, directory: str) -> str:
        """Move a session to another folder."""
        (before,) = self.db.execute(
            "SELECT directory FROM session_v2 WHERE id = ?", (session,)
        ).fetchone()
        self.db.execute("UPDATE session_v2 SET directory = ? WHERE id = ?", (directory, session))
        return self.row(
            session,
            "location-switched",
            location={"directory": directory},
            projectID="global",
            previous={"location": {"directory": before}},
        )

    def fork(self, source: str, boundary: str, *, through: bool = True) -> str:
        """A fork with copies of the settled rows up to a message, with or without it."""
        kind = "through" if through else "before"
        session = self.session(directory=self._directory(source))
        self.db.execute(
            "UPDATE session_v2 SET fork_session_id = ?, fork_boundary = ? WHERE id = ?",
            (source, json.dumps({"type": kind, "messageID": boundary}), session),
        )
        event = self._id("msg")
        last = 0
        for kind, seq, created, updated, data in self.db.execute(
            "SELECT type, seq, time_created, time_updated, data FROM session_message "
            "WHERE session_id = ? AND seq - ? < (SELECT seq FROM session_message WHERE id = ?) "
            "ORDER BY seq",
            (source, int(through), boundary),
        ).fetchall():
            body = json.loads(data)
            if kind == "assistant" and "completed" not in body["time"]:
                continue
            if kind in ("shell", "compaction") and body["status"] == "running":
                continue
            last = seq
            self.db.execute(
                "INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?, ?)",
                (f"{event}_{seq}", session, kind, seq, created, updated, data),
            )
        self._seqs[session] = last
        return session

    def _directory(self, session: str) -> str:
        query = "SELECT directory FROM session_v2 WHERE id = ?"
        return str(self.db.execute(query, (session,)).fetchone()[0])

    def revert(self, session: str, row_id: str) -> None:
        """Take back a row and what came after it."""
        self.db.execute(
            "DELETE FROM session_message WHERE session_id = ? AND seq >= "
            "(SELECT seq FROM session_message WHERE id = ?)",
            (session, row_id),
        )
        # Sequence numbers are not given again.


def call(
    tool: str,
    call_id: str,
    *,
    at: int,
    ms: int | None = 100,
    status: str = "completed",
    given: Any = None,
    output: str = "",
    error: tuple[str, str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A call as content of a message, with the names of 2.x; without an end where `ms` is None.

    ``error`` is its type and its message.
    """
    state: dict[str, Any] = {"status": status, "input": {} if given is None else given}
    if error is not None:
        state |= {"status": "error", "error": {"type": error[0], "message": error[1]}}
    elif status == "completed":
        state["content"] = [{"type": "text", "text": output}]
        state["metadata"] = {"truncated": False, **(metadata or {})}
    times = {"created": at - 5} | ({} if status == "streaming" else {"ran": at})
    times |= {} if ms is None else {"completed": at + ms}
    return {"type": "tool", "id": call_id, "name": tool, "state": state, "time": times}


def shell(call_id: str, *, at: int, command: str = "make", **ended: Any) -> dict[str, Any]:
    """A command that ran in a shell; ``exit``, ``timeout`` or nothing of both say how it ended."""
    metadata = {"status": "completed", **ended}
    return call("shell", call_id, at=at, given={"command": command}, metadata=metadata)


def background(call_id: str, shell_id: str, *, at: int) -> dict[str, Any]:
    """A command in the background: settled at once."""
    metadata = {"status": "running", "shellID": shell_id}
    return call("shell", call_id, at=at, ms=5, given={"command": "make docs"}, metadata=metadata)


def made_up(history: History) -> dict[str, str]:
    """A history of every type of row, to be counted by hand; its sessions, by what they are.

    Two turns of one session: a skill that the user names and one that the model loads, commands
    that end in every way, what is wrong with calls, a skill loaded by itself, a compaction, a
    command of the user's, a move; a subagent; a fork of all that; a session whose server died.
    """
    main, at = history.session(), history.at
    history.user(main, {"id": "release", "name": "Release", "text": wrapped("Release")})
    history.row(main, "agent-switched", agent="plan", previous="build")
    history.row(main, "model-switched", model=MODEL, previous=MODEL)
    history.row(main, "system", text="…", metadata={"notice": "instructions"})
    history.step(
        main,
        shell("s1", at=at, exit=0),
        shell("s2", at=at, exit=3),
        shell("s3", at=at, timeout=True),
        shell("s4", at=at, signal="SIGTERM"),
        background("s5", "sh_5", at=at),
        background("s6", "sh_6", at=at),
        call("shell", "s7", at=at, error=("permission.rejected", "Unable to execute command: rm")),
        call("shell", "s8", at=at, error=("tool.execution", "Invalid tool input: command")),
        call("shell", "s9", at=at, error=("aborted", "The user declined this tool call")),
        call("fly", "f1", at=at, error=("tool.execution", 'No tool named "fly" is …')),
        call("skill", "k1", at=at, given={"id": "review"}, output=wrapped("Review it")),
        tokens=1000,
    )
    history.ended(main, "sh_5", exit=1)
    history.idle(main)

    history.row(main, "skill", skill="release", name="Release", text=SKILL_BODY)
    child = history.session(parent=main)
    history.user(child)
    history.step(
        child, call("skill", "k2", at=history.at, given={"id": "review"}, output=wrapped("R"))
    )
    history.idle(child)
    made = [{"tool": "gh_get", "status": "completed"}, {"tool": "gh_put", "status": "error"}]
    history.step(
        main,
        call("subagent", "a1", at=history.at, metadata={"sessionID": child}),
        call("execute", "x1", at=history.at, given={"code": "…"}, metadata={"toolCalls": made}),
        call("edit", "e1", at=history.at, given={"path": "a.py"}),
        tokens=500,
    )
    used = {"input": 900, "output": 90, "reasoning": 0, "cache": {"read": 0, "write": 0}}
    done = {"status": "completed", "reason": "auto", "model": MODEL, "summary": "…"}
    history.row(main, "compaction", **done, cost=0.05, tokens=used)
    last = history.idle(main, "failed")
    ended = {"status": "exited", "exit": 0, "time": {"completed": history.at + 40}}
    history.row(main, "shell", shellID="sh_u", command="ls", **ended)
    history.move(main, f"{history.directory}/tree")

    history.pass_time(60_000)
    fork = history.fork(main, last)
    history.step(fork, shell("s10", at=history.at, exit=0), tokens=100)
    history.idle(fork)

    dead = history.session()
    history.user(dead)
    late = ("aborted", "Tool execution interrupted: shell")
    history.step(dead, call("shell", "s11", at=history.at, ms=259_200_000, error=late), tokens=100)
    history.begin(dead, call("shell", "s12", at=history.at, ms=None, status="running"))
    history.idle(dead, "interrupted")
    history.row(dead, "hologram")
    return {"main": main, "child": child, "fork": fork, "dead": dead}
