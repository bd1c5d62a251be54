"""From the values of two sides to a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from .intervals import runs_for_rate, runs_for_ratio
from .rows import CompareRow, Metric, Verdict
from .significance import Effect, LogSummary, of_rates, of_ratios, summary_of

EFFECT = 0.1
"""The change that `runs_needed` is about: 10 points of a rate, a tenth of anything else."""

_RATES = frozenset(("success", "edit_success", "edit_first_try"))
# Fewer on a side give verdicts by chance, whatever the interval says (2 of 2 against 0 of 2).
_LEAST = 5

Values = Mapping[float, int]


def compare_rows(
    records: Iterable[tuple[str | None, str, str, float, int]],
    sides: Mapping[tuple[str | None, str], str],
    skill: str | None,
) -> list[CompareRow]:
    """The rows of `compare`, in the order of the metrics; what is 0 on both sides is left out.

    Args:
        records: the rows that compare.sql gives.
        sides: the names of the sides, by skill (None where it is not one's versions) and
            ``before`` or ``after``.
        skill: the one that the report is about; None is all.

    """
    seen: dict[tuple[str | None, str], dict[str, dict[float, int]]] = {}
    for about_skill, metric_name, side, value, n in records:
        seen.setdefault((about_skill, metric_name), {}).setdefault(side, {})[value] = n
    rows = []
    for name in dict.fromkeys(each for each, _ in sides):
        about: dict[str, Any] = {
            "skill": name if name is not None else skill,
            "side_before": sides.get((name, "before")),
            "side_after": sides.get((name, "after")),
        }
        for metric in get_args(Metric):
            of_metric = seen.get((name, metric), {})
            before, after = of_metric.get("before", {}), of_metric.get("after", {})
            if metric in _RATES:
                if before or after:
                    rows.append(CompareRow(metric=metric, **_rate(before, after), **about))
            elif any(before) or any(after):
                rows.append(CompareRow(metric=metric, **_ratio(before, after), **about))
    return rows


def _rate(before: Values, after: Values) -> dict[str, Any]:
    (s, n), (t, m) = _successes(before), _successes(after)
    found = of_rates((s, n), (t, m)) if n and m else None
    verdict = _verdict(found.change if found else 0, n, m)
    # Two more of each outcome: 3 of 3 is no rate of 1 to plan by.
    each = runs_for_rate((s + 2) / (n + 4) if n else 0.5, EFFECT)
    return {
        "before": s / n if n else None,
        "after": t / m if m else None,
        "n_before": n,
        "n_after": m,
        "difference": found.difference if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "verdict": verdict,
        "runs_needed": _more(verdict, each, n, m),
        "measure": "difference",
        "runs_each": each if verdict == "no evidence yet" else None,
    }


def _successes(side: Values) -> tuple[int, int]:
    return sum(n for value, n in side.items() if value), sum(side.values())


def _ratio(before: Values, after: Values) -> dict[str, Any]:
    one, other = (summary_of(side) if side else None for side in (before, after))
    n, m = one.n if one else 0, other.n if other else 0
    found = _found(one, other)
    # Less of it is better, whatever it is.
    verdict = _verdict(-found.change if found else 0, n, m)
    known = [(side.n - 1, side.variance) for side in (one, other) if side and side.n > 1]
    each = None
    if known:
        freedom = sum(each for each, _ in known)
        variance = sum(each * (spread or 0.0) for each, spread in known) / freedom
        each = max(_LEAST, runs_for_ratio(variance, 1 + EFFECT))
    return {
        "before": one.typical if one else None,
        "after": other.typical if other else None,
        "n_before": n,
        "n_after": m,
        "difference": math.exp(found.difference) if found else None,
        "low": None if found is None or found.low is None else math.exp(found.low),
        "high": None if found is None or found.high is None else math.exp(found.high),
        "verdict": verdict,
        "runs_needed": _more(verdict, each, n, m),
        "measure": "ratio",
        "runs_each": each if verdict == "no evidence yet" else None,
    }


def _found(before: LogSummary | None, after: LogSummary | None) -> Effect | None:
    if before is None or after is None:
        return None
    if before.n == 1 or after.n == 1:
        return Effect(after.mean - before.mean, None, None, 0)
    return of_ratios(before, after)


def _verdict(improvement: int, n: int, m: int) -> Verdict:
    if min(n, m) < _LEAST or improvement == 0:
        return "no evidence yet"
    return "better" if improvement > 0 else "worse"


def _more(verdict: Verdict, each: int | None, n: int, m: int) -> int | None:
    if verdict != "no evidence yet" or each is None:
        return None
    return max(0, each - n) + max(0, each - m)
