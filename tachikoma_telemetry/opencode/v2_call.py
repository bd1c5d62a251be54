"""The calls inside a message of OpenCode 2, brought into the shape of a 1.x part and read as one.

    {"type":"tool","id":CALLID,"name":T,"state":{"status":S,"input":{…},"content":[{"type":"text",
     "text":"…"}],"structured":{…},"error":{"type":"…","message":"…"}},
     "time":{"created":ms,"ran":ms,"completed":ms}}

`structured` (later `metadata`) is what 1.x calls `metadata`: exit code, child session. `error` is a
text or an object. While the model still writes the call its status is `streaming` and its input an
unfinished text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .numbers import Numbers
from .part import read_call
from .shapes import Values
from .values import section, text

PREFIX = "v2:"


def read_calls(
    message_id: str,
    session_id: str,
    updated: object,
    body: dict[str, Any],
    folder: str | None,
    numbers: Numbers,
) -> Iterator[Values | None]:
    """The calls of a message; None for each one that can't be understood."""
    content = body.get("content")
    if not isinstance(content, list):
        return
    keys: dict[str, int] = {}
    for item in content:
        if not isinstance(item, dict) or item.get("type") != "tool":
            continue
        call_id = item.get("id")
        key = f"{PREFIX}{message_id}:{call_id.strip() if isinstance(call_id, str) else ''}"
        # Providers repeat ids, and leave them empty; what comes later follows.
        keys[key] = number = keys.get(key, 0) + 1
        if number > 1:
            key = f"{key}#{number}"
        yield read_call(key, session_id, message_id, updated, _as_part(item), folder, numbers)


def _as_part(item: dict[str, Any]) -> dict[str, Any]:
    state, times = section(item.get("state")), section(item.get("time"))
    given = section(state.get("input"))
    if "filePath" not in given and "path" in given:
        given = {**given, "filePath": given["path"]}
    metadata = {**section(state.get("metadata")), **section(state.get("structured"))}
    child = metadata.get("sessionId") or metadata.get("sessionID")
    error = state.get("error")
    kind = section(error).get("type")
    if isinstance(kind, str) and ("interrupt" in kind or "abort" in kind):
        metadata["interrupted"] = True
    tool = item.get("name")
    return {
        "type": "tool",
        # What 1.x calls task is also called subagent.
        "tool": "task" if tool == "subagent" else tool,
        "callID": item.get("id"),
        "state": {
            "status": state.get("status"),
            "input": given,
            "output": _text_of(state.get("content")),
            "error": section(error).get("message") or text(kind) or error,
            "metadata": {**metadata, "sessionId": child} if child else metadata,
            "time": {
                "start": times.get("ran") or times.get("created"),
                "end": times.get("completed"),
            },
        }
        if isinstance(item.get("state"), dict)
        else None,
    }


def _text_of(content: object) -> str | None:
    """The output as the model saw it: the text items, one below the other."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = (section(item).get("text") for item in content)
    return "\n".join(each for each in texts if isinstance(each, str))
