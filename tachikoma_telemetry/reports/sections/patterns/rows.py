"""Rows of the section `patterns`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, lower, meaning, moment, share, upper

ErrorSource = Literal["call", "run", "edit", "chunk", "retry", "message"]


@dataclass(frozen=True, slots=True)
class PatternRow:
    """Two or three calls whose last one fails more often than that tool does otherwise."""

    before_last: str | None = meaning(
        "the tool before the one before; null when it does not matter"
    )
    before: str = meaning(
        'the tool just before, with "!" when that call failed; (start) of a session'
    )
    tool: str = meaning("the tool that then failed")
    calls: int = amount("times it was called after these and ended")
    failed: int = amount("of these, times it failed, timed out or was invalid")
    failure_rate: float = share("failed over calls")
    failure_low: float = lower("failed", "calls", unknown=False)
    failure_high: float = upper("failed", "calls", unknown=False)
    usual_rate: float = share(
        "how often the tool fails whatever came before; of three calls, after `before`"
    )
    sessions: int = amount("sessions in which that failed")


@dataclass(frozen=True, slots=True)
class SkillOrderRow:
    """A skill, and the one that was loaded next in the same session."""

    skill: str = meaning("the skill loaded first")
    next: str | None = meaning("the one loaded next; null when it was the last")
    times: int = amount("how often it was")
    followed: float = share("times over all loads of the first")


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One class of errors."""

    source: ErrorSource = meaning("what failed, or for retry what was tried again")
    name: str | None = meaning(
        "the tool, skill, format, mode or model it happened to; null when unknown"
    )
    error: str = meaning("an exit code, an error's class or first words, or why a run failed")
    times: int = amount("how often it happened")
    sessions: int = amount("in how many sessions; 0 when none is known")
    first_seen: int | None = moment("the first time", "when unknown")
    last_seen: int | None = moment("the last time", "when unknown")
