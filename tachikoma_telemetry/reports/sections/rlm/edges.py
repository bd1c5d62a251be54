"""From which size on chunks fail more often than smaller ones do, beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from ...confidence_sequence import holm
from ...difference import UnitValues, difference_of, difference_of_people
from .rows import ChunkEdgeRow


def chunk_edges(records: Iterable[Mapping[str, Any]]) -> list[ChunkEdgeRow]:
    """Each edge between sizes that were seen: the chunks above it against those below.

    All edges together are wrong in 5 % of histories (Holm); sessions are the units, or people.
    `records` are what chunk_sessions.sql gives.
    """
    rows = [
        row
        for unit, of_unit in groupby(records, key=lambda each: each["unit"])
        for row in _edges(unit, [*of_unit])
    ]
    tested = holm([row["chance"] for row in rows])
    return [ChunkEdgeRow(**row, clear=falls) for row, (falls, _) in zip(rows, tested, strict=True)]


def _edges(unit: str | None, records: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for edge in sorted({each["low"] for each in records})[1:]:
        sums: dict[tuple[bool, str], list[int]] = {}
        totals = [[0, 0], [0, 0]]
        for each in records:
            above = each["low"] >= edge
            for sum_ in (totals[above], sums.setdefault((above, each["session"]), [0, 0])):
                sum_[0] += each["chunks"]
                sum_[1] += each["failed"]
        cells = [UnitValues(above, name, None, n, bad) for (above, name), (n, bad) in sums.items()]
        people = any(each.get("person") is not None for each in records)
        found = (
            difference_of_people(cells, rate=True) if people else difference_of(cells, rate=True)
        )
        (below_n, below_failed), (above_n, above_failed) = totals
        yield {
            "unit": unit,
            "edge": edge,
            "below": below_n,
            "below_failed": below_failed,
            "above": above_n,
            "above_failed": above_failed,
            "difference": above_failed / above_n - below_failed / below_n,
            "chance": found.p if found is not None else 1.0,
        }
