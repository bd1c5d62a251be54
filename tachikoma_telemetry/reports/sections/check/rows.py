"""Rows of the section `check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount

Threshold = Literal[
    "skill_success", "run_p95_seconds", "run_tokens", "runs_abandoned", "edit_success"
]


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """One number that is beyond its limit."""

    threshold: Annotated[
        Threshold,
        Meaning(
            "the limit's name in config.toml: success of a skill's runs or of a format's attempts, "
            "95th percentile of a skill's runs, mean tokens of its runs that report them, share of "
            "its runs that were abandoned"
        ),
    ]
    skill: Annotated[str | None, Meaning("the skill; null for edits, and for runs that named none")]
    model: Annotated[str | None, Meaning("the model of edits; null for skills, or not known")]
    format: Annotated[str | None, Meaning("the format of edits; null for skills, or not known")]
    value: Annotated[float, amount("what it is: 0–1, seconds or tokens")]
    limit: Annotated[float, amount("what it should not cross")]
    n: Annotated[int, amount("runs or attempts it rests on")]
