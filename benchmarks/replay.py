"""Work as it comes: sessions, calls and events that are written while the dashboard is open.

Five calls a second, in six sessions at a time; a session has 60 calls. Every fifth call is one of a
skill, and its run is recorded in the journal. An hour has 18,000 calls, 300 sessions and 10,800
events.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tachikoma_telemetry.journal.append import append

EVERY_SECONDS = 0.2
_AT_ONCE = 6
_CALLS_OF_SESSION = 60
_SKILL_EVERY = 5
_WRITER = """
import sys
from benchmarks.replay import write
write(sys.argv[1])
"""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Let another process work in a project, on its ``opencode.db``, until the block ends."""
    process = subprocess.Popen([sys.executable, "-c", _WRITER, str(folder)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def write(folder: str) -> None:
    """Write a call every fifth of a second, until this process is ended."""
    root = Path(folder)
    database = sqlite3.connect(root / "opencode.db", isolation_level=None, timeout=60)
    database.execute("PRAGMA journal_mode = WAL")
    began = time.monotonic()
    for number in count():
        time.sleep(max(0.0, began + number * EVERY_SECONDS - time.monotonic()))
        now = time.time_ns() // 1_000_000
        database.execute("BEGIN IMMEDIATE")
        session = _call(database, folder, number, now)
        database.execute("COMMIT")
        if number % _SKILL_EVERY == 0:
            lines = b"\n,".join(
                json.dumps(each, separators=(",", ":")).encode()
                for each in _events(session, number, now)
            )
            append(str(root / ".opencode/telemetry/metrics.json"), lines)


def _call(database: sqlite3.Connection, folder: str, number: int, now: int) -> str:
    """Write the session, if it is new, a message and its call; returns the session."""
    turn, place = divmod(number, _AT_ONCE)
    session = f"ses_r{turn // _CALLS_OF_SESSION:05}{place}"
    if turn % _CALLS_OF_SESSION == 0:
        title = f"Replayed session {session}"
        database.execute(
            "INSERT INTO session VALUES (?, 'p', NULL, ?, ?, ?, '1.18.33', ?, ?, NULL)",
            (session, session, folder, title, now, now),
        )
    message, tool = f"msg_r{number:07}", "bash" if number % _SKILL_EVERY == 0 else "read"
    done = {
        "role": "assistant",
        "modelID": "glm-4.7",
        "providerID": "zai",
        "cost": 0.002,
        "time": {"created": now, "completed": now + 1},
    }
    state = {
        "status": "completed",
        "input": {"command": "ls"},
        "output": "x" * 1000,
        "metadata": {"exit": 0},
        "time": {"start": now, "end": now + 1},
    }
    call = {"type": "tool", "tool": tool, "callID": f"r{number}", "state": state}
    database.execute(
        "INSERT INTO message VALUES (?, ?, ?, ?, ?)", (message, session, now, now, json.dumps(done))
    )
    database.execute(
        "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)",
        (f"prt_r{number:07}", message, session, now, now, json.dumps(call)),
    )
    return session


def _events(session: str, number: int, now: int) -> Iterator[dict[str, Any]]:
    """A run of a skill within the call."""
    envelope = {
        "skill": f"skill-{number % 20:02}",
        "run_id": f"run_r{number:020}",
        "pid": 4711,
        "session_id": session,
        "call_id": f"r{number}",
        "opencode": True,
    }
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("skill_run_started", {}),
        ("iteration", {"stage": "verify", "index": 1, "max": 3, "passed": number % 3 > 0}),
        ("skill_run_finished", {"outcome": "succeeded", "duration_ms": 1}),
    ]
    for at, (kind, body) in enumerate(bodies):
        identity = f"{now:012x}{at:04x}{number:016x}"
        yield {"type": kind, "time": now, "id": identity, **envelope, **body}
