"""Rows of the section `unused`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, meaning, moment

UnusedState = Literal["never used", "long unused", "not instrumented"]


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """One installed skill that was never used, long not used, or used but never measured."""

    skill: str = meaning("its name, as its SKILL.md says")
    path: str = meaning("its SKILL.md")
    loads: int = amount("loads that succeeded")
    reads: int = amount("reads of its SKILL.md with the tool `read`")
    instrumented: bool = meaning("whether its code ever recorded an event")
    last_used: int | None = moment("its last load, read or run", "when never used")
    description_tokens: int | None = amount(
        "tokens that its description takes in every request: characters / 4, rounded up; null "
        "without one"
    )
    runs: int = amount("runs that its code recorded, and shell calls that ran a file of it")
    state: UnusedState = meaning(
        "never used; long unused: for 30 days; not instrumented: used, but no run or event"
    )
