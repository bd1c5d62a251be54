"""Rows of the section `compare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ...meaning import Meaning, amount

By = Literal["version", "period", "model", "format"]
Verdict = Literal["better", "worse", "no evidence yet"]
Measure = Literal["difference", "ratio"]
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

_OF_SIDE = "of a rate 0–1, else the geometric mean of x + 1, less 1; null when n = 0"


@dataclass(frozen=True, slots=True)
class CompareRow:
    """One metric, before against after."""

    metric: Annotated[
        Metric,
        Meaning(
            "success, duration (ms), tokens, iterations, retries: a run's; window_*: of a load's "
            "window, attributed; edit_*: an edit's: whether it succeeded in the end, or at the "
            "first try, ms and tokens of all its attempts"
        ),
    ]
    before: Annotated[float | None, amount("the side before: " + _OF_SIDE)]
    after: Annotated[float | None, amount("the side after: " + _OF_SIDE)]
    n_before: Annotated[int, amount("runs, windows or edits before")]
    n_after: Annotated[int, amount("those after")]
    difference: Annotated[
        float | None,
        Meaning(
            "after − before of a rate, −1 to 1; else the ratio after / before of the geometric "
            "means of x + 1, where 1 is no change; null when a side has none"
        ),
    ]
    low: Annotated[
        float | None,
        Meaning(
            "its 95 % interval, lower end: Newcombe's of a rate, else the wider of the permutation "
            "test's and Welch's; null without a difference, and of a ratio when a side has fewer "
            "than 2, when all values are the same, or when nothing bounds it"
        ),
    ]
    high: Annotated[float | None, Meaning("its 95 % interval, upper end; null likewise")]
    verdict: Annotated[
        Verdict,
        Meaning(
            "better or worse when chance gives this at most once in 20 comparisons of this metric "
            "in which nothing changed, else no evidence yet"
        ),
    ]
    runs_needed: Annotated[
        int | None,
        amount(
            "about how many more, on both sides together, until a change of 10 points (of a ratio: "
            "a tenth) would show in 4 of 5 comparisons; null with a verdict, or when not known"
        ),
    ]
    measure: Annotated[Measure, Meaning("what `difference` is: a difference or a ratio")]
    runs_each: Annotated[int | None, amount("how many each side needs for that; null likewise")]
    skill: Annotated[str | None, Meaning("the skill; null for several together")]
    side_before: Annotated[
        str | None,
        Meaning(
            "the side before: how a version begins, a period, model or format; null when there "
            "is no such version"
        ),
    ]
    side_after: Annotated[str | None, Meaning("the side after; null likewise")]
