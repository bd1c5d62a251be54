"""How many more runs until a difference that matters shows, and what never will.

The size of a change that shows in 4 of 5 histories is the critical value plus 0.84 standard errors,
0.84 being the 80 % point of the normal distribution (Fleiss, Statistical Methods for Rates and
Proportions, 1981). A variance is inversely proportional to the sessions of a side.
"""

from __future__ import annotations

import math

from .confidence_sequence import amount_of_evidence, critical, student_of
from .difference import Difference

EFFECT = 0.1
"""A change of this size matters: 10 points of a rate, a tenth of anything else."""

_POWER = 0.8416212335729143  # 80 %: the value that a normal deviate stays below so often
_MOST_MORE = 1e4  # beyond so many times the runs there are, no number is given


def change_that_shows(found: Difference, level: float, times: tuple[float, float]) -> float:
    """The change that shows in 4 of 5 histories, once the sides have so many times the runs."""
    before, after = found.sessions
    grown, grown_after = times
    of_after = (1 / after) / (1 / before + 1 / after)
    variance = (found.variance or 0.0) * (of_after / grown_after + (1 - of_after) / grown)
    evidence = amount_of_evidence(before * grown, after * grown_after)
    errors = student_of(critical(evidence, level), max(found.freedom, before + after - 2))
    return (errors + _POWER) * math.sqrt(variance)


def times_needed(
    found: Difference, level: float, effect: float, *, before_grows: bool
) -> float | None:
    """How many times the runs there are show a change of `effect`.

    None when no number would do, or when the variance is not known.

    `effect` is above 0, in the units of the difference. The side after grows always, the side
    before only if `before_grows`.
    """
    if found.variance is None:
        return None

    def shows(times: float) -> bool:
        grown = (times if before_grows else 1.0, times)
        return change_that_shows(found, level, grown) <= effect

    low, high = 1.0, 2.0
    while not shows(high):
        low, high = high, high * 2
        if high > _MOST_MORE:
            return None
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high
