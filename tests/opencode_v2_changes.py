"""What OpenCode 2 does to the rows of a history, in any order: for random ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from .opencode_v2_history import MODEL, SKILL_BODY, History, background, call, shell, wrapped

Change = Callable[[History, str, Random], None]


def change_somehow(history: History, random: Random, *, without: Sequence[Change] = ()) -> None:
    """One of the things that OpenCode does to its rows, in one of the sessions."""
    query = "SELECT id FROM session_v2 ORDER BY id"
    sessions = [session for (session,) in history.db.execute(query)] or [history.session()]
    history.pass_time(random.choice((50, 2_000, 400_000, 7_200_000)))
    change = random.choice([each for each in CHANGES if each not in without])
    change(history, random.choice(sessions), random)


def _rows(history: History, session: str) -> list[tuple[str, str, dict[str, Any]]]:
    query = "SELECT id, type, data FROM session_message WHERE session_id = ? ORDER BY seq"
    found = history.db.execute(query, (session,)).fetchall()
    return [(row_id, kind, json.loads(data)) for row_id, kind, data in found]


def _open_steps(history: History, session: str) -> list[str]:
    return [
        row_id
        for row_id, kind, data in _rows(history, session)
        if kind == "assistant" and "completed" not in data["time"]
    ]


def _add_user(history: History, session: str, random: Random) -> None:
    skill = {"id": "release", "name": "Release", "text": wrapped("Release")}
    history.user(session, *random.choice(((skill,), ())))


def _add_step(history: History, session: str, random: Random) -> None:
    number, at = random.randrange(10**9), history.at
    made = {"toolCalls": [{"tool": "mcp_x", "status": "completed"}]}
    history.step(
        session,
        shell(f"c{number}", at=at, exit=random.choice((0, 0, 3))),
        background(f"b{number}", f"sh_{number}", at=at),
        call("execute", f"x{number}", at=at, given={"code": "x"}, metadata=made),
        call("edit", f"e{number}", at=at, given={"path": "a.py"}),
    )


def _begin_step(history: History, session: str, random: Random) -> None:
    number = random.randrange(10**9)
    history.begin(session, call("read", f"r{number}", at=history.at, ms=None, status="running"))


def _finish_step(history: History, session: str, random: Random) -> None:
    for row_id in _open_steps(history, session)[:1]:
        history.finish(row_id, *history.data(row_id)["content"])


def retry_step(history: History, session: str, random: Random) -> None:
    steps = [row_id for row_id, kind, _ in _rows(history, session) if kind == "assistant"]
    for row_id in steps[-1:]:
        history.retry(row_id)


def _add_row(history: History, session: str, random: Random) -> None:
    number = random.randrange(10**9)
    kind, data = random.choice(
        (
            ("skill", {"skill": "release", "name": "Release", "text": SKILL_BODY}),
            ("shell", {"shellID": f"u{number}", "command": "ls", "status": "running"}),
            ("compaction", {"status": "running", "reason": "auto", "model": MODEL}),
            ("idle", {"outcome": random.choice(("succeeded", "failed", "interrupted"))}),
            ("agent-switched", {"agent": "plan", "previous": "build"}),
            ("model-switched", {"model": MODEL}),
            ("system", {"text": "…", "metadata": {"notice": "instructions"}}),
            ("hologram", {}),
        )
    )
    history.row(session, kind, **data)


def _move(history: History, session: str, random: Random) -> None:
    history.move(session, random.choice((history.directory, f"{history.directory}/sub")))


def _fork(history: History, session: str, random: Random) -> None:
    for row_id, _, _ in random.sample(rows := _rows(history, session), min(1, len(rows))):
        history.fork(session, row_id, through=random.random() < 0.5)


def revert(history: History, session: str, random: Random) -> None:
    last = _rows(history, session)[-random.randrange(1, 4) :]
    # That a command has ended, or a session was moved, stays known when the row that said so goes.
    if last and not any(kind in ("synthetic", "location-switched") for _, kind, _ in last):
        history.revert(session, last[0][0])


def delete(history: History, session: str, random: Random) -> None:
    if random.random() < 0.3:
        history.db.execute("DELETE FROM session_v2 WHERE id = ?", (session,))


def _begin_session(history: History, session: str, random: Random) -> None:
    history.session(parent=random.choice((None, session)))


def _settle_late(history: History, session: str, random: Random) -> None:
    """A session goes on: what ran when its server died becomes an error."""
    for row_id, kind, data in _rows(history, session):
        for item in data["content"] if kind == "assistant" else ():
            if item["state"]["status"] == "running":
                said = f"Tool execution interrupted: {item['name']}"
                item["state"] |= {"status": "error", "error": {"type": "aborted", "message": said}}
                item["time"]["completed"] = history.at
                history.write(row_id, data)


def _end_command(history: History, session: str, random: Random) -> None:
    """One in the background."""
    shells = [
        item["state"]["metadata"]["shellID"]
        for _, _, data in _rows(history, session)
        for item in data.get("content", ())
        if item["state"].get("metadata", {}).get("shellID")
    ]
    if shells:
        said = random.choice(({"exit": 0}, {"exit": 1}, {"timeout": True}, {}))
        history.ended(session, random.choice(shells), **said)


def _end_row(history: History, session: str, random: Random) -> None:
    """A command of the user, or a compaction."""
    for row_id, kind, data in _rows(history, session):
        if kind == "shell" and data["status"] == "running":
            data |= {"status": "exited", "exit": random.choice((0, 2))}
            data["time"]["completed"] = history.at
        elif kind == "compaction" and data["status"] == "running":
            cache = {"read": 0, "write": 0}
            used = {"input": 900, "output": 90, "reasoning": 0, "cache": cache}
            data |= {"status": "completed", "summary": "…", "cost": 0.05, "tokens": used}
        else:
            continue
        history.write(row_id, data)


CHANGES = (
    *(_begin_session, _add_user, _add_step, _add_step, _begin_step, _finish_step, _finish_step),
    *(retry_step, _add_row, _add_row, _add_row, _move, _move, _fork, revert, delete),
    *(_end_command, _end_command, _end_row, _settle_late),
)
