"""Rows of the section `legacy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount, share


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A total of the predecessor: history without sessions or times."""

    kind: Annotated[Literal["skill", "edit", "rlm", "intent"], Meaning("what is counted")]
    name: Annotated[str | None, Meaning("of the skill, the model or the intent; null for rlm")]
    format: Annotated[str | None, Meaning("the edit format of edits; else null")]
    uses: Annotated[
        int | None, amount("invocations, edits, runs or classifications; null when unknown")
    ]
    attempts: Annotated[int | None, amount("attempts of edits, chunks of rlm; else null")]
    succeeded: Annotated[
        int | None,
        amount(
            "invocations or attempts that succeeded, intents known to be right; null when unknown"
        ),
    ]
    escalated: Annotated[int | None, amount("of intents: how often the user was asked; else null")]
    iterations: Annotated[int | None, amount("of skills: iterations; else null")]
    tokens: Annotated[int | None, amount("tokens, a sum; null when the file did not say")]
    duration_ms: Annotated[
        float | None, amount("duration, a sum, ms; null when the file did not say")
    ]
    confidence_mean: Annotated[
        float | None, share("of intents: mean of the stated confidences; else null")
    ]
    first: Annotated[
        str | None, Meaning("when the file was begun, as it says; null when it does not")
    ]
    last: Annotated[
        str | None, Meaning("when it was written last, as it says; null when it does not")
    ]
