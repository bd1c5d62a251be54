"""Rows of the section `calls`."""

from dataclasses import dataclass

from ...meaning import amount, meaning, moment
from ...selection.filters import Outcome

_TOOL = "the tool's name; of an invalid call, the one that the model named; null when unknown"


@dataclass(frozen=True, slots=True)
class CallRow:
    """One tool call, in the order they started."""

    session_id: str = meaning("its session")
    call_id: str | None = meaning(
        "as the model gave it, often not unique even in its session; null when it gave none"
    )
    tool: str | None = meaning(_TOOL)
    skill: str | None = meaning(
        "the skill it loads, that its events name, or in whose window it ran; null without any"
    )
    outcome: Outcome = meaning(
        "how it ended; running: it may still run; abandoned: it never will end"
    )
    reason: str | None = meaning("why, in a few words; null when there is nothing to say")
    started: int | None = moment("when", "when it never did, or a call made it")
    duration_ms: int | None = amount("how long, ms; null when it did not end")
    model: str | None = meaning("provider/model of its message; null when it named none")
    events: int = amount("events that skill code recorded in it: exact and inferred ones")
    recorded: dict[str, int] = meaning("type of event → how many of them were recorded in it")
    call_key: str = meaning("unique: the id of its part; v2:<message>:<call id> in 2.x")
    parent_call: str | None = meaning(
        "key of the call whose code made it (`execute` of 2.x); null for the model's own"
    )
    script_skill: str | None = meaning(
        "the skill of which its command ran a file; null when it ran none"
    )
    script: str | None = meaning("that file, as it is named in the skill's folder; null likewise")
