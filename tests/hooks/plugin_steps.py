"""What OpenCode does to its plugin, a hook a step, and what the plugin hands to a command."""

from __future__ import annotations

from typing import Any

from tests.scripted.plugin_driver import Hook

SESSION, OTHER = "ses_one", "ses_two"


def asks(session: str | None = None, call_id: str | None = None) -> Hook:
    """A command is about to start; OpenCode 1.2.1 names neither session nor call."""
    ids = {"sessionID": session, "callID": call_id}
    given = {name: value for name, value in ids.items() if value is not None}
    return "shell.env", {"cwd": "/", **given}, {"env": {}}


def begins(call_id: str, session: str = SESSION, tool: str = "bash") -> Hook:
    return "tool.execute.before", {"tool": tool, "sessionID": session, "callID": call_id}, {}


def ends(call_id: str, session: str = SESSION, tool: str = "bash", **args: Any) -> Hook:
    given = {"tool": tool, "sessionID": session, "callID": call_id, "args": args}
    return "tool.execute.after", given, {"metadata": {}}


def happens(kind: str, **properties: Any) -> Hook:
    return "event", {"event": {"type": kind, "properties": properties}}, None


def tool_part(call_id: str, status: str, session: str = SESSION, **more: Any) -> dict[str, Any]:
    part = {"type": "tool", "tool": "bash", "sessionID": session, "callID": call_id}
    return {**part, "state": {"status": status}, **more}


def answers(agent: Any, provider: str, model: str, asked: str, session: str = SESSION) -> Hook:
    """The model is about to be asked by an agent, for a message meant for the agent `asked`."""
    given = {
        "sessionID": session,
        "agent": agent,
        "model": {"id": model, "providerID": provider},
        "message": {"agent": asked},
    }
    return "chat.params", given, {}


def ids(environment: dict[str, str]) -> tuple[str | None, str | None]:
    return environment.get("TACHIKOMA_SESSION_ID"), environment.get("TACHIKOMA_CALL_ID")


def skill(environment: dict[str, str]) -> tuple[str | None, str | None]:
    return environment.get("TACHIKOMA_SKILL"), environment.get("TACHIKOMA_SKILL_CALL_ID")
