"""The difference of two sides: sessions, or people, are the unit, like is compared with like.

- Runs of one session resemble each other, so a session counts once, with all of its runs: the
  variance is that of the sessions' sums (Liang and Zeger, Biometrika 73, 1986).
- Where both sides have the same strata (a model, an agent, a project …), the difference is the mean
  of the differences inside the strata, weighted by n·m / (n + m). For rates that is the
  Mantel–Haenszel risk difference (Greenland and Robins, Biometrics 41, 1985); means and means of
  logarithms take the same weights.
- Over several people, people are the units: if a skill works well for one, it does so in each of
  their sessions. A change may suit some people and not others, so what varies is the difference
  itself: the residuals are those around one common difference, not around the means of each stratum
  (the least squares of side and strata, whose estimate is the same; Arellano, Oxford Bulletin of
  Economics and Statistics 49, 1987).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from .confidence_sequence import ALPHA, amount_of_evidence, critical, normal_of, p_value, student_of

LEAST_SESSIONS = 5.0
"""Fewer on a side give no interval: their variance is not known well enough."""

LEAST_SHARED = 0.5
"""With less in common, runs that are compared are no longer those that the reader asked about."""

_ROUNDING = 1e-10  # of a sum of squares: what is left of equal values when they cancel out


class Squares(NamedTuple):
    """What the variance needs of sessions that are summed up together.

    Attributes:
        sessions: how many.
        tt: sum of the square of each one's total.
        tn: sum of each one's total times its n.
        nn: sum of the square of each one's n.

    """

    sessions: int
    tt: float
    tn: float
    nn: float

    def around(self, mean: float) -> float:
        """The sum of the squares of total − n · mean."""
        sum_ = self.tt - 2 * mean * self.tn + mean * mean * self.nn
        return sum_ if sum_ > _ROUNDING * self.tt else 0.0


class UnitValues(NamedTuple):
    """Values of one session, side and stratum, or of many sessions that are in no other cell.

    Attributes:
        after: False for the side before.
        session: the unit; of many sessions anything.
        stratum: like is compared with like.
        n: how many values.
        total: their sum.
        many: of many sessions their squares.

    """

    after: bool
    session: Hashable
    stratum: Hashable
    n: int
    total: float
    many: Squares | None = None


class Difference(NamedTuple):
    """What two sides differ by.

    Attributes:
        difference: after − before, inside the strata.
        crude: after − before, whatever the strata; the same where there is one stratum.
        variance: of `difference`; None when there is too little to know it.
        freedom: degrees of freedom of the variance.
        sessions: the effective number of sessions before and after: that of equally large ones
            that say as much (Kish, Survey Sampling, 1965).

    """

    difference: float
    crude: float
    variance: float | None
    freedom: float
    sessions: tuple[float, float]

    @property
    def p(self) -> float:
        """How often chance gets so far at any time; 1 when nothing is known."""
        if self.variance is None:
            return 1.0
        errors = abs(self.difference) / math.sqrt(self.variance)
        return p_value(normal_of(errors, self.freedom), amount_of_evidence(*self.sessions))

    def interval(self, alpha: float = ALPHA) -> tuple[float, float] | None:
        """Holds the true difference at all looks in 1 − alpha of histories; None when unknown."""
        if self.variance is None:
            return None
        errors = critical(amount_of_evidence(*self.sessions), alpha)
        half = student_of(errors, self.freedom) * math.sqrt(self.variance)
        return self.difference - half, self.difference + half


class _Stratum:
    def __init__(self) -> None:
        self.n = [0, 0]
        self.total = [0.0, 0.0]

    @property
    def weight(self) -> float:
        n, m = self.n
        return n * m / (n + m)

    def mean(self, side: int) -> float:
        return self.total[side] / self.n[side]

    @property
    def mean_of_both(self) -> float:
        return sum(self.total) / sum(self.n)

    def mean_under(self, difference: float, side: int) -> float:
        """The mean of a side when the sides differ by exactly this."""
        return self.mean_of_both + difference * (side - self.n[1] / sum(self.n))


def shared(cells: Iterable[UnitValues]) -> float:
    """The share of values in strata that both sides have: 0–1, of the side with fewer."""
    cells = list(cells)
    sides: dict[Hashable, set[bool]] = defaultdict(set)
    for cell in cells:
        sides[cell.stratum].add(cell.after)
    least = 1.0
    for side in (False, True):
        n = sum(cell.n for cell in cells if cell.after is side)
        both = sum(c.n for c in cells if c.after is side and len(sides[c.stratum]) == 2)
        least = min(least, both / n if n else 0.0)
    return least


def difference_of(
    cells: Iterable[UnitValues], *, rate: bool, people: bool = False
) -> Difference | None:
    """The difference of the cells' sides; None when a side has nothing that can be compared.

    The variance is the largest of three: of the sessions around the means of their side; of all
    sessions around the common mean, as if nothing had changed; and of a rate, that of independent
    runs at the common rate with two successes and two failures added (Agresti and Caffo, American
    Statistician 54, 2000), so that 10 of 10 are no proof.

    `rate`: each value is 0 or 1. `people`: the units are people, and not sessions.
    """
    cells = [cell for cell in cells if cell.n]
    everything, strata = _Stratum(), defaultdict[Hashable, _Stratum](_Stratum)
    for cell in cells:
        for each in (everything, strata[cell.stratum]):
            each.n[cell.after] += cell.n
            each.total[cell.after] += cell.total
    if not all(everything.n):
        return None
    both = {name: each for name, each in strata.items() if all(each.n)}
    weight = sum(each.weight for each in both.values())
    if not weight:
        return None
    difference = sum(e.weight * (e.mean(1) - e.mean(0)) for e in both.values()) / weight
    crude = everything.mean(1) - everything.mean(0)
    if len(strata) == 1:
        difference = crude  # not by way of a sum, whose rounding shows
    used = [cell for cell in cells if cell.stratum in both]
    sessions = _effective(used, after=False), _effective(used, after=True)
    common = difference if people else None
    variance, freedom = _variance(used, both, weight, rate=rate, common=common)
    if min(sessions) < LEAST_SESSIONS:
        variance = None
    return Difference(difference, crude, variance, freedom, sessions)


def difference_of_people(cells: Iterable[UnitValues], *, rate: bool) -> Difference | None:
    """As `difference_of` with people as units, each against themselves where enough are on both
    sides.
    """
    cells = [cell for cell in cells if cell.n]
    alike = [cell._replace(stratum=cell.session) for cell in cells]
    return difference_of(alike if shared(alike) >= LEAST_SHARED else cells, rate=rate, people=True)


def _effective(cells: list[UnitValues], *, after: bool) -> float:
    n: dict[Hashable, int] = defaultdict(int)
    total, squares = 0, 0.0
    for cell in cells:
        if cell.after is after:
            total += cell.n
            if cell.many is not None:
                squares += cell.many.nn
            else:
                n[cell.session] += cell.n
    squares += sum(each * each for each in n.values())
    return total**2 / squares if squares else 0.0


def _variance(
    cells: list[UnitValues],
    strata: dict[Hashable, _Stratum],
    weight: float,
    *,
    rate: bool,
    common: float | None,
) -> tuple[float | None, float]:
    """The variance of the stratified difference, and its degrees of freedom.

    `common` is the difference that all strata are taken to have; None is its own for each.
    """
    moved = defaultdict[Hashable, float](float), defaultdict[Hashable, float](float)
    unmoved = defaultdict[Hashable, float](float)
    sessions, apart, around_all = [0, 0], [0.0, 0.0], 0.0
    for cell in cells:
        stratum, side = strata[cell.stratum], int(cell.after)
        scale = stratum.weight / weight / stratum.n[side]
        if cell.many is not None:
            sessions[side] += cell.many.sessions
            apart[side] += scale * scale * cell.many.around(stratum.mean(side))
            around_all += cell.many.around(stratum.mean_of_both)
            continue
        mean = stratum.mean(side) if common is None else stratum.mean_under(common, side)
        moved[side][cell.session] += (cell.total - cell.n * mean) * scale
        unmoved[cell.session] += cell.total - cell.n * stratum.mean_of_both
    all_ = sum(sessions) + len(unmoved)
    sessions = [many + len(side) for many, side in zip(sessions, moved, strict=True)]
    if min(sessions) < 2:
        return None, 1.0
    corrected = [many / (many - 1) for many in sessions]
    apart = [
        (many + sum(each * each for each in side.values())) * factor
        for many, side, factor in zip(apart, moved, corrected, strict=True)
    ]
    # A session on both sides moves both together.
    together = sum(each * moved[1][name] for name, each in moved[0].items() if name in moved[1])
    around_sides = sum(apart) - 2 * together * math.sqrt(corrected[0] * corrected[1])
    around_all += sum(each * each for each in unmoved.values())
    n = sum(cell.n for cell in cells)
    variance = max(around_sides, around_all * all_ / (all_ - 1) / n / weight)
    if rate:
        p = (sum(cell.total for cell in cells) + 2) / (n + 4)
        variance = max(variance, p * (1 - p) / weight)
    if not variance:
        return None, 1.0  # all values are the same
    # Welch and Satterthwaite, Biometrics Bulletin 2, 1946.
    below = sum(a * a / (many - 1) for a, many in zip(apart, sessions, strict=True))
    freedom = sum(apart) ** 2 / below if below else float(min(sessions) - 1)
    if common is not None:
        freedom = min(freedom, all_ - 1)  # people who are on both sides count once
    return variance, max(1.0, freedom)


def p_of_rate(n: int, total: float, sessions: Squares, limit: float) -> float:
    """How often chance takes a rate so far from a limit at any time, when the limit is the truth.

    As `difference_of`, with a side whose rate is known: the variance is the largest of that of the
    sessions around the rate, of those around the limit, and of independent runs at the limit.
    It is 1 when nothing is known.

    Of `n` runs `total` succeeded; `sessions` are the squares of their sessions. `limit` is above 0
    and below 1.
    """
    effective = n * n / sessions.nn if sessions.nn else 0.0
    if effective < LEAST_SESSIONS:
        return 1.0
    rate, many = total / n, sessions.sessions
    around = max(sessions.around(rate), sessions.around(limit)) * many / (many - 1) / n**2
    variance = max(around, limit * (1 - limit) / n)
    errors = abs(rate - limit) / math.sqrt(variance)
    return p_value(normal_of(errors, many - 1), effective)
