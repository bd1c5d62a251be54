"""Rows of the section `compare`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, meaning, moment

By = Literal["version", "period", "model", "format"]
Verdict = Literal["better", "worse", "same", "can't tell yet"]
Measure = Literal["difference", "mean difference", "ratio"]
Metric = Literal[
    "success",
    "duration",
    "tokens",
    "iterations",
    "retries",
    "window_duration",
    "window_tokens",
    "window_failed_calls",
    "edit_success",
    "edit_first_try",
    "edit_duration",
    "edit_tokens",
]

_OF_SIDE = (
    "of a rate 0–1, of a count the mean, of durations and tokens the geometric mean of x + 1, "
    "less 1; null when n = 0"
)


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One metric, before against after."""

    metric: Metric = meaning(
        "success, duration (ms), tokens, iterations, retries: a run's; window_*: of a load's "
        "window, attributed; edit_*: an edit's: whether it succeeded in the end, or at the "
        "first try, ms and tokens of all its attempts"
    )
    before: float | None = amount("the side before: " + _OF_SIDE)
    after: float | None = amount("the side after: " + _OF_SIDE)
    n_before: int = amount("runs, windows or edits before")
    n_after: int = amount("those after")
    sessions_before: int = amount("sessions that those before are of")
    sessions_after: int = amount("sessions that those after are of")
    people_before: int | None = amount(
        "people whom those before are of: with several in a report, people are "
        "the units, and not sessions; null in the report of one"
    )
    people_after: int | None = amount("people whom those after are of; null likewise")
    difference: float | None = meaning(
        "after − before inside the same person, model, agent, project and request (see "
        "within): of a rate −1 to 1, of a count the difference of means; of durations and "
        "tokens the ratio "
        "after / before, where 1 is no change; null when the sides have nothing in common"
    )
    low: float | None = meaning(
        "lower end of its interval, which holds the truth in 95 % of histories however often "
        "you look; of the metrics that are not primary together; null when a side has fewer "
        "than 5 sessions (or people), when all values are the same, or when nothing bounds it"
    )
    high: float | None = meaning("upper end of that interval; null likewise")
    crude: float | None = meaning(
        "as difference, whatever the people, model, agent, project and request; null likewise"
    )
    within: list[str] = meaning(
        "person, model, agent, project, request: those that differ and are held equal"
    )
    not_within: list[str] = meaning(
        "those that differ, but of which the sides have less than half in common"
    )
    verdict: Verdict = meaning(
        "better or worse when the interval leaves out no change; same when it is within a "
        "tenth (of a rate: 10 points) of it; else can't tell yet"
    )
    primary: bool = meaning("whether the verdict is about this metric; the others are hints")
    runs_needed: int | None = amount(
        "about how many more, on the side that still grows, until a change of a tenth (of a "
        "rate: 10 points) would show in 4 of 5 histories; null with a verdict, when not known, "
        "when no number would do: see at_best, or where it takes people: see people_needed"
    )
    people_needed: int | None = amount(
        "likewise, about how many more people; null in the report of one person, with a "
        "verdict, or when not known"
    )
    at_best: float | None = meaning(
        "the smallest change that any number of runs after would show in 4 of 5 histories, as "
        "a version or period before has ended: of a rate 0–1, of a count a difference, else a "
        "ratio; null with a verdict, when not known, or when both sides grow"
    )
    measure: Measure = meaning("what `difference` is: of rates, of means, or a ratio")
    first_before: int | None = moment("when the first of those before began", "when there are none")
    last_before: int | None = moment("when the last of those before began", "when there are none")
    first_after: int | None = moment("when the first of those after began", "when there are none")
    last_after: int | None = moment("when the last of those after began", "when there are none")
    skill: str | None = meaning("the skill; null for several together")
    side_before: str | None = meaning(
        "the side before: how a version begins, a period, model or format; null when there "
        "is no such version"
    )
    side_after: str | None = meaning("the side after; null likewise")
