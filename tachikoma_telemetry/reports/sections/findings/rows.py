"""Rows of the section `findings`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import meaning

Level = Literal["good", "bad", "warning"]
Kind = Literal[
    "change",
    "succeeds least",
    "threshold",
    "best format",
    "chunk size",
    "contradiction",
    "never finished",
    "recurring error",
    "unused",
    "not measured",
    "not joined",
    "stopped reporting",
]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One sentence that stands out."""

    level: Level = meaning(
        "good: keep it; bad: change it; warning: numbers are missing or doubtful"
    )
    kind: Kind = meaning("which verdict it comes from")
    skill: str | None = meaning("the skill; null for several, or none")
    model: str | None = meaning("the model; null for several, or none")
    text: str = meaning("what was found, one sentence with its numbers")
    evidence: str = meaning("what that rests on")
    command: str = meaning("the command that shows the numbers")
