"""From the tallies of two sides to a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from .intervals import newcombe, runs_for_rate, runs_for_ratio, welch
from .rows.compare import CompareRow, Metric, Verdict

EFFECT = 0.1
"""The change that `runs_needed` is about: 10 points of a rate, a tenth of anything else."""

_RATES = frozenset(("success", "edit_success", "edit_first_try"))
# Fewer on a side give verdicts by chance, whatever the interval says (2 of 2 against 0 of 2).
_LEAST = 5

Tally = Mapping[str, Any]


def compare_rows(
    records: Iterable[Tally], sides: Mapping[tuple[str | None, str], str], skill: str | None
) -> list[CompareRow]:
    """The rows of `compare`, in the order of the metrics; what is 0 on both sides is left out.

    Args:
        records: what compare.sql gives.
        sides: the names of the sides, by skill (None where it is not one's versions) and
            ``before`` or ``after``.
        skill: the one that the report is about; None is all.

    """
    tallies: dict[tuple[str | None, str], dict[str, Tally]] = {}
    for record in records:
        key = record["skill"], record["metric"]
        tallies.setdefault(key, {})[record["side"]] = record
    rows = []
    for name in dict.fromkeys(each for each, _ in sides):
        about: dict[str, Any] = {
            "skill": name if name is not None else skill,
            "side_before": sides.get((name, "before")),
            "side_after": sides.get((name, "after")),
        }
        for metric in get_args(Metric):
            of_metric = tallies.get((name, metric), {})
            before, after = of_metric.get("before"), of_metric.get("after")
            if metric in _RATES:
                if before or after:
                    rows.append(CompareRow(metric=metric, **_rate(before, after), **about))
            elif any(side and side["total"] for side in (before, after)):
                rows.append(CompareRow(metric=metric, **_ratio(before, after), **about))
    return rows


def _rate(before: Tally | None, after: Tally | None) -> dict[str, Any]:
    (s, n), (t, m) = _successes(before), _successes(after)
    difference = low = high = None
    verdict: Verdict = "no evidence yet"
    if n and m:
        difference = t / m - s / n
        low, high = newcombe((s, n), (t, m))
        verdict = _verdict(newcombe((s, n), (t, m), corrected=True), min(n, m))
    # Two more of each outcome: 3 of 3 is no rate of 1 to plan by.
    each = runs_for_rate((s + 2) / (n + 4) if n else 0.5, EFFECT)
    return {
        "before": s / n if n else None,
        "after": t / m if m else None,
        "n_before": n,
        "n_after": m,
        "difference": difference,
        "low": low,
        "high": high,
        "verdict": verdict,
        "runs_needed": _more(verdict, each, n, m),
        "measure": "difference",
        "runs_each": each if verdict == "no evidence yet" else None,
    }


def _successes(side: Tally | None) -> tuple[int, int]:
    return (round(side["total"]), side["n"]) if side else (0, 0)


def _ratio(before: Tally | None, after: Tally | None) -> dict[str, Any]:
    n, m = (side["n"] if side else 0 for side in (before, after))
    difference = low = high = each = None
    verdict: Verdict = "no evidence yet"
    if before and after:
        difference = math.exp(after["log_mean"] - before["log_mean"])
        if n > 1 and m > 1:
            _, *bounds = welch(_logs(before), _logs(after))
            low, high = map(math.exp, bounds)
            # Less of it is better, whatever it is.
            verdict = _verdict((-bounds[1], -bounds[0]), min(n, m))
    known = [side for side in (before, after) if side and side["n"] > 1]
    if known:
        freedom = sum(side["n"] - 1 for side in known)
        variance = sum(side["log_var"] * (side["n"] - 1) for side in known) / freedom
        each = max(_LEAST, runs_for_ratio(variance, 1 + EFFECT))
    return {
        "before": math.expm1(before["log_mean"]) if before else None,
        "after": math.expm1(after["log_mean"]) if after else None,
        "n_before": n,
        "n_after": m,
        "difference": difference,
        "low": low,
        "high": high,
        "verdict": verdict,
        "runs_needed": _more(verdict, each, n, m),
        "measure": "ratio",
        "runs_each": each if verdict == "no evidence yet" else None,
    }


def _logs(side: Tally) -> tuple[int, float, float]:
    return side["n"], side["log_mean"], side["log_var"]


def _verdict(improvement: tuple[float, float], least: int) -> Verdict:
    if least < _LEAST or improvement[0] <= 0 <= improvement[1]:
        return "no evidence yet"
    return "better" if improvement[0] > 0 else "worse"


def _more(verdict: Verdict, each: int | None, n: int, m: int) -> int | None:
    if verdict != "no evidence yet" or each is None:
        return None
    return max(0, each - n) + max(0, each - m)
