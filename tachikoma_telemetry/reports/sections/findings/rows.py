"""Rows of the section `findings`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning

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

    level: Annotated[
        Level, Meaning("good: keep it; bad: change it; warning: numbers are missing or doubtful")
    ]
    kind: Annotated[Kind, Meaning("which verdict it comes from")]
    skill: Annotated[str | None, Meaning("the skill; null for several, or none")]
    model: Annotated[str | None, Meaning("the model; null for several, or none")]
    text: Annotated[str, Meaning("what was found, one sentence with its numbers")]
    evidence: Annotated[str, Meaning("what that rests on")]
    command: Annotated[str, Meaning("the command that shows the numbers")]
