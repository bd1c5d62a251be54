"""The rows behind a number: runs, attempts to edit, events without a call, steps of a session."""

from dataclasses import dataclass

from ..meaning import amount, meaning, moment
from ..sections.sessions.rows import SessionRow

_SESSION = "its session; null outside of any"
_CALL = "key of the call that it was in; null when it is not known"
_MODEL = "the model; null when it is not known"
_ENDED = "class of the error, or why it ended so; null when nothing says it"


@dataclass(frozen=True, slots=True)
class PlacedSession(SessionRow):
    """A session, and its place in the tree."""

    depth: int = amount("how many sessions above it are listed, too")
    fork_of: str | None = meaning(
        "the session whose messages it copied; null for no fork, or unknown"
    )


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a skill."""

    run_id: str = meaning("the run; call:<key> for a shell call that ran a skill's file")
    skill: str | None = meaning("the skill; null when the run gave none")
    started: int | None = moment("when", "when not known")
    outcome: str = meaning(
        "succeeded, failed, escalated, cancelled, running, unfinished or abandoned"
    )
    reason: str | None = meaning(_ENDED)
    run_ms: float | None = amount("how long, ms; null when nothing says it")
    iterations: int | None = amount("iterations recorded in it; null when it has none")
    retries: int | None = amount("retries recorded in it; null when it has none")
    source: str = meaning("event: its code recorded it; call: a shell call ran its file")
    model: str | None = meaning(_MODEL)
    session_id: str | None = meaning(_SESSION)
    title: str | None = meaning("the session's title; null when it has none")
    call_key: str | None = meaning(_CALL)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt to edit."""

    attempt_id: str = meaning("unique: the event, or the call, that was the attempt")
    time: int = moment("when")
    model: str | None = meaning("the model's id without its provider; null when unknown")
    format: str | None = meaning("the edit format; null when it is not known")
    success: int | None = meaning("1 when it succeeded, 0 when not; null when unknown")
    attempt: int = amount("which attempt of its edit, from 1")
    last: int = meaning("1 for the last attempt of its edit")
    skill: str | None = meaning("the skill that was active; null without one")
    duration_ms: float | None = amount("how long, ms; null when nothing says it")
    tokens: int | None = amount("tokens of the attempt; null when nothing says it")
    error_type: str | None = meaning(_ENDED)
    source: str = meaning("event: recorded by a skill; call: seen as an OpenCode call")
    session_id: str | None = meaning(_SESSION)
    title: str | None = meaning("the session's title; null when it has none")
    call_key: str | None = meaning(_CALL)


@dataclass(frozen=True, slots=True)
class UnjoinedRow:
    """One event that belongs to no call."""

    event_id: str = meaning("the event")
    time: int = moment("when it was recorded")
    type: str = meaning("the event's type")
    skill: str | None = meaning("the skill that it names; null without one")
    match: str = meaning(
        "orphan: names a call that is not in the store (yet); ambiguous: more than one call fits; "
        "none: names no call, and none fits"
    )
    call_id: str | None = meaning("the call that it names; null when it names none")
    session_id: str | None = meaning("the session that it names; null likewise")
    project: str | None = meaning("the project whose journal held it; null if unknown")


@dataclass(frozen=True, slots=True)
class StepRow:
    """One line of a session's timeline."""

    step: str = meaning("unique: key of the call, id of the event or message")
    kind: str = meaning(
        "call; event: recorded by skill code, below the call that it joined; turn: the user wrote;"
        " error: a message of the model ended in one"
    )
    time: int | None = moment("when it began", "when unknown")
    depth: int = amount("0 for what the model did, 1 for what belongs to the call above")
    name: str | None = meaning("the tool, the event's type, or the class of the error")
    skill: str | None = meaning("the skill that was active, or that the event names")
    outcome: str | None = meaning("how the call ended; null for all but calls")
    reason: str | None = meaning("why, in a few words; null when nothing says it")
    duration_ms: int | None = amount("how long the call took, ms; null when it is open")
    body: str | None = meaning("what the event says, JSON; null for all but events")
    match: str | None = meaning("how the event got its call; null for all but events")
    child_id: str | None = meaning("the session that the call began; null without one")
