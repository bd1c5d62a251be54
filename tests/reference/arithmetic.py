"""What is counted with: groups, sums, rates, percentiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import ceil, fsum, sqrt
from typing import Any

from .facts import Row


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def rate(prefix: str, good: int, n: int, *, name: str | None = None) -> Row:
    """A rate with its Wilson interval."""
    names = (name or f"{prefix}_rate", f"{prefix}_low", f"{prefix}_high")
    if not n:
        return dict.fromkeys(names)
    z = 1.959963984540054
    p = good / n
    middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)
    return dict(zip(names, (p, max(0.0, low), min(1.0, high)), strict=True))


def percentile(values: list[Any], percent: int) -> Any:
    return sorted(values)[ceil(percent * len(values) / 100) - 1] if values else None


def union(spans: list[tuple[float, float]]) -> float:
    """The time that spans cover together: between any two edges, whether one covers it."""
    edges = sorted({edge for span in spans for edge in span})
    return fsum(
        until - since
        for since, until in pairwise(edges)
        if any(began <= since and until <= ended for began, ended in spans)
    )


def first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def total(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def mean(values: Iterable[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def when(condition: bool, value: Any) -> Any:
    return value if condition else None
