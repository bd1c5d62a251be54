"""When a difference is more than chance, for a reader who looks as often as they like.

A test of fixed size promises 5 % wrong verdicts to a reader who looks once. A reader who looks
every day and stops at the first verdict gets 14 %. A confidence sequence keeps 5 % over all looks:
it is an interval whose width pays for looking.

The estimate of a difference, divided by its variance, moves with every new session as a Brownian
motion with drift does (Jennison and Turnbull, Journal of the American Statistical Association 92,
1997), and the mixture boundary of Robbins (Annals of Mathematical Statistics 41, 1970) bounds such
a motion at all times. Together they are the asymptotic confidence sequence of Waudby-Smith, Arbour,
Sinha, Kennedy and Ramdas (Annals of Statistics 52, 2024; arXiv 2103.06476, 2021).
`python -m benchmarks.looking` shows by simulation what it keeps and what it costs.
"""

from __future__ import annotations

import math

ALPHA = 0.05
"""How often a difference may be called one over all looks, where there is none."""

# Where the boundary is closest to that of a single look: at about 50 sessions on either side.
_TIGHTEST = 6.0


def amount_of_evidence(before: float, after: float) -> float:
    """How much two sides of so many sessions say together: half the harmonic mean of the two."""
    return before * after / (before + after)


def critical(evidence: float, alpha: float = ALPHA) -> float:
    """How many standard errors from 0 a difference has to be: 3 to 5 for 5 %.

    `evidence` is that of `amount_of_evidence`, above 0; `alpha` how often, at most, chance may get
    that far at any time.
    """
    total = evidence + _TIGHTEST
    return math.sqrt(total / evidence * math.log(total / (_TIGHTEST * alpha * alpha)))


def p_value(errors: float, evidence: float) -> float:
    """The smallest `alpha` whose `critical` is not above so many standard errors, at most 1."""
    total = evidence + _TIGHTEST
    exponent = errors * errors * evidence / (2 * total)
    return min(1.0, math.sqrt(total / _TIGHTEST) * math.exp(-exponent))


def normal_of(t: float, freedom: float) -> float:
    """The normal deviate that is as unlikely as a Student's t with `freedom` degrees of freedom.

    Wallace's approximation (Annals of Mathematical Statistics 30, 1959); t is 0 or more.
    """
    return _shrinking(freedom) * math.sqrt(freedom * math.log1p(t * t / freedom))


def student_of(normal: float, freedom: float) -> float:
    """The inverse of `normal_of`; infinite where no number is large enough."""
    exponent = (normal / _shrinking(freedom)) ** 2 / freedom
    return math.sqrt(freedom * math.expm1(exponent)) if exponent < 700 else math.inf


def _shrinking(freedom: float) -> float:
    return (8 * freedom + 1) / (8 * freedom + 3)


def holm(p_values: list[float], alpha: float = ALPHA) -> list[tuple[bool, float]]:
    """Which of several hypotheses fall together at `alpha`, and at which level each was tested.

    Holm, Scandinavian Journal of Statistics 6, 1979: the smallest is tested at alpha / k, the next
    at alpha / (k − 1), and so on; the first that passes its level ends it.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    found = [(False, 0.0)] * len(order)
    falls, level = True, alpha
    for rank, index in enumerate(order):
        if falls:
            level = alpha / (len(order) - rank)
            falls = p_values[index] <= level
        found[index] = (falls, level)
    return found
