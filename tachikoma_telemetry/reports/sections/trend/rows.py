"""Rows of the section `trend`."""

from dataclasses import dataclass

from ...meaning import amount, lower, meaning, moment, share, upper
from ..compare.rows import Verdict
from .calendar import Subject

_RUNS = " of its runs; null except for skills"


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One thing in one period; periods in which nothing happened have no row."""

    period: str = meaning("its name: 2026-11-23 05:00, 2026-11-23, 2026-W48 or 2026-11")
    skill: str | None = meaning("the skill; null where the subject has none")
    subject: Subject = meaning("the section whose rows are counted")
    name: str | None = meaning("stage, format, mode, intent or tool; null for other subjects")
    model: str | None = meaning("the model of edits and messages; null for others")
    started: int = amount("start of the period, ms since the epoch, inside it")
    ended: int = amount("end of the period, ms since the epoch, outside it")
    uses: int = amount(
        "runs of a skill, iterations, attempts whose result is known, chunks, requests, calls, "
        "messages or sessions"
    )
    succeeded: int | None = amount(
        "runs, iterations, attempts, chunks or calls that succeeded, requests routed right; null "
        "when it is known of none"
    )
    finished: int = amount("those whose end is known: n of the rate")
    success_rate: float | None = share("succeeded over finished; null when none is")
    success_low: float | None = lower("succeeded", "finished")
    success_high: float | None = upper("succeeded", "finished")
    duration_p50_ms: float | None = amount(
        "median duration of these, of a skill that of its runs, ms; null when none is known"
    )
    loads: int | None = amount("loads; null except for skills")
    runs: int | None = amount("runs; null except for skills")
    iterations: int | None = amount("iterations" + _RUNS)
    retries: int | None = amount("retries" + _RUNS)
    tokens: int | None = amount(
        "output tokens of windows, messages or sessions, tokens of attempts and chunks; null when "
        "none is known"
    )
    cost: float | None = amount(
        "cost of windows, messages or sessions, in US dollars, as OpenCode has it; null when none "
        "is known"
    )
    new_versions: list[str] = meaning("versions of the skill that came into use in this period")


@dataclass(frozen=True, slots=True)
class TrendChangeRow:
    """The success of one skill since its newest version, against the version before."""

    skill: str = meaning("the skill")
    since: int | None = moment("when the first run of its newest version began", "when unknown")
    version: str = meaning("how the newest version begins")
    version_before: str = meaning("how the one before it begins")
    before: float = share("success rate before")
    after: float = share("success rate since")
    n_before: int = amount("runs before")
    n_after: int = amount("runs since")
    low: float | None = meaning(
        "lower end of the change's interval, as in `compare`; null likewise", -1, 1
    )
    high: float | None = meaning("upper end of it; null likewise", -1, 1)
    verdict: Verdict = meaning("that of `compare` on success")
