"""Rows of the section `sessions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import NO_TOKENS, Meaning, amount


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session, newest first; a subagent's session is a row of its own."""

    session_id: Annotated[str, Meaning("OpenCode's id")]
    title: Annotated[str | None, Meaning("its title; null when it has none")]
    directory: Annotated[str | None, Meaning("the folder it was started in; null when unknown")]
    parent_id: Annotated[
        str | None,
        Meaning("the session that began it: as a subagent, or in a command; null for others"),
    ]
    parent_call: Annotated[
        str | None,
        Meaning(
            "the call_id of the command that began it there; null for a subagent and where unknown"
        ),
    ]
    started: Annotated[int | None, amount("when it began, ms since the epoch; null when unknown")]
    ended: Annotated[
        int | None, amount("end of its last message or call, ms since the epoch; null without any")
    ]
    calls: Annotated[int, amount("tool calls, copies from a forked session not counted")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    skills: Annotated[int, amount("different skills that were loaded or run")]
    tokens_input: Annotated[int | None, amount("input tokens without cached ones" + NO_TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + NO_TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + NO_TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + NO_TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + NO_TOKENS)]
    cost: Annotated[float | None, amount("cost in US dollars, as OpenCode has it" + NO_TOKENS)]
    todos: Annotated[int | None, amount("its to-do items; null when OpenCode keeps none")]
    todos_completed: Annotated[int | None, amount("those completed; null likewise")]
    turns_succeeded: Annotated[
        int | None,
        amount("turns that succeeded, as OpenCode 2 says; null without any turn of 2.x"),
    ]
    turns_failed: Annotated[int, amount("turns that ended in an error")]
    turns_interrupted: Annotated[int, amount("turns that the user stopped")]
