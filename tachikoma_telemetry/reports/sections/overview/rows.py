"""The two single rows of every report: `coverage`, and the overview's `totals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper

_TOKENS = "; null when no message reported them"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the history is measured, and why the rest is not."""

    sessions: Annotated[int, amount("sessions of OpenCode that began")]
    calls: Annotated[int, amount("tool calls, copies in forks not counted again")]
    copies: Annotated[int, amount("tool calls that are only a fork's copies")]
    events: Annotated[int, amount("events that skill code recorded")]
    exact: Annotated[int, amount("events that name a call, which is here")]
    inferred: Annotated[int, amount("events that name none, and one single call fits")]
    orphan: Annotated[int, amount("events that name a call which is not here (yet)")]
    ambiguous: Annotated[int, amount("events that more than one call fits")]
    none: Annotated[int, amount("events that name no call, and none fits")]
    malformed: Annotated[int, amount("rows and lines that could not be read; never filtered")]
    unknown: Annotated[
        dict[str, int],
        Meaning(
            "kind of rows that this version does not know → how many there are, and what they hold "
            "is in no number; never filtered"
        ),
    ]


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole in a few numbers."""

    sessions: Annotated[int, amount("sessions that began")]
    active_sessions: Annotated[int, amount("sessions with a message or call")]
    messages: Annotated[int, amount("messages of models, copies in forks not counted again")]
    calls: Annotated[int, amount("tool calls, copies in forks not counted again")]
    succeeded: Annotated[int, amount("calls that succeeded")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    success_rate: Annotated[
        float | None, share("succeeded over succeeded + failed; null when none finished")
    ]
    success_low: Annotated[float | None, lower("succeeded", "finished")]
    success_high: Annotated[float | None, upper("succeeded", "finished")]
    cancelled: Annotated[int, amount("calls that the user stopped or denied")]
    abandoned: Annotated[int, amount("calls that never ended")]
    running: Annotated[int, amount("calls that may still run")]
    tokens_input: Annotated[int | None, amount("input tokens without cached ones" + _TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + _TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + _TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + _TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + _TOKENS)]
    cost: Annotated[float | None, amount("cost in US dollars, as OpenCode has it" + _TOKENS)]
    tokens_per_session_median: Annotated[
        int | None,
        amount(
            "median over the sessions that reported any, of all five kinds of tokens together; "
            "null without any"
        ),
    ]
    cost_per_day: Annotated[
        float | None,
        amount(
            "cost in US dollars over the days begun from the first message to the last; null "
            "without a cost"
        ),
    ]
    first_activity: Annotated[
        int | None, amount("first message, call or event, ms since the epoch; null when none")
    ]
    last_activity: Annotated[
        int | None, amount("last message, call or event, ms since the epoch; null when none")
    ]
    turns_succeeded: Annotated[
        int | None,
        amount("turns that succeeded, as OpenCode 2 says; null without any turn of 2.x"),
    ]
    turns_failed: Annotated[int, amount("turns that ended in an error")]
    turns_interrupted: Annotated[int, amount("turns that the user stopped")]
