"""Rows of the section `unused`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount

UnusedState = Literal["never used", "long unused", "not instrumented"]


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """One installed skill that was never used, long not used, or used but never measured."""

    skill: Annotated[str, Meaning("its name, as its SKILL.md says")]
    path: Annotated[str, Meaning("its SKILL.md")]
    loads: Annotated[int, amount("loads that succeeded")]
    reads: Annotated[int, amount("reads of its SKILL.md with the tool `read`")]
    instrumented: Annotated[bool, Meaning("whether its code ever recorded an event")]
    last_used: Annotated[
        int | None, amount("its last load, read or run, ms since the epoch; null when never used")
    ]
    description_tokens: Annotated[
        int | None,
        amount(
            "tokens that its description takes in every request: characters / 4, rounded up; null "
            "without one"
        ),
    ]
    runs: Annotated[
        int, amount("runs that its code recorded, and shell calls that ran a file of it")
    ]
    state: Annotated[
        UnusedState,
        Meaning(
            "never used; long unused: for 30 days; not instrumented: used, but no run or event"
        ),
    ]
