"""Rows of the section `tools`."""

from dataclasses import dataclass

from ...meaning import amount, bin_high, bin_low, lower, meaning, share, upper

_TOOL = (
    "the tool's name as recorded, of a renamed one the newest; of an invalid call, the one that "
    "the model named; null when unknown"
)


@dataclass(frozen=True, slots=True)
class ToolRow:
    """One tool."""

    tool: str | None = meaning(_TOOL)
    calls: int = amount("calls, copies in forks not counted again")
    succeeded: int = amount("calls that succeeded")
    failed: int = amount("calls that failed, timed out or were invalid")
    success_rate: float | None = share("succeeded over succeeded + failed; null when none finished")
    duration_p50_ms: float | None = amount(
        "median duration of the finished calls, ms; null without any"
    )
    duration_p95_ms: float | None = amount("95th percentile of these, ms; null likewise")
    success_low: float | None = lower("succeeded", "finished")
    success_high: float | None = upper("succeeded", "finished")
    timed_out: int = amount("of the failed: timed out")
    invalid: int = amount("of the failed: no such tool, or arguments it does not take")
    cancelled: int = amount("calls that the user stopped or denied")
    abandoned: int = amount("calls that never ended")
    running: int = amount("calls that may still run")
    former_name: str | None = meaning(
        "the name under which an earlier OpenCode recorded some of them; null without"
    )


@dataclass(frozen=True, slots=True)
class ToolDurationRow:
    """The finished calls of one tool that took about the same time; empty bins have no row."""

    tool: str | None = meaning(
        "the tool; of an invalid call, the one that the model named; null if none"
    )
    low_ms: int = bin_low()
    high_ms: int | None = bin_high()
    n: int = amount("calls, copies in forks not counted again")
