"""Rows of the section `legacy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from .meaning import Meaning, amount, share


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """A total of the predecessor: history without sessions or times."""

    kind: Annotated[Literal["skill", "edit", "rlm", "intent"], Meaning("what is counted")]
    name: Annotated[str | None, Meaning("of the skill, the model or the intent; null for rlm")]
    format: Annotated[str | None, Meaning("of edits; else null")]
    uses: Annotated[int | None, amount("invocations, edits, runs or classifications")]
    attempts: Annotated[int | None, amount("of edits; of rlm its chunks")]
    succeeded: Annotated[
        int | None, amount("invocations or attempts that succeeded, intents known to be right")
    ]
    escalated: Annotated[int | None, amount("of intents: how often the user was asked")]
    iterations: Annotated[int | None, amount("of skills")]
    tokens: Annotated[int | None, amount("a sum; null when the file did not say")]
    duration_ms: Annotated[float | None, amount("a sum, ms")]
    confidence_mean: Annotated[float | None, share("mean of the stated confidences of an intent")]
    first: Annotated[str | None, Meaning("when the file was begun, as it says")]
    last: Annotated[str | None, Meaning("when it was written last, as it says")]
