"""Rows of the sections `tools`, `models`, `sessions` and `calls`: what OpenCode itself saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import INTERVAL_HIGH, INTERVAL_LOW, Meaning, amount, share

Outcome = Literal[
    "succeeded", "failed", "timed_out", "invalid", "cancelled", "abandoned", "running"
]

_TOKENS = "; null when no message told them"
_TOOL = Meaning("the tool's name; of an invalid call, the one it asked for; null when not known")


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool."""

    tool: Annotated[str | None, _TOOL]
    calls: Annotated[int, amount("calls, copies in forks not counted again")]
    succeeded: Annotated[int, amount("calls that succeeded")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    success_rate: Annotated[
        float | None, share("succeeded over succeeded + failed; null when none finished")
    ]
    duration_p50_ms: Annotated[
        float | None, amount("median duration of the finished calls, ms; null without any")
    ]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms; null likewise")]
    success_low: Annotated[float | None, INTERVAL_LOW]
    success_high: Annotated[float | None, INTERVAL_HIGH]
    timed_out: Annotated[int, amount("of the failed: timed out")]
    invalid: Annotated[int, amount("of the failed: no such tool, or arguments it does not take")]
    cancelled: Annotated[int, amount("calls that the user stopped or did not permit")]
    abandoned: Annotated[int, amount("calls that never ended")]
    running: Annotated[int, amount("calls that may still run")]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model, as OpenCode names it."""

    model: Annotated[str | None, Meaning("provider/model; null when the message named none")]
    messages: Annotated[int, amount("its messages, copies in forks not counted again")]
    tokens_input: Annotated[int | None, amount("input tokens, cached ones aside" + _TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + _TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + _TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + _TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + _TOKENS)]
    cost: Annotated[float | None, amount("cost in US dollars, as OpenCode has it" + _TOKENS)]
    sessions: Annotated[int, amount("sessions with such a message")]
    errors: Annotated[
        int, amount("messages that ended in an error; not those that the user stopped")
    ]
    duration_p50_ms: Annotated[
        float | None, amount("median time of a message, ms; null when none ended")
    ]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms; null likewise")]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session, newest first; a subagent's session is a row of its own."""

    session_id: Annotated[str, Meaning("OpenCode's id")]
    title: Annotated[str | None, Meaning("its title; null when it has none")]
    directory: Annotated[str | None, Meaning("the folder it was started in; null when not known")]
    parent_id: Annotated[
        str | None, Meaning("the session whose `task` call began it; null for others")
    ]
    started: Annotated[int | None, amount("when it began, ms since the epoch; null when not known")]
    ended: Annotated[
        int | None, amount("end of its last message or call, ms since the epoch; null without any")
    ]
    calls: Annotated[int, amount("tool calls, copies from a forked session not counted")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    skills: Annotated[int, amount("different skills that were loaded or run")]
    tokens_input: Annotated[int | None, amount("input tokens, cached ones aside" + _TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + _TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + _TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + _TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + _TOKENS)]
    cost: Annotated[float | None, amount("cost in US dollars, as OpenCode has it" + _TOKENS)]
    todos: Annotated[int | None, amount("its to-do items; null when OpenCode keeps none")]
    todos_completed: Annotated[int | None, amount("those completed; null likewise")]


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
    started: Annotated[int | None, amount("when, ms since the epoch; null when it never did")]
    duration_ms: Annotated[int | None, amount("how long, ms; null when it did not end")]
    model: Annotated[str | None, Meaning("provider/model of its message; null when it named none")]
    events: Annotated[int, amount("events that skill code recorded in it: exact and inferred ones")]
    recorded: Annotated[
        dict[str, int], Meaning("type of event → how many of them were recorded in it")
    ]
    call_key: Annotated[str, Meaning("unique: the id of its part; v2:<message>:<call id> in 2.x")]
