"""A long journal for a database of `database.build`: runs inside its bash calls, from a seed.

A run is seven events: its start, an intent, an iteration that failed, a retry, an edit, a chunk and
its end. Of a hundred runs eight name a call that is not in the database, six do not know their call
but were recorded inside OpenCode, five were recorded outside of it, and four have a name that an
agent made up, which comes again.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tachikoma_telemetry.journal.format import TAIL, head

EVENTS_OF_RUN = 7
# As large as a segment grows before the next one begins.
_SEGMENT_BYTES = 50 << 20
_SKILLS = tuple(f"skill-{number:02}" for number in range(20))


def write_journal(path: Path, database: Path, events: int, *, seed: int = 7) -> None:
    """Write a journal at `path`, and its segments, with so many events of calls in `database`."""
    rng = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines: list[bytes] = []
    size = segments = 0
    for line in _lines(database, events, rng):
        lines.append(line)
        size += len(line) + 2
        if size > _SEGMENT_BYTES:
            segments += 1
            _write(
                path.with_name(f"{path.stem}-{1_780_000_000_000 + segments}-{segments:08x}.json"),
                lines,
            )
            lines, size = [], 0
    _write(path, lines)


def _write(path: Path, lines: list[bytes]) -> None:
    with path.open("wb") as file:
        file.write(head(1_780_000_000_000))
        file.write(b"\n,".join(lines) + b"\n" + TAIL)


def _lines(database: Path, events: int, rng: random.Random) -> Iterator[bytes]:
    calls = _bash_calls(database)
    runs = -(-events // EVENTS_OF_RUN)
    number = 0
    for run in range(runs):
        # Evenly over all calls, however many runs there are: so they come by time.
        session, call_id, started, ended = calls[run * len(calls) // runs]
        for event in _run(rng, run, session, call_id, started, ended):
            if number == events:
                return
            number += 1
            event["id"] = f"{event['time']:012x}{number & 0xFFFF:04x}{rng.getrandbits(64):016x}"
            yield json.dumps(event, separators=(",", ":")).encode()


def _bash_calls(database: Path) -> list[tuple[str, str, int, int]]:
    db = sqlite3.connect(database)
    found = db.execute(
        "SELECT session_id, json_extract(data, '$.callID'), "
        "json_extract(data, '$.state.time.start'), json_extract(data, '$.state.time.end') "
        "FROM part WHERE json_extract(data, '$.tool') = 'bash' ORDER BY 3"
    ).fetchall()
    db.close()
    return found


def _run(
    rng: random.Random, number: int, session: str, call_id: str, started: int, ended: int
) -> Iterator[dict[str, Any]]:
    kind = rng.randrange(100)
    envelope: dict[str, Any] = {
        "skill": rng.choice(_SKILLS),
        "run_id": f"run_{rng.getrandbits(96):024x}" if kind < 96 else f"fix-{number % 500}",
        "model": "zai/glm-4.7",
        "pid": 4711,
        "opencode": True,
    }
    if kind < 8:
        envelope |= {"session_id": session, "call_id": f"gone.{number}"}
    elif kind < 14:
        pass
    elif kind < 19:
        envelope["opencode"] = False
    else:
        envelope |= {"session_id": session, "call_id": call_id}
    took = max(1, ended - started)
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("skill_run_started", {}),
        ("intent", {"intent": "debug", "confidence": 0.8}),
        ("iteration", {"stage": "verify", "index": 1, "max": 3, "passed": False}),
        ("retry", {"reason": "timeout", "attempt": 2}),
        ("edit_format", {"format": "hashline", "success": True, "edit_id": "e1", "attempt": 1}),
        ("rlm_chunk", {"index": 0, "total": 4, "size": 5000, "duration_ms": took / 2}),
        ("skill_run_finished", {"outcome": "succeeded", "duration_ms": took}),
    ]
    for at, (name, body) in enumerate(bodies):
        yield {"type": name, "time": started + took * at // len(bodies), **envelope, **body}
