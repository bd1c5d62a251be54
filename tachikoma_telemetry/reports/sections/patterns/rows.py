"""Rows of the section `patterns`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount, lower, share, upper

ErrorSource = Literal["call", "run", "edit", "chunk", "retry", "message"]


@dataclass(frozen=True, slots=True)
class PatternRow:
    """Two or three calls whose last one fails more often than that tool does otherwise."""

    before_last: Annotated[
        str | None, Meaning("the tool before the one before; null when it does not matter")
    ]
    before: Annotated[
        str, Meaning('the tool just before, with "!" when that call failed; (start) of a session')
    ]
    tool: Annotated[str, Meaning("the tool that then failed")]
    calls: Annotated[int, amount("times it was called after these and ended")]
    failed: Annotated[int, amount("of these, times it failed, timed out or was invalid")]
    failure_rate: Annotated[float, share("failed over calls")]
    failure_low: Annotated[float, lower("failed", "calls", unknown=False)]
    failure_high: Annotated[float, upper("failed", "calls", unknown=False)]
    usual_rate: Annotated[
        float,
        share("how often the tool fails whatever came before; of three calls, after `before`"),
    ]
    sessions: Annotated[int, amount("sessions in which that failed")]


@dataclass(frozen=True, slots=True)
class SkillOrderRow:
    """A skill, and the one that was loaded next in the same session."""

    skill: Annotated[str, Meaning("the skill loaded first")]
    next: Annotated[str | None, Meaning("the one loaded next; null when it was the last")]
    times: Annotated[int, amount("how often it was")]
    followed: Annotated[float, share("times over all loads of the first")]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One class of errors."""

    source: Annotated[ErrorSource, Meaning("what failed, or for retry what was tried again")]
    name: Annotated[
        str | None,
        Meaning("the tool, skill, format, mode or model it happened to; null when unknown"),
    ]
    error: Annotated[
        str, Meaning("an exit code, an error's class or first words, or why a run failed")
    ]
    times: Annotated[int, amount("how often it happened")]
    sessions: Annotated[int, amount("in how many sessions; 0 when none is known")]
    first_seen: Annotated[
        int | None, amount("the first time, ms since the epoch; null when unknown")
    ]
    last_seen: Annotated[int | None, amount("the last time, ms since the epoch; null when unknown")]
