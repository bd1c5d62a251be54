"""Rows of the section `legacy`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, meaning, share


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A total of the predecessor: history without sessions or times."""

    kind: Literal["skill", "edit", "rlm", "intent"] = meaning("what is counted")
    name: str | None = meaning("of the skill, the model or the intent; null for rlm")
    format: str | None = meaning("the edit format of edits; else null")
    uses: int | None = amount("invocations, edits, runs or classifications; null when unknown")
    attempts: int | None = amount("attempts of edits, chunks of rlm; else null")
    succeeded: int | None = amount(
        "invocations or attempts that succeeded, intents known to be right; null when unknown"
    )
    escalated: int | None = amount("of intents: how often the user was asked; else null")
    iterations: int | None = amount("of skills: iterations; else null")
    tokens: int | None = amount("tokens, a sum; null when the file did not say")
    duration_ms: float | None = amount("duration, a sum, ms; null when the file did not say")
    confidence_mean: float | None = share("of intents: mean of the stated confidences; else null")
    first: str | None = meaning("when the file was begun, as it says; null when it does not")
    last: str | None = meaning("when it was written last, as it says; null when it does not")
