"""Rows of the section `timeline`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount

Kind = Literal["call", "event"]
Ended = Literal["succeeded", "failed", "interrupted", "unfinished"]


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A tool call, or an event that skill code recorded; an event comes behind its call."""

    time: Annotated[int | None, amount("when it began, ms since the epoch; null when unknown")]
    kind: Annotated[Kind, Meaning("call: OpenCode saw it; event: skill code recorded it")]
    name: Annotated[str | None, Meaning("the tool, or the type of the event; null when unknown")]
    skill: Annotated[str | None, Meaning("the skill it belongs to; null without any")]
    detail: Annotated[
        str | None, Meaning("of a call why it ended so, of an event its fields; null without any")
    ]
    outcome: Annotated[
        str | None, Meaning("how a call ended; of an event succeeded or failed; null when unknown")
    ]
    duration_ms: Annotated[float | None, amount("how long, ms; null when unknown")]
    session_id: Annotated[str | None, Meaning("its session; null when the event names none")]
    call_key: Annotated[
        str | None, Meaning("the call, or the one that the event was recorded in; null without")
    ]
    event_id: Annotated[str | None, Meaning("the event; null for a call")]


@dataclass(frozen=True, slots=True)
class EndingRow:
    """How a session ended, as far as OpenCode says."""

    session_id: Annotated[str, Meaning("the session")]
    outcome: Annotated[Ended, Meaning("how its last turn ended")]
    error_type: Annotated[str | None, Meaning("the class of the error; null without one")]
