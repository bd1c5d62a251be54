"""Rows of the section `models`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import NO_TOKENS, Meaning, amount


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model, as OpenCode names it."""

    model: Annotated[str | None, Meaning("provider/model; null when the message named none")]
    messages: Annotated[int, amount("its messages, copies in forks not counted again")]
    tokens_input: Annotated[int | None, amount("input tokens without cached ones" + NO_TOKENS)]
    tokens_output: Annotated[int | None, amount("output tokens" + NO_TOKENS)]
    tokens_reasoning: Annotated[int | None, amount("reasoning tokens" + NO_TOKENS)]
    tokens_cache_read: Annotated[int | None, amount("input tokens read from cache" + NO_TOKENS)]
    tokens_cache_write: Annotated[int | None, amount("input tokens written to cache" + NO_TOKENS)]
    cost: Annotated[float | None, amount("cost in US dollars, as OpenCode has it" + NO_TOKENS)]
    sessions: Annotated[int, amount("sessions with such a message")]
    errors: Annotated[
        int, amount("messages that ended in an error; not those that the user stopped")
    ]
    duration_p50_ms: Annotated[
        float | None, amount("median time of a message, ms; null when none ended")
    ]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms; null likewise")]
