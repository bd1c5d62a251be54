"""Rows of the section `check`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, meaning

Threshold = Literal[
    "skill_success", "run_p95_seconds", "run_tokens", "runs_abandoned", "edit_success"
]


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """One number that is beyond its limit."""

    threshold: Threshold = meaning(
        "the limit's name in config.toml: success of a skill's runs or of a format's attempts, "
        "95th percentile of a skill's runs, mean tokens of its runs that report them, share of its"
        " runs that were abandoned"
    )
    skill: str | None = meaning("the skill; null for edits, and for runs that named none")
    model: str | None = meaning("the model of edits; null for skills, or not known")
    format: str | None = meaning("the format of edits; null for skills, or not known")
    value: float = amount("what it is: 0–1, seconds or tokens")
    limit: float = amount("what it should not cross")
    n: int = amount("runs or attempts it rests on")
