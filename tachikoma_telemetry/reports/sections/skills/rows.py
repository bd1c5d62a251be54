"""Rows of the section `skills`."""

from dataclasses import dataclass

from ...meaning import amount, bin_high, bin_low, lower, meaning, moment, share, upper

_RUNS = "; null without runs"
_LOADS = "; null without loads"
_UNTOLD = "; null when no message has them"


@dataclass(frozen=True, slots=True)
class SkillRow:
    """One skill: how often it was loaded and run, how that went, what it cost."""

    skill: str | None = meaning("the skill's name; null for runs and steps that gave none")
    versions: int = amount("different texts of it that were loaded")
    loads: int = amount("loads that succeeded")
    failed_loads: int = amount("loads that failed or were aborted")
    runs: int = amount("runs: that its code recorded, and shell calls that ran a file of it")
    succeeded: int | None = amount("runs that succeeded" + _RUNS)
    failed: int | None = amount("runs that failed" + _RUNS)
    success_rate: float | None = share(
        "succeeded over succeeded + failed + escalated; null when none of these"
    )
    success_low: float | None = lower("succeeded", "ended")
    success_high: float | None = upper("succeeded", "ended")
    run_p50_ms: float | None = amount("median duration of a run, ms; null when unknown")
    run_p95_ms: float | None = amount("95th percentile of a run, ms; null when unknown")
    window_p50_ms: float | None = amount(
        "median length of the active window after a load, ms" + _LOADS
    )
    window_p95_ms: float | None = amount("95th percentile of the active window, ms" + _LOADS)
    load_p50_ms: float | None = amount("median duration of the load itself, ms" + _LOADS)
    tokens_input: int | None = amount("input tokens attributed to its windows" + _LOADS)
    tokens_output: int | None = amount("output tokens attributed to its windows" + _LOADS)
    tokens_cache_read: int | None = amount("cached input tokens attributed to its windows" + _LOADS)
    cost: float | None = amount(
        "cost attributed to its windows, in US dollars, as OpenCode has it" + _LOADS
    )
    context_tokens: int | None = amount(
        "tokens that loading its newest version takes: characters / 4, rounded up" + _LOADS
    )
    iterations: int | None = amount(
        "iterations recorded, and those that only the ends of runs without an id report; null when"
        " not instrumented, or when none says"
    )
    retries: int | None = amount("retries recorded; null likewise")
    max_iterations_reached: int | None = amount(
        "runs whose last allowed iteration did not pass; null when not instrumented"
    )
    escalations: int | None = amount("runs that escalated" + _RUNS)
    tool_calls: int | None = amount("tool calls in its windows" + _LOADS)
    failed_tool_calls: int | None = amount("those that failed, timed out or were invalid" + _LOADS)
    sessions: int = amount("sessions in which it was loaded or run, or a load failed")
    projects: int = amount("different projects of these sessions")
    first_used: int | None = moment("start of its first load or run", "when unknown")
    last_used: int | None = moment("start of its last load or run", "when unknown")
    run_tokens_input: int | None = amount(
        "input tokens as its runs reported them; null when none did"
    )
    run_tokens_output: int | None = amount(
        "output tokens as its runs reported them; null when none did"
    )
    cancelled: int | None = amount("runs that were cancelled" + _RUNS)
    abandoned: int | None = amount("runs whose process ended without a word" + _RUNS)
    running: int | None = amount("runs that may still go on" + _RUNS)
    unfinished: int | None = amount("runs left open that none went on with" + _RUNS)
    contradicted: int | None = amount(
        "succeeded runs whose call ended with another exit code than 0" + _RUNS
    )
    runs_with_tokens: int | None = amount("runs that reported tokens" + _RUNS)
    runs_with_duration: int | None = amount("runs whose duration is known" + _RUNS)
    instrumented: bool = meaning("whether its code ever recorded an event")
    loads_by_user: int = amount(
        "of the loads: those that the user asked for, as with a `/name` command"
    )
    loads_nested: int = amount(
        "of the loads: those in a subagent's session, or by a call inside another"
    )
    runs_from_calls: int = amount(
        "of the runs, shell calls that ran a file of it and recorded no run"
    )
    step_tokens_input: int | None = amount(
        "input tokens attributed to the steps with such calls, each step once; null without"
    )
    step_tokens_output: int | None = amount("output tokens attributed likewise; null likewise")

    @property
    def ended(self) -> int:
        """Runs that succeeded, failed or escalated: n of the success rate."""
        return (self.succeeded or 0) + (self.failed or 0) + (self.escalations or 0)


@dataclass(frozen=True, slots=True)
class OutsideWindowsRow:
    """What happened while no skill was active: at most one row."""

    messages: int = amount("messages of models, copies in forks not counted again")
    calls: int = amount("tool calls, copies in forks not counted again")
    failed_calls: int = amount("of these, calls that failed, timed out or were invalid")
    tokens_input: int | None = amount("input tokens of the messages" + _UNTOLD)
    tokens_output: int | None = amount("output tokens of the messages" + _UNTOLD)
    tokens_cache_read: int | None = amount("cached input tokens of the messages" + _UNTOLD)
    cost: float | None = amount("their cost in US dollars, as OpenCode has it" + _UNTOLD)


@dataclass(frozen=True, slots=True)
class RunDurationRow:
    """The runs of one skill that took about the same time; empty bins have no row."""

    skill: str | None = meaning("the skill's name; null for runs that gave none")
    low_ms: int = bin_low()
    high_ms: int | None = bin_high()
    n: int = amount("runs")
