"""Rows of the section `iterations`."""

from dataclasses import dataclass

from ...meaning import amount, lower, meaning, share, upper

_OWN_ROW = "; null except in the row without a stage"


@dataclass(frozen=True, slots=True)
class IterationRow:
    """One stage of one skill's loops; the row without a stage has its retries and escalations."""

    skill: str | None = meaning("the skill's name; null when the events gave none")
    stage: str | None = meaning("generate, verify, revise, …; null for the skill's own")
    runs: int = amount("runs that recorded something for this row")
    iterations: int = amount("iterations")
    passed: int = amount("iterations that passed")
    pass_rate: float | None = share("passed over those with a verdict; null without any")
    pass_low: float | None = lower("passed", "verdicts")
    pass_high: float | None = upper("passed", "verdicts")
    verdicts: int = amount("iterations with a verdict: n of the pass rate")
    iterations_per_run: float | None = amount(
        "iterations inside runs over the runs that had any; null without"
    )
    retries: int | None = amount("retries" + _OWN_ROW)
    retries_inferred: int | None = amount(
        "shell commands given again in a turn after they had failed, unrecorded" + _OWN_ROW
    )
    max_reached: int = amount("runs whose last allowed iteration did not pass")
    escalations: int | None = amount("runs that escalated" + _OWN_ROW)
    flaky_runs: int | None = amount(
        "runs that succeeded, but not without a retry or an iteration that did not pass" + _OWN_ROW
    )
    failed_criteria: dict[str, int] = meaning("criterion → iterations that failed it")
