"""The rows behind a number: runs, attempts to edit, events without a call, steps of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..meaning import Meaning, amount
from ..sections.sessions.rows import SessionRow

_Session = Annotated[str | None, Meaning("its session; null outside of any")]
_Title = Annotated[str | None, Meaning("the session's title; null when it has none")]
_Call = Annotated[str | None, Meaning("key of the call that it was in; null when it is not known")]
_Model = Annotated[str | None, Meaning("its id without the provider; null when it is not known")]
_Reason = Annotated[
    str | None, Meaning("class of the error, or why it ended so; null when nothing says it")
]
_Took = Annotated[float | None, amount("how long, ms; null when nothing says it")]


@dataclass(frozen=True, slots=True)
class PlacedSession(SessionRow):
    """A session, and its place in the tree."""

    depth: Annotated[int, amount("how many sessions above it are listed, too")]
    fork_of: Annotated[
        str | None, Meaning("the session whose messages it copied; null for no fork, or unknown")
    ]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a skill."""

    run_id: Annotated[str, Meaning("the run; call:<key> for a shell call that ran a skill's file")]
    skill: Annotated[str | None, Meaning("the skill; null when the run gave none")]
    started: Annotated[int | None, amount("when, ms since the epoch; null when not known")]
    outcome: Annotated[
        str,
        Meaning("succeeded, failed, escalated, cancelled, running, unfinished or abandoned"),
    ]
    reason: _Reason
    run_ms: _Took
    iterations: Annotated[int | None, amount("iterations recorded in it; null when it has none")]
    retries: Annotated[int | None, amount("retries recorded in it; null when it has none")]
    source: Annotated[str, Meaning("event: its code recorded it; call: a shell call ran its file")]
    model: _Model
    session_id: _Session
    title: _Title
    call_key: _Call


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt to edit."""

    attempt_id: Annotated[str, Meaning("unique: the event, or the call, that was the attempt")]
    time: Annotated[int, amount("when, ms since the epoch")]
    model: _Model
    format: Annotated[str | None, Meaning("the edit format; null when it is not known")]
    success: Annotated[int | None, Meaning("1 when it succeeded, 0 when not; null when unknown")]
    attempt: Annotated[int, amount("which attempt of its edit, from 1")]
    last: Annotated[int, Meaning("1 for the last attempt of its edit")]
    skill: Annotated[str | None, Meaning("the skill that was active; null without one")]
    duration_ms: _Took
    tokens: Annotated[int | None, amount("tokens of the attempt; null when nothing says it")]
    error_type: _Reason
    source: Annotated[str, Meaning("event: recorded by a skill; call: seen as an OpenCode call")]
    session_id: _Session
    title: _Title
    call_key: _Call


@dataclass(frozen=True, slots=True)
class UnjoinedRow:
    """One event that belongs to no call."""

    event_id: Annotated[str, Meaning("the event")]
    time: Annotated[int, amount("when it was recorded, ms since the epoch")]
    type: Annotated[str, Meaning("the event's type")]
    skill: Annotated[str | None, Meaning("the skill that it names; null without one")]
    match: Annotated[
        str,
        Meaning(
            "orphan: names a call that is not in the store (yet); ambiguous: more than one call "
            "fits; none: names no call, and none fits"
        ),
    ]
    call_id: Annotated[str | None, Meaning("the call that it names; null when it names none")]
    session_id: Annotated[str | None, Meaning("the session that it names; null likewise")]
    project: Annotated[str | None, Meaning("the project whose journal held it; null if unknown")]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One line of a session's timeline."""

    step: Annotated[str, Meaning("unique: key of the call, id of the event or message")]
    kind: Annotated[
        str,
        Meaning(
            "call; event: recorded by skill code, below the call that it joined; turn: the user "
            "wrote; error: a message of the model ended in one"
        ),
    ]
    time: Annotated[int | None, amount("when it began, ms since the epoch; null when unknown")]
    depth: Annotated[int, amount("0 for what the model did, 1 for what belongs to the call above")]
    name: Annotated[str | None, Meaning("the tool, the event's type, or the class of the error")]
    skill: Annotated[str | None, Meaning("the skill that was active, or that the event names")]
    outcome: Annotated[str | None, Meaning("how the call ended; null for all but calls")]
    reason: Annotated[str | None, Meaning("why, in a few words; null when nothing says it")]
    duration_ms: Annotated[int | None, amount("how long the call took, ms; null when it is open")]
    body: Annotated[str | None, Meaning("what the event says, JSON; null for all but events")]
    match: Annotated[str | None, Meaning("how the event got its call; null for all but events")]
    child_id: Annotated[str | None, Meaning("the session that the call began; null without one")]
