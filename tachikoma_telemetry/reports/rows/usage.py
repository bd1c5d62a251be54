"""Rows of the sections `tools`, `models`, `sessions` and `calls`: what OpenCode itself saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .meaning import INTERVAL_HIGH, INTERVAL_LOW, Meaning, amount, share

Outcome = Literal[
    "succeeded", "failed", "timed_out", "invalid", "cancelled", "abandoned", "running"
]

_TOKENS = "; null when no message told them"


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool."""

    tool: Annotated[str | None, Meaning("the tool's name; of an invalid call, the one it asked")]
    calls: Annotated[int, amount("calls, copies in forks not counted again")]
    succeeded: Annotated[int, amount("calls that succeeded")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    success_rate: Annotated[float | None, share("succeeded over succeeded + failed")]
    duration_p50_ms: Annotated[float | None, amount("median duration of the finished calls, ms")]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms")]
    success_low: Annotated[float | None, INTERVAL_LOW]
    success_high: Annotated[float | None, INTERVAL_HIGH]
    timed_out: Annotated[int, amount("of the failed: timed out")]
    invalid: Annotated[int, amount("of the failed: no such tool, or arguments it does not take")]
    cancelled: Annotated[int, amount("calls that the user stopped")]
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
    cost: Annotated[float | None, amount("cost as OpenCode has it" + _TOKENS)]
    sessions: Annotated[int, amount("sessions with such a message")]
    errors: Annotated[int, amount("messages that ended in an error")]
    duration_p50_ms: Annotated[float | None, amount("median time of a message, ms")]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms")]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session, newest first; a subagent's session is a row of its own."""

    session_id: Annotated[str, Meaning("OpenCode's id")]
    title: Annotated[str | None, Meaning("its title")]
    directory: Annotated[str | None, Meaning("the folder it was started in")]
    parent_id: Annotated[str | None, Meaning("the session whose `task` call began it, or null")]
    started: Annotated[int | None, amount("ms since the epoch")]
    ended: Annotated[int | None, amount("end of its last message or call, ms since the epoch")]
    calls: Annotated[int, amount("tool calls, copies from a forked session not counted")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    skills: Annotated[int, amount("different skills that were loaded or run")]
    tokens_input: Annotated[int | None, amount("input tokens, cached ones aside" + _TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + _TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + _TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + _TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + _TOKENS)]
    cost: Annotated[float | None, amount("cost as OpenCode has it" + _TOKENS)]
    todos: Annotated[int | None, amount("its to-do items; null when OpenCode keeps none")]
    todos_completed: Annotated[int | None, amount("those completed; null likewise")]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One tool call, in the order they started."""

    session_id: Annotated[str, Meaning("its session")]
    call_id: Annotated[str | None, Meaning("as the model gave it; unique in no larger sense")]
    tool: Annotated[str | None, Meaning("the tool's name; of an invalid call, the one it asked")]
    skill: Annotated[str | None, Meaning("the skill it loads, or in whose window it ran; or null")]
    outcome: Annotated[Outcome, Meaning("how it ended")]
    reason: Annotated[str | None, Meaning("why, in a few words; null when there is nothing to say")]
    started: Annotated[int | None, amount("ms since the epoch; null when it never did")]
    duration_ms: Annotated[int | None, amount("ms; null when it did not end")]
    model: Annotated[str | None, Meaning("provider/model of its message")]
    events: Annotated[int, amount("events that skill code recorded during it")]
    recorded: Annotated[dict[str, int], Meaning("type of event → how many of these")]
    call_key: Annotated[str, Meaning("unique: the id of its part; v2:<message>:<call id> in 2.x")]
