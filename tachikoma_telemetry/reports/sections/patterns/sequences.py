"""Which sequences of calls fail more often than their last tool does, beyond chance.

Many sequences are looked at, and one that fails often by chance is always among them. So rows are
shown only at a level at which chance shows any at all in at most 1 of 20 reports. Each sequence is
held against the other calls of its tool by Fisher's exact test (Statistical Methods for Research
Workers, 5th ed. 1934, § 21.02), one-sided, since the usual rate comes from the same calls. The
level is shared by Bonferroni's inequality among the sequences that could reach it at all (Tarone,
Biometrics 46, 1990).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

_LEVEL = 0.03  # with room to the promised 0.05

Tally = Mapping[str, Any]


def beyond_chance(records: Iterable[Tally]) -> list[Tally]:
    """The sequences that fail more often than chance explains.

    Args:
        records: the rows of patterns.sql.

    """
    tallies = [each for each in records if each["others"] > 0]
    least = sorted(_tail(each, min(each["calls"], _failures(each))) for each in tallies)
    # The smallest number of tests for which no more sequences than that could pass.
    tests = 1
    while sum(p <= _LEVEL / tests for p in least) > tests:
        tests += 1
    return [
        each
        for each in tallies
        if each["failed"] >= 3 and _tail(each, each["failed"]) <= _LEVEL / tests
    ]


def _failures(tally: Tally) -> int:
    failures: int = tally["failed"] + tally["others_failed"]
    return failures


def _tail(tally: Tally, failed: int) -> float:
    """How probable it is that as many of the sequence's calls fail, or more, by chance."""
    n, failures = tally["calls"], _failures(tally)
    many = n + tally["others"]
    whole = _log_comb(many, n)
    return math.fsum(
        math.exp(_log_comb(failures, k) + _log_comb(many - failures, n - k) - whole)
        for k in range(failed, min(n, failures) + 1)
        if n - k <= many - failures
    )


def _log_comb(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
