"""Plays the hooks of OpenCode 2 to the plugin, in the order in which its source calls them.

There is no binary of OpenCode 2 to drive here: what is shown by this is that the plugin does what
it should in a host that does what was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.scripted.plugin_host import play

HOST = Path(__file__).with_suffix(".ts")

Step = dict[str, Any]

SESSION, OTHER = "ses_one", "ses_two"


@dataclass
class Host:
    """An OpenCode 2 in ``folder``.

    Attributes:
        names_session: whether it writes OPENCODE_SESSION_ID, as 2.0.22 does and the first did not.
        copies: how often the plugin is installed.
        others: what another plugin does, by where it stands: ``before`` or ``after`` ours.
        history: the messages of a session since its last compaction; or ``fail``, or ``hang``.
        history_ms: how long it takes to answer with it.
        environment: of the server, beside what it needs.
    """

    folder: Path
    names_session: bool = True
    copies: int = 1
    others: Mapping[str, str] = field(default_factory=dict)
    history: Mapping[str, Any] | str = field(default_factory=dict)
    history_ms: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)

    def play(self, *steps: Step) -> list[Any]:
        """What came of each step. Raises if a hook of the plugin did."""
        options = {
            "directory": str(self.folder),
            "names_session": self.names_session,
            "copies": self.copies,
            "others": dict(self.others),
            "history": self.history,
            "history_ms": self.history_ms,
            "steps": steps,
        }
        results: list[Any] = play(HOST, self.folder, options, self.environment)
        return results

    def commands(self, *steps: Step) -> list[dict[str, str]]:
        """What each command saw of our variables, in the order in which they were created."""
        results = [result for result in self.play(*steps) if result and "environment" in result]
        return [dict(line.split("=", 1) for line in each["environment"]) for each in results]


def begins(
    call_id: str,
    command: str = "make",
    session: str = SESSION,
    *,
    tool: str = "shell",
    message: str = "msg_1",
    **more: Any,
) -> Step:
    """The model calls a tool."""
    step = {"op": "begin", "key": session + call_id, "tool": tool, "sessionID": session}
    named = {"agent": "build", "messageID": message, "id": call_id}
    return {**step, **named, "input": {"command": command, **more}}


def created(call_id: str, session: str = SESSION, **more: Any) -> Step:
    """The shell of that call is about to start."""
    return {"op": "create", "key": session + call_id, **more}


def ended(call_id: str, session: str = SESSION, **more: Any) -> Step:
    """That call has its result, or its error."""
    return {"op": "end", "key": session + call_id, **more}


def typed(command: str, **more: Any) -> Step:
    """The user's own ``!command``."""
    return {"op": "typed", "command": command, **more}


def happens(kind: str, **data: Any) -> Step:
    """An event of OpenCode's bus."""
    return {"op": "event", "type": kind, "data": data}


def asks_model(session: str = SESSION, agent: str = "build", model: str = "glm-4.7") -> Step:
    """A request of the agent to its model."""
    event = {
        "sessionID": session,
        "agent": agent,
        "model": {"providerID": "zai", "id": model, "variant": "default"},
        "messages": [],
    }
    return {"op": "hook", "domain": "session", "name": "context", "event": event}


def prompts(skills: list[str], session: str = SESSION) -> Step:
    """The user writes a message that names these skills."""
    prompt = {"text": "Go on.", "skills": [{"id": skill} for skill in skills]}
    event = {"sessionID": session, "messageID": "msg_0", "prompt": prompt, "delivery": "now"}
    return {"op": "hook", "domain": "session", "name": "prompt", "event": event}
