"""The two single rows of every report: `coverage`, and the overview's `totals`."""

from dataclasses import dataclass

from ...meaning import amount, lower, meaning, moment, share, upper

_TOKENS = "; null when no message reported them"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the history is measured, and why the rest is not."""

    sessions: int = amount("sessions of OpenCode that began")
    calls: int = amount("tool calls, copies in forks not counted again")
    copies: int = amount("tool calls that are only a fork's copies")
    events: int = amount("events that skill code recorded")
    exact: int = amount("events that name a call, which is here")
    inferred: int = amount("events that name none, and one single call fits")
    orphan: int = amount("events that name a call which is not here (yet)")
    ambiguous: int = amount("events that more than one call fits")
    none: int = amount("events that name no call, and none fits")
    malformed: int = amount("rows and lines that could not be read; never filtered")
    unknown: dict[str, int] = meaning(
        "kind of rows that this version does not know → how many there are, and what they hold is "
        "in no number; never filtered"
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole in a few numbers."""

    sessions: int = amount("sessions that began")
    active_sessions: int = amount("sessions with a message or call")
    messages: int = amount("messages of models, copies in forks not counted again")
    calls: int = amount("tool calls, copies in forks not counted again")
    succeeded: int = amount("calls that succeeded")
    failed: int = amount("calls that failed, timed out or were invalid")
    success_rate: float | None = share("succeeded over succeeded + failed; null when none finished")
    success_low: float | None = lower("succeeded", "finished")
    success_high: float | None = upper("succeeded", "finished")
    cancelled: int = amount("calls that the user stopped or denied")
    abandoned: int = amount("calls that never ended")
    running: int = amount("calls that may still run")
    tokens_input: int | None = amount("input tokens without cached ones" + _TOKENS)
    tokens_output: int | None = amount("output tokens" + _TOKENS)
    tokens_reasoning: int | None = amount("reasoning tokens" + _TOKENS)
    tokens_cache_read: int | None = amount("input tokens read from cache" + _TOKENS)
    tokens_cache_write: int | None = amount("input tokens written to cache" + _TOKENS)
    cost: float | None = amount("cost in US dollars, as OpenCode has it" + _TOKENS)
    tokens_per_session_median: int | None = amount(
        "median over the sessions that reported any, of all five kinds of tokens together; null "
        "without any"
    )
    cost_per_day: float | None = amount(
        "cost in US dollars over the days begun from the first message to the last; null without a"
        " cost"
    )
    first_activity: int | None = moment("first message, call or event", "when none")
    last_activity: int | None = moment("last message, call or event", "when none")
    turns_succeeded: int | None = amount(
        "turns that succeeded, as OpenCode 2 says; null without any turn of 2.x"
    )
    turns_failed: int = amount("turns that ended in an error")
    turns_interrupted: int = amount("turns that the user stopped")
