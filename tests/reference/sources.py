"""A random history as OpenCode and skills leave it: a database and journals."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tachikoma_telemetry.journal.append import append

from ..opencode_rows import START, Rows
from .histories import Piece

_COMMANDS = {"x.py": "x.py", "y.py": "python .opencode/skills/{}/scripts/y.py"}


class Sources:
    """The database and the journals of a history, written piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.root, self.other = folder / "a", folder / "b"
        for root in (self.root, self.other):
            (root / ".opencode" / "telemetry").mkdir(parents=True)
        (self.root / "deep").mkdir()
        self.rows = Rows(folder / "opencode.db", self.root)
        self.database = self.rows.path
        self._open: list[str] = []
        self._folder = folder
        self.backups: list[Path] = []
        self.last = START

    def journal(self, root: Path) -> Path:
        """The journal of a project."""
        return root / ".opencode" / "telemetry" / "metrics.json"

    def write(self, piece: Piece) -> None:
        """Write one piece; one about a session that is not there writes nothing."""
        self.last = max(self.last, piece["at"])
        write = getattr(self, f"_{piece['kind']}", None)
        if write is not None:
            write(piece)

    def _has(self, session: str) -> bool:
        query = "SELECT 1 FROM session WHERE id = ?"
        return self.rows.db.execute(query, (session,)).fetchone() is not None

    def _session(self, piece: Piece) -> None:
        if not self._has(piece["id"]):
            folder = str(self.root.parent / piece["folder"])
            parent = piece["parent"]
            self.rows.session(piece["id"], at=piece["at"], parent=parent, directory=folder)

    def _user(self, piece: Piece) -> None:
        if self._has(piece["session"]):
            self.rows.user(piece["session"], at=piece["at"], synthetic=piece["synthetic"])

    def _message(self, piece: Piece) -> None:
        session, at = piece["session"], piece["at"]
        if not self._has(session):
            return
        extra: Piece = {"error": {"name": piece["error"]}} if piece["error"] else {}
        times = {"created": at} | ({} if piece["ms"] is None else {"completed": at + piece["ms"]})
        self.rows.message(
            session,
            at=at,
            model=piece["model"],
            tokens=piece["tokens"],
            cost=piece["cost"],
            message_id=piece["id"],
            time=times,
            **extra,
        )
        for call in piece["calls"]:
            self._call(session, piece["id"], at + call["after"], call)

    def _call(self, session: str, message: str, at: int, call: Piece) -> None:
        tool, outcome = call["tool"], call["outcome"]
        given: Piece = {
            "bash": {"command": _COMMANDS[call["file"]].format(call["skill"])},
            "skill": {"name": call["skill"]},
            "invalid": {"tool": "nosuch", "error": "no such tool"},
            "task": {"prompt": "x"},
        }.get(tool, {"filePath": call["file"]})
        metadata: Piece = {"sessionId": call["child"]} if call["child"] else {}
        output, error, status = call["text"], None, "completed"
        if tool == "bash":
            exits = {"ok": 0, "exit 3": 3}
            metadata = {"exit": exits.get(outcome)} if outcome != "running" else {}
            words = "bash tool terminated command after exceeding timeout 1 ms"
            output = {"timeout": words, "aborted": "User aborted the command"}.get(outcome, output)
        elif outcome in ("error", "cancelled") and tool != "invalid":
            error, status = "Error: it broke", "error"
            if outcome == "cancelled":
                error = "Tool execution aborted"
        if outcome == "running":
            status = "running"
            self._open.append(call["id"])
        self.rows.call(
            session,
            tool,
            call["call_id"],
            at=at,
            ms=call["ms"],
            status=status,
            message=message,
            given=given,
            output=output,
            error=error,
            metadata=metadata,
            part_id=call["id"],
        )

    def _finish(self, piece: Piece) -> None:
        """What was still running ends now."""
        db = self.rows.db
        for part in self._open:
            row = db.execute("SELECT message_id, data FROM part WHERE id = ?", (part,)).fetchone()
            if row is None:
                continue
            data = json.loads(row[1])
            start = data["state"]["time"]["start"]
            end = max(start, piece["at"])
            data["state"] |= {"status": "completed", "output": "late"}
            data["state"]["time"]["end"] = end
            if data["tool"] == "bash":
                data["state"]["metadata"] = {"exit": 1}
            db.execute(
                "UPDATE part SET data = ?, time_updated = ? WHERE id = ?",
                (json.dumps(data), end, part),
            )
            (text,) = db.execute("SELECT data FROM message WHERE id = ?", (row[0],)).fetchone()
            message = json.loads(text)
            message["time"]["completed"] = end + 50
            db.execute(
                "UPDATE message SET data = ?, time_updated = ? WHERE id = ?",
                (json.dumps(message), end + 50, row[0]),
            )
        self._open = []

    def _fork(self, piece: Piece) -> None:
        if not self._has(piece["of"]) or self._has(piece["id"]):
            return
        db, fork = self.rows.db, piece["id"]
        (folder,) = db.execute(
            "SELECT directory FROM session WHERE id = ?", (piece["of"],)
        ).fetchone()
        self.rows.session(fork, at=piece["at"], directory=folder)
        for number, (message, data) in enumerate(
            db.execute(
                "SELECT id, data FROM message WHERE session_id = ? ORDER BY rowid", (piece["of"],)
            ).fetchall()
        ):
            copy = f"msg_{fork}{number:04d}"
            values = (copy, fork, piece["at"], piece["at"], data)
            db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", values)
            for place, (part,) in enumerate(
                db.execute(
                    "SELECT data FROM part WHERE message_id = ? ORDER BY rowid", (message,)
                ).fetchall()
            ):
                row = (f"prt_{copy}{place:02d}", copy, fork, piece["at"], piece["at"], part)
                db.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", row)

    def _backup(self, piece: Piece) -> None:
        """A copy of the database as it is now, which is merged as well from now on."""
        # It sorts behind the database itself: of equal states the later path was once preferred.
        copy = self._folder / f"z{len(self.backups)}.db"
        with closing(sqlite3.connect(copy)) as database:
            self.rows.db.backup(database)
        self.backups.append(copy)

    def _delete(self, piece: Piece) -> None:
        for table, column in (("part", "session_id"), ("message", "session_id"), ("session", "id")):
            self.rows.db.execute(f"DELETE FROM {table} WHERE {column} = ?", (piece["session"],))

    def _event(self, piece: Piece) -> None:
        root = self.root if piece["project"] == "a" else self.other
        append(str(self.journal(root)), json.dumps({"pid": 1, **piece["event"]}).encode())
