"""The calls inside a message of OpenCode 2.

    {"type":"tool","id":CALLID,"name":T,"state":{"status":S,"input":{…},"content":[{"type":"text",
     "text":"…"}],"metadata":{…},"error":{"type":"…","message":"…"}},
     "time":{"created":ms,"ran":ms,"completed":ms}}

Betas say `structured` for `metadata`. While the model still writes the call its status is
`streaming` and its input an unfinished text. `execute` runs code of the model that calls tools:
these have a name and a status in its metadata, and no id, times or message of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .numbers import Numbers
from .outcome import RUNNING, SUCCEEDED, Outcome
from .part import CallLocation, make_call
from .shapes import Call, Values
from .unknown import see, see_state
from .v2_outcome import End, verdict_of
from .values import section

PREFIX = "v2:"
_SKILL = Call._fields.index("skill")
SHELLS = frozenset({"shell", "bash"})  # the second in rows that were migrated
_CONTENT = frozenset({"text", "reasoning", "tool"})
# The tools whose output says anything that is kept.
_SAYS = frozenset({"skill", "bash", "invalid"})

# The end of what went to the background, by the id of its shell or the session of its subagent.
Ends = Callable[[str], End | None]


def read_calls(
    place: CallLocation, body: dict[str, Any], numbers: Numbers, unknown: Counter[str], ends: Ends
) -> list[Values | None]:
    """The calls of a message; None for each one that can't be understood.

    Args:
        place: where they are.
        body: the data of the message.
        numbers: counts those that are out of range.
        unknown: counts kinds of content and states that are not known.
        ends: how what went to the background ended.

    """
    content = body.get("content")
    found: list[Values | None] = []
    keys: dict[str, int] = {}
    begin = f"{PREFIX}{place.message_id}:"
    for item in content if type(content) is list else ():
        if type(item) is not dict:
            continue
        kind = item.get("type")
        if kind != "tool":
            if not isinstance(kind, str) or kind not in _CONTENT:
                see(unknown, "content type", kind)
            continue
        call_id, state, tool = item.get("id"), item.get("state"), item.get("name")
        key = begin + call_id.strip() if type(call_id) is str else begin
        # Providers repeat ids, and leave them empty; what comes later follows.
        keys[key] = number = keys.get(key, 0) + 1
        if number > 1:
            key = f"{key}#{number}"
        if type(state) is not dict or state.get("status") != "completed":
            see_state(unknown, item)
        if type(state) is not dict or type(tool) is not str:
            found.append(None)
            continue
        metadata = section(state.get("metadata"))
        if "structured" in state:
            metadata = {**metadata, **section(state["structured"])}
        call, outcome = _read_call(key, place, item, tool, state, metadata, numbers, ends)
        found.append(call)
        if "toolCalls" in metadata:
            made = metadata["toolCalls"]
            found += _read_inner(key, place, made, outcome.outcome, numbers, unknown)
    return found


def _read_call(
    key: str,
    place: CallLocation,
    item: dict[str, Any],
    tool: str,
    state: dict[str, Any],
    metadata: dict[str, Any],
    numbers: Numbers,
    ends: Ends,
) -> tuple[Values, Outcome]:
    """A call, and how it ended."""
    child, end = metadata.get("sessionId") or metadata.get("sessionID"), None
    if metadata.get("status") == "running":
        background = metadata.get("shellID") if tool == "shell" else child
        end = ends(background) if type(background) is str else None
    times = section(item.get("time"))
    said = tool in _SAYS or tool.startswith("skills_")
    output = _text_of(state.get("content")) if said else None
    outcome, ended = verdict_of(tool, state, metadata, output, times.get("completed"), end)
    call = make_call(
        key,
        place,
        tool,
        item.get("id"),
        section(state.get("input")),
        outcome,
        times.get("ran") or times.get("created"),
        ended,
        numbers,
        SHELLS,
        output=output,
        error=section(state.get("error")).get("message"),
        child=child,
    )
    if said and place.skills is not None and call[_SKILL] and outcome is SUCCEEDED:
        place.skills.note_call(place.row, call[_SKILL], {"metadata": metadata, "output": output})
    return call, outcome


def _read_inner(
    key: str,
    place: CallLocation,
    made: object,
    around: str,
    numbers: Numbers,
    unknown: Counter[str],
) -> Iterator[Values | None]:
    """What the code of an `execute` called, in order."""
    for number, inner in enumerate(made if isinstance(made, list) else (), 1):
        if isinstance(inner, dict):
            see_state(unknown, {"state": inner})
        yield _inner_call(f"{key}>{number}", key, place, inner, around, numbers)


def _inner_call(
    key: str, parent: str, place: CallLocation, inner: object, around: str, numbers: Numbers
) -> Values | None:
    """A call that the code of an `execute` made; what still ran when that ended was cancelled."""
    made = section(inner)
    status = made.get("status")
    if status == "completed":
        outcome = SUCCEEDED
    elif status == "error":
        outcome = Outcome("failed", "error", None)
    else:
        outcome = RUNNING if around == "running" else Outcome("cancelled", "aborted", None)
    tool, given = made.get("tool"), section(made.get("input"))
    if type(tool) is not str:
        return None
    return make_call(
        key, place, tool, None, given, outcome, None, None, numbers, SHELLS, parent_call=parent
    )


def user_command(
    place: CallLocation, body: dict[str, Any], outcome: Outcome, ended: object, numbers: Numbers
) -> Values:
    """The command that a user typed after a "!", as a call of the tool that runs such commands."""
    key, start = f"{PREFIX}{place.message_id}:", section(body.get("time")).get("created")
    call_id, given = body.get("shellID"), {"command": body.get("command")}
    return make_call(key, place, "shell", call_id, given, outcome, start, ended, numbers, SHELLS)


def _text_of(content: object) -> str | None:
    """The output as the model saw it: the text items, one below the other."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    if len(content) == 1:  # nearly always
        only = section(content[0]).get("text")
        return only if isinstance(only, str) else ""
    texts = (section(item).get("text") for item in content)
    return "\n".join(each for each in texts if isinstance(each, str))
