"""Rows of the section `timeline`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, meaning, moment

Kind = Literal["call", "event"]
Ended = Literal["succeeded", "failed", "interrupted", "unfinished"]


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A tool call, or an event that skill code recorded; an event comes behind its call."""

    time: int | None = moment("when it began", "when unknown")
    kind: Kind = meaning("call: OpenCode saw it; event: skill code recorded it")
    name: str | None = meaning("the tool, or the type of the event; null when unknown")
    skill: str | None = meaning("the skill it belongs to; null without any")
    detail: str | None = meaning(
        "of a call why it ended so, of an event its fields; null without any"
    )
    outcome: str | None = meaning(
        "how a call ended; of an event succeeded or failed; null when unknown"
    )
    duration_ms: float | None = amount("how long, ms; null when unknown")
    session_id: str | None = meaning("its session; null when the event names none")
    call_key: str | None = meaning(
        "the call, or the one that the event was recorded in; null without"
    )
    event_id: str | None = meaning("the event; null for a call")


@dataclass(frozen=True, slots=True)
class EndingRow:
    """How a session ended, as far as OpenCode says."""

    session_id: str = meaning("the session")
    outcome: Ended = meaning("how its last turn ended")
    error_type: str | None = meaning("the class of the error; null without one")
