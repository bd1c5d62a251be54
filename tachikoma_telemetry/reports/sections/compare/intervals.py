"""Intervals of ratios, and how many runs show a change. Checked against scipy in the tests."""

from __future__ import annotations

import math

from ...rate_intervals import Z

_Z_POWER = 0.8416212335729143  # 80 % of it
_Z_RATIO = 2.0537489106318225  # 98 %: where the permutation test sets its limits


def welch(
    before: tuple[int, float, float], after: tuple[int, float, float]
) -> tuple[float, float, float]:
    """The difference after − before of two means, and its 95 % interval (Welch's t).

    Args:
        before: n, mean and variance (with n − 1), n at least 2.
        after: likewise.

    """
    (n, mean, variance), (m, other, spread) = before, after
    difference = other - mean
    a, b = variance / n, spread / m
    if a + b == 0:
        return difference, difference, difference
    freedom = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    half = t_quantile(freedom) * math.sqrt(a + b)
    return difference, difference - half, difference + half


def t_quantile(freedom: float, p: float = 0.975) -> float:
    """The value that Student's t stays below with probability `p`, which is above a half."""
    low, high = 0.0, 1.0
    while _t_below(high, freedom) < p:
        low, high = high, high * 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_below(middle, freedom) < p else (low, middle)
    return (low + high) / 2


def _t_below(t: float, freedom: float) -> float:
    return 1 - _beta_below(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def _beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, its mirror is fast
        return 1 - _beta_below(1 - x, b, a)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    value = d
    for m in range(1, 500):
        before = value
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c = 1 + step / c or tiny
            d = 1 / (1 + step * d or tiny)
            value *= c * d
        if abs(value - before) < 1e-15 * abs(value):
            break
    return front * value


def runs_for_rate(before: float, difference: float) -> int:
    """How many runs on each side show a difference of rates in 80 % of comparisons, at 5 %.

    Fleiss's formula with continuity correction; of up and down, what takes more runs.

    Args:
        before: the rate that the difference starts from.
        difference: 0–1, for instance 0.1 for 10 points.

    """
    ends = [end for end in (before - difference, before + difference) if 0 <= end <= 1]
    return max(_runs_between(before, end) for end in ends)


def _runs_between(p: float, q: float) -> int:
    gap, mean = abs(p - q), (p + q) / 2
    spread = Z * math.sqrt(2 * mean * (1 - mean))
    spread += _Z_POWER * math.sqrt(p * (1 - p) + q * (1 - q))
    n = (spread / gap) ** 2
    return math.ceil(n / 4 * (1 + math.sqrt(1 + 4 / (n * gap))) ** 2)


def runs_for_ratio(variance: float, ratio: float) -> int:
    """How many runs on each side show a ratio of geometric means in 80 % of comparisons, at 4 %.

    Args:
        variance: of the logarithms.
        ratio: for instance 1.1 for a tenth more.

    """
    n = 2 * variance * ((_Z_RATIO + _Z_POWER) / math.log(ratio)) ** 2
    return math.ceil(n + Z * Z / 4)  # what estimating the variance costs
