"""Rows of the section `trend`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper
from ..compare.rows import Verdict
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
            "runs of a skill, iterations, attempts whose result is known, chunks, requests, calls, "
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


@dataclass(frozen=True, slots=True)
class TrendChangeRow:
    """The success of one skill since its newest version, against the version before."""

    skill: Annotated[str, Meaning("the skill")]
    since: Annotated[
        int | None,
        amount(
            "when the first run of its newest version began, ms since the epoch; null when unknown"
        ),
    ]
    version: Annotated[str, Meaning("how the newest version begins")]
    version_before: Annotated[str, Meaning("how the one before it begins")]
    before: Annotated[float, share("success rate before")]
    after: Annotated[float, share("success rate since")]
    n_before: Annotated[int, amount("runs before")]
    n_after: Annotated[int, amount("runs since")]
    low: Annotated[
        float | None,
        Meaning("lower end of the change's interval, as in `compare`; null likewise", -1, 1),
    ]
    high: Annotated[float | None, Meaning("upper end of it; null likewise", -1, 1)]
    verdict: Annotated[Verdict, Meaning("that of `compare` on success")]
