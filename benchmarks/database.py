"""A large OpenCode database from a seed, with the sizes of real ones.

Outputs are lognormal: median about 1 KB, mean about 3 KB, at most 50 KB. A tool call has, as in a
real 1.18, a message of its own with a step-start and a step-finish part more often than not.
"""

from __future__ import annotations

import json
import random
import sqlite3
import string
from pathlib import Path

_SCHEMA = """
CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text,
    slug text NOT NULL, directory text NOT NULL, title text NOT NULL, version text NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL,
    time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE todo (session_id text NOT NULL, content text NOT NULL, status text NOT NULL,
    priority text NOT NULL, position integer NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, PRIMARY KEY (session_id, position));
"""
_INDEXES = """
CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
CREATE INDEX part_message_id_id_idx ON part (message_id, id);
CREATE INDEX part_session_idx ON part (session_id);
"""

MESSAGES_PER_SESSION = 170
TEXT_MAX = 50_000
START = 1_780_000_000_000
SESSION_MS = 3_000_000

_TOOLS = ("bash", "read", "edit", "grep", "write", "glob", "task", "skill", "todowrite")
_WEIGHTS = (34, 26, 14, 10, 4, 6, 1, 2, 3)
_SKILLS = tuple(f"skill-{number:02}" for number in range(20))
MODELS = ("glm-4.7", "claude-sonnet-4", "gpt-5.2")


def build(
    path: Path,
    directory: str,
    *,
    sessions: int = 500,
    seed: int = 7,
    messages: int = MESSAGES_PER_SESSION,
    longest: int = TEXT_MAX,
    start: int = START,
) -> None:
    """Write the database; 500 sessions are about 330 k parts and 0.54 GB of part JSON.

    Args:
        path: where to.
        directory: that of all its sessions.
        sessions: how many.
        seed: of its random numbers.
        messages: how many each session has.
        longest: characters of a text at most.
        start: when its first session began, ms since the epoch.

    """
    rng = random.Random(seed)
    words = "".join(rng.choices(string.ascii_letters + "    \n", k=max(longest * 5, 4096)))
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
    db.execute("BEGIN")
    ids = _Ids()
    for number in range(sessions):
        at = start + number * SESSION_MS
        _session(db, rng, words, ids, f"ses_{number:08d}", directory, at, messages)
    db.execute("COMMIT")
    db.executescript(_INDEXES)
    db.close()


def multiply(path: Path, target: Path, times: int, *, cut: bool) -> None:
    """Write a database with every row of the one at `path` so many times, under other ids.

    Args:
        path: the database to take the rows from.
        target: the database to write.
        times: how often.
        cut: leave the long texts out, which are nearly all of its bytes.

    """
    db = sqlite3.connect(target, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
    db.execute("ATTACH ? AS one", (str(path),))
    texts = ", ".join(f"'{key}', ''" for key in ("$.text", "$.state.output"))
    texts += ", '$.state.metadata.output', ''"
    data = f"json_replace(data, {texts})" if cut else "data"
    rows = {
        "session": "id || :n, project_id, parent_id, slug, directory, title, version, "
        "time_created, time_updated, time_archived",
        "message": "id || :n, session_id || :n, time_created, time_updated, data",
        "part": f"id || :n, message_id || :n, session_id || :n, time_created, time_updated, {data}",
    }
    db.execute("BEGIN")
    for number in range(times):
        for table, columns in rows.items():
            query = f"INSERT INTO main.{table} SELECT {columns} FROM one.{table} ORDER BY rowid"
            db.execute(query, {"n": f"_{number}"})
    db.execute("COMMIT")
    db.executescript(_INDEXES)
    db.close()


def add_events(path: Path, megabytes: int) -> None:
    """Add the table that makes up nine tenths of real databases, and that no report needs."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    db.execute("CREATE TABLE event (id text PRIMARY KEY, data text NOT NULL)")
    db.execute("BEGIN")
    rows = ((f"evt_{number}", "x" * (1 << 20)) for number in range(megabytes))
    db.executemany("INSERT INTO event VALUES (?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def add_long_message(path: Path, megabytes: int) -> None:
    """Add a user's message with the diffs of thousands of files in it."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    data = '{"role":"user","summary":{"diffs":["%s"]},"time":{"created":%d}}'
    row = ("msg_long", "ses_00000001", START, START, data % ("x" * (megabytes << 20), START))
    db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", row)
    db.close()


class _Ids:
    def __init__(self) -> None:
        self.number = 0

    def next(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}_{self.number:014x}abcdefghijkl"


def _text(rng: random.Random, words: str, median: int = 1000) -> str:
    longest = len(words) // 5
    size = min(longest, int(rng.lognormvariate(0, 1.48) * median))
    at = rng.randrange(len(words) - longest)
    return words[at : at + size]


def _session(
    db: sqlite3.Connection,
    rng: random.Random,
    words: str,
    ids: _Ids,
    session: str,
    directory: str,
    at: int,
    messages: int,
) -> None:
    db.execute(
        "INSERT INTO session VALUES (?, 'global', NULL, 's', ?, 'A title', '1.18.33', ?, ?, NULL)",
        (session, directory, at, at + 2_000_000),
    )
    provider, model = "zai", rng.choice(MODELS)
    call_number = 0
    for number in range(messages):
        at += rng.randrange(500, 9000)
        message = ids.next("msg")
        user = number % 17 == 0
        data: dict[str, object] = {"role": "user" if user else "assistant", "time": {"created": at}}
        parts: list[dict[str, object]] = []
        if user:
            data |= {"agent": "build", "model": {"providerID": provider, "modelID": model}}
            parts.append({"type": "text", "text": _text(rng, words, 300)})
        else:
            tokens = {
                "total": 9000,
                "input": rng.randrange(100, 9000),
                "output": rng.randrange(10, 900),
                "reasoning": 0,
                "cache": {"read": rng.randrange(0, 50_000), "write": 0},
            }
            data |= {
                "parentID": message,
                "mode": "build",
                "agent": "build",
                "path": {"cwd": directory, "root": "/"},
                "cost": 0.0013,
                "tokens": tokens,
                "modelID": model,
                "providerID": provider,
                "finish": "tool-calls",
            }
            data["time"] = {"created": at, "completed": at + 2500}
            parts.append({"type": "step-start"})
            if rng.random() < 0.5:
                parts.append({"type": "text", "text": _text(rng, words, 1000)})
            for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
                call_number += 1
                parts.append(_call(rng, words, named(rng, model, call_number), at, directory))
            parts.append({"type": "step-finish", "reason": "x", "cost": 0.0013, "tokens": tokens})
        db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
            (message, session, at, at + 2500, json.dumps(data, separators=(",", ":"))),
        )
        db.executemany(
            "INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    ids.next("prt"),
                    message,
                    session,
                    at,
                    at + 2000,
                    json.dumps(part, separators=(",", ":")),
                )
                for part in parts
            ],
        )


def named(rng: random.Random, model: str, number: int) -> str:
    """The id of a model's call: some providers number them, of others each is a new one."""
    if model.startswith("glm"):
        return f"functions.{number}"
    letters = "".join(rng.choices(string.ascii_letters + string.digits, k=24))
    return f"call_{letters}" if model.startswith("gpt") else f"toolu_01{letters[2:]}"


def _call(
    rng: random.Random, words: str, call_id: str, at: int, directory: str
) -> dict[str, object]:
    tool = rng.choices(_TOOLS, _WEIGHTS)[0]
    failed = rng.random() < 0.06
    given: dict[str, object] = {"filePath": f"{directory}/src/{rng.randrange(60)}.py"}
    if tool == "bash":
        given = {"command": f"pytest -q tests/{rng.randrange(99)}", "description": "run"}
    elif tool == "skill":
        given = {"name": rng.choice(_SKILLS)}
    output = _text(rng, words)
    if tool == "skill":
        version = rng.randrange(3)
        output = f'<skill_content name="{given["name"]}">\n{words[: 900 + version]}'
    state: dict[str, object] = {"status": "completed", "input": given, "output": output}
    metadata: dict[str, object] = {"truncated": False}
    if tool == "bash":
        metadata |= {"output": output[:2000], "exit": 1 if failed else 0}
    elif failed:
        state = {"status": "error", "input": given, "error": "oldString not found in content"}
    state |= {
        "metadata": metadata,
        "title": tool,
        "time": {"start": at + 100, "end": at + 100 + int(rng.lognormvariate(5, 1.5))},
    }
    return {"type": "tool", "tool": tool, "callID": call_id, "state": state}
