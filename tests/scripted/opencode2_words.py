"""What a scripted session for OpenCode 1 is called in OpenCode 2: tools, their arguments, rows.

Written after the source of 2.0; it runs where `versions.OPENCODE_2` can be had.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# By the tool of OpenCode 1: that of 2, and the new names of its arguments (None: not there).
_TOOLS: Mapping[str, tuple[str, Mapping[str, str | None]]] = {
    "bash": ("shell", {"description": None}),
    "task": ("subagent", {"subagent_type": "agent"}),
    "skill": ("skill", {"name": "id"}),
    "read": ("read", {"filePath": "path"}),
    "edit": ("edit", {"filePath": "path"}),
    "write": ("write", {"filePath": "path"}),
    "apply_patch": ("patch", {}),
}
_OLD = {new: old for old, (new, _) in _TOOLS.items()}


def in_words_of(
    tools: set[str], tool: str, arguments: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """A call as the OpenCode that offers `tools` knows it; one without `shell` is OpenCode 1."""
    if "shell" not in tools or tool not in _TOOLS:
        return tool, arguments
    name, renamed = _TOOLS[tool]
    given = {renamed.get(key, key): value for key, value in arguments.items()}
    return name, {key: value for key, value in given.items() if key is not None}


def calls_in(message: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The calls in a row of `session_message`: id, tool and state as OpenCode 1 has them."""
    for part in json.loads(message).get("content") or []:
        if part.get("type") != "tool":
            continue
        state, time, tool = dict(part["state"]), part["time"], _OLD.get(part["name"], part["name"])
        if state["status"] == "streaming":
            state["status"] = "running"
        if tool == "skill" and isinstance(state.get("input"), dict):
            state["input"] = {"name": state["input"].get("id")}
        error = state.get("error") or {}
        if str(error.get("message", "")).startswith("No tool named"):
            tool = "invalid"
        state["error"] = error.get("message", "")
        state["output"] = "\n".join(each.get("text", "") for each in state.get("content") or [])
        metadata = state.setdefault("metadata", {})
        if tool == "bash" and state["status"] == "completed":
            metadata.setdefault("exit", None)
        state["time"] = {"start": time.get("ran", time["created"]), "end": time.get("completed")}
        yield part["id"].strip(), tool, state
