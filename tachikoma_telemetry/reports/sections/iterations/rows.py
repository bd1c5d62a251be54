"""Rows of the section `iterations`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper

_OWN_ROW = "; null except in the row without a stage"


@dataclass(frozen=True, slots=True)
class IterationRow:
    """One stage of one skill's loops; the row without a stage has its retries and escalations."""

    skill: Annotated[str | None, Meaning("the skill's name; null when the events gave none")]
    stage: Annotated[str | None, Meaning("generate, verify, revise, …; null for the skill's own")]
    runs: Annotated[int, amount("runs that recorded something for this row")]
    iterations: Annotated[int, amount("iterations")]
    passed: Annotated[int, amount("iterations that passed")]
    pass_rate: Annotated[float | None, share("passed over those with a verdict; null without any")]
    pass_low: Annotated[float | None, lower("passed", "verdicts")]
    pass_high: Annotated[float | None, upper("passed", "verdicts")]
    verdicts: Annotated[int, amount("iterations with a verdict: n of the pass rate")]
    iterations_per_run: Annotated[
        float | None, amount("iterations inside runs over the runs that had any; null without")
    ]
    retries: Annotated[int | None, amount("retries" + _OWN_ROW)]
    retries_inferred: Annotated[
        int | None,
        amount("shell commands given again in a turn after they had failed, unrecorded" + _OWN_ROW),
    ]
    max_reached: Annotated[int, amount("runs whose last allowed iteration did not pass")]
    escalations: Annotated[int | None, amount("runs that escalated" + _OWN_ROW)]
    flaky_runs: Annotated[
        int | None,
        amount(
            "runs that succeeded, but not without a retry or an iteration that did not pass"
            + _OWN_ROW
        ),
    ]
    failed_criteria: Annotated[dict[str, int], Meaning("criterion → iterations that failed it")]
