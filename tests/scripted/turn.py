"""One turn of a scripted session: what the model does, and beside it what must be found of it.

The script that OpenCode follows and the expectation that the tests hold against its database are
the same objects, so they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.scripted.model_server import Step, ToolCall


@dataclass(frozen=True)
class Call(ToolCall):
    """A tool call with its outcome and the types of its events; see `history.ExpectedCall`."""

    outcome: str = "succeeded"
    events: tuple[str, ...] = ()
    overlaps: bool = False


@dataclass(frozen=True)
class Turn:
    """One user message and the steps that the model takes in answer to it.

    Attributes:
        name: the script's, in the user message.
        session: the scenario's name of the session; several turns may share it.
        steps: what the model does.
        continues: the session that it goes on in, or that it forks from.
        killed_at: the mark at which OpenCode is killed.
        subagent: begun by a `task` call, not by us.
    """

    name: str
    session: str
    steps: tuple[Step, ...]
    model: str = "mock/glm-4.7"
    continues: str | None = None
    fork: bool = False
    killed_at: str | None = None
    subagent: bool = False

    @property
    def prompt(self) -> str:
        return prompt(self.name)

    def calls(self) -> Iterator[Call]:
        for step in self.steps:
            for call in step.calls:
                assert isinstance(call, Call)
                yield call


def prompt(script: str) -> str:
    """The message that makes the model follow a script."""
    return f"[script:{script}] Go on."


def step(*calls: Call, says: str = "") -> Step:
    """One answer of the model; several calls in it run at the same time."""
    return Step(says, calls)


def load(name: str, call_id: str, outcome: str = "succeeded") -> Call:
    """A skill being loaded."""
    return Call("skill", {"name": name}, call_id, outcome)


def bash(number: int, command: str, outcome: str = "succeeded") -> Call:
    """A shell command, by a call that is numbered as models of this kind do."""
    given = {"command": command, "description": "Runs a command"}
    return Call("bash", given, f"functions.bash:{number}", outcome)


def task(script: str, call_id: str) -> Call:
    """A subagent that follows a script of its own."""
    given = {"description": script, "prompt": prompt(script), "subagent_type": "general"}
    return Call("task", given, call_id)


def runs(
    path: str,
    session: str,
    call_id: str,
    events: tuple[str, ...],
    *arguments: str,
    outcome: str = "succeeded",
    overlaps: bool = False,
    timeout_ms: int | None = None,
) -> Call:
    """A `bash` call of a skill's script, which is told what call runs it."""
    origin = f"{session}/{call_id.strip()}"
    given: dict[str, Any] = {
        "command": " ".join(["python", f".opencode/skill/{path}", origin, *arguments]),
        "description": f"Runs {path}",
    }
    if timeout_ms is not None:
        given["timeout"] = timeout_ms
    return Call("bash", given, call_id, outcome, events, overlaps)
