"""Rows of the section `trend`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper
from .calendar import Subject

_RUNS = " of its runs; null except for skills"


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One thing in one period; periods in which nothing happened have no row."""

    period: Annotated[str, Meaning("its name: 2026-11-23 05:00, 2026-11-23, 2026-W48 or 2026-11")]
    skill: Annotated[str | None, Meaning("the skill; null where the subject has none")]
    subject: Annotated[Subject, Meaning("the section whose rows are counted")]
    name: Annotated[
        str | None, Meaning("stage, format, mode, intent or tool; null for other subjects")
    ]
    model: Annotated[str | None, Meaning("the model of edits and messages; null for others")]
    started: Annotated[int, amount("start of the period, ms since the epoch, inside it")]
    ended: Annotated[int, amount("end of the period, ms since the epoch, outside it")]
    uses: Annotated[
        int,
        amount(
            "loads and runs, iterations, attempts whose result is known, chunks, requests, calls, "
            "messages or sessions"
        ),
    ]
    succeeded: Annotated[
        int | None,
        amount(
            "runs, iterations, attempts, chunks or calls that succeeded, requests routed right; "
            "null when it is known of none"
        ),
    ]
    finished: Annotated[int, amount("those whose end is known: n of the rate")]
    success_rate: Annotated[float | None, share("succeeded over finished; null when none is")]
    success_low: Annotated[float | None, lower("succeeded", "finished")]
    success_high: Annotated[float | None, upper("succeeded", "finished")]
    duration_p50_ms: Annotated[
        float | None,
        amount(
            "median duration of these, of a skill that of its runs, ms; null when none is known"
        ),
    ]
    loads: Annotated[int | None, amount("loads; null except for skills")]
    runs: Annotated[int | None, amount("runs; null except for skills")]
    iterations: Annotated[int | None, amount("iterations" + _RUNS)]
    retries: Annotated[int | None, amount("retries" + _RUNS)]
    tokens: Annotated[
        int | None,
        amount(
            "output tokens of windows, messages or sessions, tokens of attempts and chunks; null "
            "when none is known"
        ),
    ]
    cost: Annotated[
        float | None,
        amount(
            "cost of windows, messages or sessions, in US dollars, as OpenCode has it; null when "
            "none is known"
        ),
    ]
    new_versions: Annotated[
        list[str], Meaning("versions of the skill that came into use in this period")
    ]
