"""Which sequences of calls fail more often than their last tool does, beyond chance.

Each is held against the other calls of its tool, one-sided: among so many calls of which so many
failed, chance puts failures behind the sequence as drawing without replacement does (Fisher,
Statistical Methods for Research Workers, 5th ed. 1934, § 21.02). But in some sessions much fails,
whatever comes before, so the calls of a session are not independent:

- A sequence that begins with a failure is more frequent where much fails. So each session is a draw
  by itself, and their sum is tested (Mantel and Haenszel, J. Natl. Cancer Inst. 22, 1959, with the
  exact distribution). A success of the same tool that the sequence begins with can't be drawn.
- Any other is as frequent where much fails. So all calls are one draw, and its distance from the
  usual is measured by how far whole sessions are from it (Liang and Zeger, Biometrika 73, 1986).

Many sequences are looked at, and one that fails often by chance is always among them. So rows are
shown only at a level at which chance shows any at all in at most 1 of 20 reports. It is shared by
Bonferroni's inequality among the sequences that could reach it (Tarone, Biometrics 46, 1990).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from statistics import NormalDist
from typing import Any, NamedTuple

_LEVEL = 0.05
# Standard deviations above the mean from which on the distribution is worth its time: at less than
# this a sum of draws is not beyond any level.
_WORTH_A_LOOK = 1.5
# From this variance on the normal distribution, corrected for skewness, will do: the exact one
# takes time in proportion to the square of the failures.
_MANY = 100


class _Draw(NamedTuple):
    """A session: `failures` among `many` calls, of which `n` came behind the sequence."""

    many: int
    failures: int
    n: int

    @property
    def least(self) -> int:
        return max(0, self.n + self.failures - self.many)

    @property
    def most(self) -> int:
        return min(self.n, self.failures)

    def chance(self, k: int) -> float:
        """How probable `k` failures behind the sequence are."""
        return math.exp(self.log_chance(k))

    def log_chance(self, k: int) -> float:
        """The natural logarithm of `chance`, which may be too small for a float."""
        many, failures, n = self
        successes = many - failures
        return _log_comb(failures, k) + _log_comb(successes, n - k) - _log_comb(many, n)

    def chances(self) -> list[float]:
        """How probable each number of failures behind the sequence is, from `least` to `most`."""
        return [self.chance(k) for k in range(self.least, self.most + 1)]

    def moments(self) -> tuple[float, float, float]:
        """Mean, variance and third central moment of the failures behind the sequence."""
        many, failures, n = self
        share = failures / many
        variance = n * share * (1 - share) * (many - n) / (many - 1)
        if many == 2:
            return n * share, variance, 0.0
        skewed = variance * (1 - 2 * share) * (many - 2 * n) / (many - 2)
        return n * share, variance, skewed


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


class CallSequence:
    """A sequence in all sessions in which it occurred."""

    def __init__(self, sessions: list[Mapping[str, Any]]) -> None:
        self._sessions = sessions
        self._first = sessions[0]
        self.calls = sum(each["calls"] for each in sessions)
        self.failed = sum(each["failed"] for each in sessions)
        self.usual_rate: float = self._first["usual_rate"]
        self._labels = [self._first["before_last"] or "", self._first["before"]]
        self._pooled = not any(label.endswith("!") for label in self._labels)
        if not self._pooled:
            self._draws, self._surplus = self._of_sessions()
        else:
            many, failures = self._first["usual_calls"], self._first["usual_failed"]
            self._draws = Counter({_Draw(many, failures, self.calls): 1})
            self._surplus = self.failed

    def _of_sessions(self) -> tuple[Counter[_Draw], int]:
        """A draw for each session, and how many failures they are to add up to."""
        draws: Counter[_Draw] = Counter()
        surplus = 0
        own = self._labels.count(self._first["tool"])
        for each in self._sessions:
            many, failures, n = each["all_calls"], each["all_failed"], each["calls"]
            left = min(many - n, many - failures - (n - each["failed"]))
            draw = _Draw(many - min(own, left), failures, n)
            # A session in which nothing else could have come out says nothing.
            if draw.least < draw.most:
                draws[draw] += 1
                surplus += each["failed"]
        return draws, surplus

    def _as_sessions(self, tail: float) -> float:
        """A probability among calls as it is among sessions, whose calls are not independent."""
        rate, n = self.usual_rate, self.calls
        share = n / self._first["usual_calls"]
        squares = share * share * self._first["spread"]
        for each in self._sessions:
            rest = share * (each["all_failed"] - rate * each["all_calls"])
            squares += (each["failed"] - rate * each["calls"] - rest) ** 2 - rest * rest
        wider = squares / (n * rate * (1 - rate) * (1 - share))
        z = -NormalDist().inv_cdf(min(max(tail, 1e-300), 0.5))
        return NormalDist().cdf(-z / math.sqrt(max(1.0, wider)))

    def row(self) -> dict[str, Any]:
        """The sequence as a row, less its interval."""
        return {
            **self._first,
            "calls": self.calls,
            "failed": self.failed,
            "failure_rate": self.failed / self.calls,
            "sessions": sum(each["failed"] > 0 for each in self._sessions),
        }

    def least_tail(self) -> float:
        """How probable the most failures are that there can be: no tail is smaller."""
        return math.exp(
            sum(times * draw.log_chance(draw.most) for draw, times in self._draws.items())
        )

    def tail(self) -> float:
        """How probable as many failures behind it as there were, or more, are by chance; 1 if
        there are hardly more than usual.
        """
        mean = variance = skewed = 0.0
        for draw, times in self._draws.items():
            of_draw = draw.moments()
            mean += times * of_draw[0]
            variance += times * of_draw[1]
            skewed += times * of_draw[2]
        if not variance or self._surplus - mean <= _WORTH_A_LOOK * math.sqrt(variance):
            return 1.0
        tail = (
            self._exact_tail()
            if variance < _MANY
            else _edgeworth(self._surplus - 0.5 - mean, variance, skewed)
        )
        return self._as_sessions(tail) if self._pooled else tail

    def _exact_tail(self) -> float:
        wanted = self._surplus - sum(draw.least * times for draw, times in self._draws.items())
        # Up to one less than wanted; what is beyond is the tail.
        sums = [1.0, *[0.0] * (wanted - 1)]
        reached, beyond = 0, 0.0
        for draw, times in self._draws.items():
            chances = draw.chances()
            for _ in range(times):
                reached, beyond = _add(sums, chances, reached, beyond)
        return beyond


def _edgeworth(above: float, variance: float, skewed: float) -> float:
    """How probable a sum is that is so far above its mean, by the normal distribution and the first
    term of its correction.
    """
    z = above / math.sqrt(variance)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    correction = density * skewed / variance**1.5 / 6 * (z * z - 1)
    return float(math.erfc(z / math.sqrt(2)) / 2 + correction)


def _add(sums: list[float], chances: list[float], reached: int, beyond: float) -> tuple[int, float]:
    """Add a draw to the distribution of a sum in place.

    Args:
        sums: how probable each sum is that is too small.
        chances: how probable the draw's 0, 1, … more are.
        reached: the largest sum so far that has a probability in `sums`.
        beyond: how probable all larger ones are.

    Returns:
        the new `reached` and `beyond`.
    """
    size, most = len(sums), len(chances) - 1
    for place in range(max(0, size - most), min(reached, size - 1) + 1):
        beyond += sums[place] * math.fsum(chances[size - place :])
    reached = min(size - 1, reached + most)
    for place in range(reached, -1, -1):
        low = max(0, place - most)
        sums[place] = sum(sums[low + k] * chances[place - low - k] for k in range(place - low + 1))
    return reached, beyond


def beyond_chance(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The sequences that fail more often than chance explains, as rows less their intervals."""
    grouped = groupby(records, key=lambda each: (each["tool"], each["before"], each["before_last"]))
    sequences = [CallSequence(list(sessions)) for _, sessions in grouped]
    sequences = [each for each in sequences if each.calls >= 3]
    least = sorted(each.least_tail() for each in sequences)
    # The smallest number of tests for which no more sequences than that could pass.
    tests = 1
    while sum(p <= _LEVEL / tests for p in least) > tests:
        tests += 1
    found = [
        each.row()
        for each in sequences
        if each.failed >= 3
        and each.failed > each.calls * each.usual_rate
        and each.tail() <= _LEVEL / tests
    ]
    return sorted(found, key=lambda row: -row["failed"])
