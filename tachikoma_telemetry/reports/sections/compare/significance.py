"""What a difference of two sides is, and whether it is more than chance: the tests themselves.

`of_rates` is for what succeeds or not. `of_ratios` is for counts (iterations, retries) and for
durations and tokens. Both keep their promise, at most 5 % of verdicts where nothing changed, for
any number on a side, by the simulation of ``python -m benchmarks.verdicts``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...rate_intervals import newcombe
from .intervals import welch
from .permutation import critical_sums

_SAME = 12  # digits of a logarithm: what differs in later ones differs by rounding

Values = Mapping[float, int]
"""How often each value was seen."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference, and what is known of it.

    Attributes:
        difference: after − before.
        low: lower end of its 95 % interval; None when nothing bounds it.
        high: upper end; None likewise.
        change: 1 when it is above 0 beyond chance, −1 when below, else 0.

    """

    difference: float
    low: float | None
    high: float | None
    change: int


@dataclass(frozen=True, slots=True)
class LogSummary:
    """The logarithms of x + 1 of one side.

    Attributes:
        n: how many.
        typical: the geometric mean of x + 1, less 1.
        mean: of the logarithms.
        variance: with n − 1; None when n = 1.
        logs: how often each is there.

    """

    n: int
    typical: float
    mean: float
    variance: float | None
    logs: Values


def of_rates(before: tuple[int, int], after: tuple[int, int]) -> Effect:
    """Two rates, each of independent trials.

    The interval is Newcombe's hybrid score interval (his method 10); the verdict asks that the one
    with continuity correction (method 11) leaves out 0 as well (Statistics in Medicine 17, 1998).

    Args:
        before: successes and n, n at least 1.
        after: likewise.

    """
    low, high = newcombe(before, after)
    sure_low, sure_high = newcombe(before, after, corrected=True)
    difference = after[0] / after[1] - before[0] / before[1]
    return Effect(difference, low, high, int(sure_low > 0) - int(sure_high < 0))


def summary_of(values: Values) -> LogSummary:
    """The logarithms of x + 1 of values that are 0 or more, at least one."""
    logs: dict[float, int] = {}
    for value, count in values.items():
        log = round(math.log1p(value), _SAME)
        logs[log] = logs.get(log, 0) + count
    n = sum(logs.values())
    mean = math.fsum(log * count for log, count in logs.items()) / n
    if len(logs) == 1:
        (mean,), (typical, *_) = logs, values  # not by way of a sum, whose rounding shows
        return LogSummary(n, float(typical), mean, 0.0 if n > 1 else None, logs)
    squares = math.fsum(count * (log - mean) ** 2 for log, count in logs.items())
    return LogSummary(n, math.expm1(mean), mean, squares / (n - 1), logs)


def of_ratios(before: LogSummary, after: LogSummary) -> Effect:
    """Two geometric means of x + 1; difference and interval are of their logarithms.

    Beyond chance is what two tests call so: the permutation test (see `permutation`), which holds
    for any values when nothing at all changed, and Welch's t-test, which holds when only the spread
    did (Biometrika 34, 1947). The interval is the wider end of each of theirs. The permutation
    test's is that of the pooled t-statistic with the critical values of the permutations in place
    of Student's (Garthwaite, Biometrics 52, 1996, on inverting such tests): at fixed values the
    statistic grows with the sum of a side, so it leaves out 0 exactly when the test rejects.

    Args:
        before: at least 2 values.
        after: likewise.

    """
    difference = after.mean - before.mean
    pool = dict(before.logs)
    for log, count in after.logs.items():
        pool[log] = pool.get(log, 0) + count
    if len(pool) == 1:
        return Effect(0.0, None, None, 0)
    assert before.variance is not None
    assert after.variance is not None
    _, low_t, high_t = welch(
        (before.n, before.mean, before.variance), (after.n, after.mean, after.variance)
    )
    low, high = _permuted(before, after, pool)
    low = None if low is None else min(low, low_t)
    high = None if high is None else max(high, high_t)
    above, below = low is not None and low > 0, high is not None and high < 0
    return Effect(difference, low, high, int(above) - int(below))


def _permuted(
    before: LogSummary, after: LogSummary, pool: Values
) -> tuple[float | None, float | None]:
    n, m = before.n, after.n
    many, share = n + m, n * m / (n + m)
    total = math.fsum(log * count for log, count in pool.items())
    mean = total / many
    squares = math.fsum(count * (log - mean) ** 2 for log, count in pool.items())
    least, most = critical_sums(pool, m)

    def difference_of(sum_: float) -> float:
        return (sum_ - m * mean) / share

    def error_of(difference: float) -> float:
        """The pooled standard error where the sides differ so."""
        within = max(0.0, squares - share * difference * difference)
        return math.sqrt(within / (many - 2) / share)

    difference = after.mean - before.mean
    error = error_of(difference)
    tiny = 1e-9 * math.sqrt(squares / many)

    def bound(critical: float, sign: int) -> float | None:
        """The lower end for sign 1; for −1 the upper."""
        beyond = sign * (difference - critical) > tiny
        spread = error_of(critical)
        if beyond:
            # By rounding it may be a hair on the wrong side.
            end = difference - critical * error / spread if spread > 0 else difference
            return end if sign * end > 0 else sign * tiny
        if spread <= tiny:
            return None
        end = difference - critical * error / spread
        return min(end, 0.0) if sign > 0 else max(end, 0.0)

    return bound(difference_of(most), 1), bound(difference_of(least), -1)
