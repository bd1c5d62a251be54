"""Plays the scenario in a sandbox, turn by turn, with a real OpenCode."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.scripted import scenario
from tests.scripted.history import Expected, ExpectedCall, ExpectedStep, History, Process
from tests.scripted.model_server import MARKER, ModelServer
from tests.scripted.sandbox import RUN_SECONDS, Sandbox
from tests.scripted.turn import Turn

DEMO = Path(__file__).parent / "demo"


class PlayError(Exception):
    """OpenCode did not do what the scenario says."""


def play(version: str, project: Path, home: Path) -> History:
    """Run the whole scenario. `project` and `home` must not exist yet."""
    turns = scenario.turns(str(project))
    with ModelServer({turn.name: turn.steps for turn in turns}) as server:
        sandbox = Sandbox(version, project, home, server.url)
        sandbox.create()
        shutil.copytree(DEMO / "src", project / "src")
        shutil.copytree(
            DEMO / "skill",
            project / ".opencode" / "skill",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        sandbox.install()
        for turn in turns:
            if not turn.subagent:
                _run(sandbox, turn)
                if server.problems:
                    raise PlayError(f"{version}, {turn.name}: {server.problems[0]}")
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    expected = expect(turns, server, sessions(sandbox.database), project)
    return History(version, sandbox.database, journal, project, expected)


def expect(
    turns: Sequence[Turn], server: ModelServer, ids: Mapping[str, str], project: Path
) -> Expected:
    """What must be found after these turns."""
    calls, steps = [], []
    for turn in turns:
        calls += [
            ExpectedCall(
                turn.session,
                call.call_id.strip(),
                call.tool,
                call.outcome,
                call.events,
                call.overlaps,
            )
            for call in turn.calls()
        ]
        for index, _ in enumerate(turn.steps):
            usage = server.usage(turn.name, index)
            finished = not (turn.killed_at and index == len(turn.steps) - 1)
            steps.append(
                ExpectedStep(
                    turn.session,
                    turn.model,
                    usage.input - usage.cached,
                    usage.output,
                    usage.cached,
                    finished,
                )
            )
    return Expected(ids, tuple(calls), tuple(steps), tuple(processes(project)))


def _run(sandbox: Sandbox, turn: Turn) -> None:
    arguments = ["run", "--model", turn.model]
    if turn.continues:
        arguments += ["--session", sessions(sandbox.database)[turn.continues]]
    if turn.fork:
        arguments.append("--fork")
    if turn.killed_at:
        _run_and_kill(sandbox, [*arguments, turn.prompt], turn.killed_at)
        return
    finished = sandbox.run(*arguments, turn.prompt)
    if finished.returncode != 0:
        raise PlayError(
            f"{sandbox.version}, {turn.name}: exit {finished.returncode}\n{finished.stderr[-2000:]}"
        )


def _run_and_kill(sandbox: Sandbox, arguments: list[str], mark: str) -> None:
    process = sandbox.start(*arguments)
    reached = sandbox.project / "marks" / mark
    end = time.monotonic() + RUN_SECONDS
    try:
        while not reached.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise PlayError(f"{sandbox.version}: OpenCode never came to {mark}")
            time.sleep(0.01)
    finally:
        process.kill()
        # The command outlives OpenCode; this ends it.
        reached.with_name(mark.replace(".running", ".released")).touch()
        process.communicate()


def sessions(database: Path) -> dict[str, str]:
    """OpenCode's session ids by the names of the scripts that were begun in them."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        of_2 = "select 1 from sqlite_master where name = 'session_v2'"
        query = _PROMPTS_OF_2 if connection.execute(of_2).fetchone() else _PROMPTS
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    found = {}
    for session, data in rows:
        for name in MARKER.findall(json.loads(data).get("text", "")):
            found[name] = session
    return found


_PROMPTS = """
select part.session_id, part.data from part
 join message on message.id = part.message_id
 join session on session.id = part.session_id
 where json_extract(message.data, '$.role') = 'user'
 -- The others are copies, in a fork.
 and json_extract(message.data, '$.time.created') >= session.time_created
"""
_PROMPTS_OF_2 = """
select m.session_id, m.data from session_message m join session_v2 s on s.id = m.session_id
 where m.type = 'user' and m.time_created >= s.time_created
"""


def processes(project: Path) -> Iterator[Process]:
    """What each skill script said of itself."""
    for path in sorted((project / "seen").glob("*.json")):
        account = json.loads(path.read_text(encoding="utf-8"))
        session, call_id = account["origin"].split("/")
        yield Process(session, call_id, account["pid"], account["environment"])
