"""Rows of the section `models`."""

from dataclasses import dataclass

from ...meaning import NO_TOKENS, amount, meaning


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model, as OpenCode names it."""

    model: str | None = meaning("provider/model; null when the message named none")
    messages: int = amount("its messages, copies in forks not counted again")
    tokens_input: int | None = amount("input tokens without cached ones" + NO_TOKENS)
    tokens_output: int | None = amount("output tokens" + NO_TOKENS)
    tokens_reasoning: int | None = amount("reasoning tokens" + NO_TOKENS)
    tokens_cache_read: int | None = amount("input tokens read from cache" + NO_TOKENS)
    tokens_cache_write: int | None = amount("input tokens written to cache" + NO_TOKENS)
    cost: float | None = amount("cost in US dollars, as OpenCode has it" + NO_TOKENS)
    sessions: int = amount("sessions with such a message")
    errors: int = amount("messages that ended in an error; not those that the user stopped")
    duration_p50_ms: float | None = amount("median time of a message, ms; null when none ended")
    duration_p95_ms: float | None = amount("95th percentile of these, ms; null likewise")
