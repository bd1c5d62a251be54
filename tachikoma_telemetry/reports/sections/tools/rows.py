"""Rows of the section `tools`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import BIN_HIGH, BIN_LOW, Meaning, amount, lower, share, upper

_TOOL = Meaning(
    "the tool's name as recorded, of a renamed one the newest; of an invalid call, the one that "
    "the model named; null when unknown"
)


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool."""

    tool: Annotated[str | None, _TOOL]
    calls: Annotated[int, amount("calls, copies in forks not counted again")]
    succeeded: Annotated[int, amount("calls that succeeded")]
    failed: Annotated[int, amount("calls that failed, timed out or were invalid")]
    success_rate: Annotated[
        float | None, share("succeeded over succeeded + failed; null when none finished")
    ]
    duration_p50_ms: Annotated[
        float | None, amount("median duration of the finished calls, ms; null without any")
    ]
    duration_p95_ms: Annotated[float | None, amount("95th percentile of these, ms; null likewise")]
    success_low: Annotated[float | None, lower("succeeded", "finished")]
    success_high: Annotated[float | None, upper("succeeded", "finished")]
    timed_out: Annotated[int, amount("of the failed: timed out")]
    invalid: Annotated[int, amount("of the failed: no such tool, or arguments it does not take")]
    cancelled: Annotated[int, amount("calls that the user stopped or denied")]
    abandoned: Annotated[int, amount("calls that never ended")]
    running: Annotated[int, amount("calls that may still run")]
    former_name: Annotated[
        str | None,
        Meaning("the name under which an earlier OpenCode recorded some of them; null without"),
    ]


@dataclass(frozen=True, slots=True)
class ToolDurationRow:
    """The finished calls of one tool that took about the same time; empty bins have no row."""

    tool: Annotated[
        str | None,
        Meaning("the tool; of an invalid call, the one that the model named; null if none"),
    ]
    low_ms: Annotated[int, BIN_LOW]
    high_ms: Annotated[int | None, BIN_HIGH]
    n: Annotated[int, amount("calls, copies in forks not counted again")]
