"""How far a sum goes when sides are dealt by chance: the permutation test's critical values.

The test asks nothing of the values but that, where nothing changed, each could as well be on the
other side (Fisher, The Design of Experiments, 1935, § 21; Pitman, J. R. Stat. Soc. Suppl. 4, 1937).
So it keeps its level for counts that are mostly 0 and for a small side after a large one, where a
t-test does not: the spread of a small side that happens to be constant says nothing.

Where few sums are possible they are all counted, exactly. Else their tail is approximated by the
saddlepoint method for samples from a finite population (Robinson, J. R. Stat. Soc. B 44, 1982;
Booth and Butler, Biometrika 77, 1990), with a continuity correction. Nothing is drawn at random:
the same values always give the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise

# 4 %, two-sided: what is approximated then keeps the 5 % that are promised.
_TAIL = 0.02
Z = 2.0537489106318225  # what the normal distribution exceeds with that probability

_COUNTED = 5_000  # more possible sums than this are not counted one by one
_LONG = 200  # of more draws or values, combinations are not counted by the way
_GROUPS = 2_000  # more different values than this are taken together with their neighbours

Pool = list[tuple[float, int]]
"""Different values, from the smallest, and how often each is there."""


def critical_sums(values: Mapping[float, int], drawn: int) -> tuple[float, float]:
    """The least and the largest sum of `drawn` values that is no evidence, at 4 % two-sided.

    A sum below the first or above the second is reached by at most 2 % of all ways to draw.

    Args:
        values: how often each value is there; at least two different ones.
        drawn: how many are drawn without replacement, at least 1 and not all.

    """
    pool = sorted(values.items())
    many = sum(count for _, count in pool)
    if 2 * drawn > many:  # what is left is as good as what is drawn, and less to count
        total = math.fsum(value * count for value, count in pool)
        low, high = critical_sums(values, many - drawn)
        return total - high, total - low
    if _possible(pool, drawn) <= _COUNTED:
        return _counted(pool, drawn)
    mirrored = [(-value, count) for value, count in reversed(pool)]
    return -_approximated(mirrored, drawn), _approximated(pool, drawn)


def _possible(pool: Pool, drawn: int) -> int:
    """How many combinations of values can be drawn, counted up to the limit or a little more."""
    counts = sorted(min(count, drawn) for _, count in pool)
    # How often the most frequent value is drawn follows from the others.
    most = 1
    for count in counts[:-1]:
        most *= count + 1
        if most > _COUNTED:
            break
    if most <= _COUNTED or drawn > _LONG or len(counts) > _LONG:
        return most
    ways = [1] + [0] * drawn
    for count in counts:
        sums = [0, *accumulate(ways)]
        ways = [sums[j + 1] - sums[max(0, j - count)] for j in range(drawn + 1)]
    return ways[drawn]


def _counted(pool: Pool, drawn: int) -> tuple[float, float]:
    # The most frequent value goes last: how often it is drawn follows from the others.
    rest = sorted(pool, key=lambda each: each[1])
    left = sum(count for _, count in rest)
    ways: dict[tuple[int, float], int] = {(0, 0.0): 1}
    for value, count in rest:
        left -= count
        chosen = [math.comb(count, j) for j in range(count + 1)]
        more: dict[tuple[int, float], int] = {}
        for (had, sum_), weight in ways.items():
            for j in range(max(0, drawn - had - left), min(count, drawn - had) + 1):
                key = had + j, round(sum_ + j * value, 9)
                more[key] = more.get(key, 0) + weight * chosen[j]
        ways = more
    sums = sorted((sum_, weight) for (_, sum_), weight in ways.items())
    total = sum(weight for _, weight in sums)
    return _last_beyond(sums, total), _last_beyond(sums[::-1], total)


def _last_beyond(sums: list[tuple[float, int]], total: int) -> float:
    """The outermost sum that more than 2 % of the ways reach, from the end that comes first."""
    reached = 0
    for value, weight in sums:
        reached += weight
        if reached > _TAIL * total:
            return value
    raise AssertionError("all ways together are more than 2 % of them")


def _coarser(pool: Pool) -> Pool:
    """No more than `_GROUPS` values; the outermost ones, which decide the tails, stay apart."""
    if len(pool) <= _GROUPS:
        return pool
    end = _GROUPS // 8
    inner = pool[end:-end]
    size = -(-len(inner) // (_GROUPS - 2 * end))
    merged = []
    for at in range(0, len(inner), size):
        group = inner[at : at + size]
        count = sum(each for _, each in group)
        merged.append((math.fsum(value * each for value, each in group) / count, count))
    return pool[:end] + merged + pool[-end:]


def _approximated(pool: Pool, drawn: int) -> float:
    """The sum that 2 % of the ways to draw exceed."""
    grid = min(b - a for (a, _), (b, _) in pairwise(pool))
    many = sum(count for _, count in pool)
    mean, variance = _moments(pool)
    scale = math.sqrt(variance)
    pool = [((value - mean) / scale, count) for value, count in _coarser(pool)]
    t = Z / math.sqrt(drawn * (many - drawn) / many)
    tilted = _TiltedDistribution(pool, drawn)
    smooth = tilted.sum_at(_crossing(tilted.quantile_of, Z, t, most=300.0)) + grid / scale / 2
    return drawn * mean + scale * max(smooth, _by_lumps(pool, drawn))


def _moments(pool: Pool) -> tuple[float, float]:
    many = sum(count for _, count in pool)
    mean = math.fsum(value * count for value, count in pool) / many
    return mean, math.fsum(count * (value - mean) ** 2 for value, count in pool) / many


def _by_lumps(pool: Pool, drawn: int) -> float:
    """The same where values come in lumps, such as runs that timed out among those that did not.

    The sum then comes in lumps, too, which the saddlepoint method smooths over. How many are drawn
    of each lump is counted exactly, what they add up to is taken as normal. −inf without lumps.

    Args:
        pool: of variance 1.
        drawn: as always.

    """
    many = sum(count for _, count in pool)
    below = [*accumulate(count for _, count in pool)]
    # One or two values far from the others are no lump: the saddlepoint method copes with them.
    gaps = [
        (b - a, at)
        for at, ((a, _), (b, _)) in enumerate(pairwise(pool), 1)
        if b - a > 1 and min(below[at - 1], many - below[at - 1]) > 2
    ]
    edges = sorted(at for _, at in sorted(gaps)[-2:])
    lumps = [pool[a:b] for a, b in pairwise([0, *edges, len(pool)])]
    sizes = [sum(count for _, count in lump) for lump in lumps]
    if len(lumps) < 2 or math.prod(sorted(min(each, drawn) + 1 for each in sizes)[:-1]) > _COUNTED:
        return -math.inf
    all_ways = _log_comb(many, drawn)
    parts: list[tuple[int, float, float, float]] = [(0, 0.0, 0.0, 0.0)]
    left = many
    for lump, size in zip(lumps, sizes, strict=True):
        left -= size
        mean, variance = _moments(lump)
        parts = [
            (
                had + j,
                log + _log_comb(size, j),
                middle + j * mean,
                spread + (variance * j * (size - j) / (size - 1) if size > 1 else 0.0),
            )
            for had, log, middle, spread in parts
            for j in range(max(0, drawn - had - left), min(size, drawn - had) + 1)
        ]
    likely = [
        (math.exp(log - all_ways), middle, math.sqrt(2 * max(spread, 1e-12)))
        for _, log, middle, spread in parts
        if log - all_ways > -25
    ]
    low, high = -10 * math.sqrt(drawn), 10 * math.sqrt(drawn) + max(each[1] for each in likely)
    for _ in range(50):
        at = (low + high) / 2
        beyond = sum(p * math.erfc((at - middle) / root) for p, middle, root in likely) / 2
        low, high = (at, high) if beyond > _TAIL else (low, at)
    return high


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


class _TiltedDistribution:
    """The values as if each were drawn by itself, with odds that grow with the value.

    At tilt t a value a is drawn with probability 1 / (1 + exp(−u − t a)), where u is such that
    `drawn` are expected.
    """

    def __init__(self, pool: Pool, drawn: int) -> None:
        self._pool = pool
        self._drawn = drawn
        self._many = sum(count for _, count in pool)
        self._u = self._u0 = math.log(drawn / (self._many - drawn))
        self._t = 0.0

    def _settle(self, t: float) -> tuple[float, float, float, float]:
        """Set u for t; the sum expected then, and the sums of p (1 − p) times 1, a and a²."""
        u, low, high = self._u, -math.inf, math.inf
        while True:
            expected = summed = flat = first = second = 0.0
            for value, count in self._pool:
                p = _logistic(u + t * value)
                each = count * p
                spread = each * (1 - p)
                expected += each
                summed += each * value
                flat += spread
                first += spread * value
                second += spread * value * value
            excess = expected - self._drawn
            if abs(excess) < 1e-10 * self._drawn or high - low < 1e-13 * abs(u):
                break
            low, high = (low, u) if excess > 0 else (u, high)
            step = u - excess / flat if flat > 0 else math.inf
            if not low < step < high:
                if math.isinf(low):
                    step = high - 2 - abs(high)
                elif math.isinf(high):
                    step = low + 2 + abs(low)
                else:
                    step = (low + high) / 2
            u = step
        self._t, self._u = t, u
        return summed, flat, first, second

    def sum_at(self, t: float) -> float:
        """The sum expected at tilt t."""
        return self._settle(t)[0]

    def quantile_of(self, t: float) -> float:
        """The normal quantile whose upper tail is that of the sum expected at tilt t > 0.

        Barndorff-Nielsen's r* with the signed root and the determinant of Booth and Butler.
        """
        summed, flat, first, second = self._settle(t)
        n, k = self._many, self._drawn
        log_sum = math.fsum(c * _log1p_exp(self._u + t * a) for a, c in self._pool)
        start = n * math.log(n / (n - k)) - self._u0 * k
        gain = start - (log_sum - self._u * k - t * summed)
        w = math.sqrt(max(0.0, 2 * gain))
        v = t * math.sqrt(max(0.0, flat * second - first * first) / (k * (n - k) / n))
        if w == 0 or v == 0:
            return w
        return w + math.log(v / w) / w


def _crossing(of: Callable[[float], float], wanted: float, start: float, most: float) -> float:
    """Where a function that grows with its argument reaches a value; `most` when it never does."""
    low, high, at = 0.0, math.inf, start
    last, last_value = 0.0, 0.0
    for _ in range(100):
        value = of(at)
        if abs(value - wanted) < 1e-6:
            break
        low, high = (low, at) if value > wanted else (at, high)
        if low >= most:
            return most
        rise = (value - last_value) / (at - last)
        step = at + (wanted - value) / rise if rise > 0 else math.inf
        last, last_value = at, value
        if not low < step < high or step > 4 * at:
            step = 2 * at if math.isinf(high) else (low + high) / 2
        if step == at:
            break
        at = step
    return at


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _log1p_exp(x: float) -> float:
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))
