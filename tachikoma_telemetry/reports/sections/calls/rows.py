"""Rows of the section `calls`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount
from ...selection.filters import Outcome

_TOOL = Meaning(
    "the tool's name; of an invalid call, the one that the model named; null when unknown"
)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One tool call, in the order they started."""

    session_id: Annotated[str, Meaning("its session")]
    call_id: Annotated[
        str | None,
        Meaning(
            "as the model gave it, often not unique even in its session; null when it gave none"
        ),
    ]
    tool: Annotated[str | None, _TOOL]
    skill: Annotated[
        str | None,
        Meaning(
            "the skill it loads, that its events name, or in whose window it ran; null without any"
        ),
    ]
    outcome: Annotated[
        Outcome, Meaning("how it ended; running: it may still run; abandoned: it never will end")
    ]
    reason: Annotated[str | None, Meaning("why, in a few words; null when there is nothing to say")]
    started: Annotated[
        int | None, amount("when, ms since the epoch; null when it never did, or a call made it")
    ]
    duration_ms: Annotated[int | None, amount("how long, ms; null when it did not end")]
    model: Annotated[str | None, Meaning("provider/model of its message; null when it named none")]
    events: Annotated[int, amount("events that skill code recorded in it: exact and inferred ones")]
    recorded: Annotated[
        dict[str, int], Meaning("type of event → how many of them were recorded in it")
    ]
    call_key: Annotated[str, Meaning("unique: the id of its part; v2:<message>:<call id> in 2.x")]
    parent_call: Annotated[
        str | None,
        Meaning("key of the call whose code made it (`execute` of 2.x); null for the model's own"),
    ]
    script_skill: Annotated[
        str | None, Meaning("the skill of which its command ran a file; null when it ran none")
    ]
    script: Annotated[
        str | None, Meaning("that file, as it is named in the skill's folder; null likewise")
    ]
