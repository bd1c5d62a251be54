"""What is compared with what: like with like, as far as both sides have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...difference import Cell, shared

DIMENSIONS = ("model", "agent", "project", "request")
"""What runs may differ in besides the two sides; `request` is the intent a run classified."""

# With less in common, the runs that are compared are no longer those that the reader asked about.
_LEAST_SHARED = 0.5

Record = Mapping[str, Any]


def cells_of(records: Sequence[Record], dimensions: Sequence[str]) -> list[Cell]:
    """The records as cells whose strata are these dimensions."""
    return [
        Cell(
            each["side"] == "after",
            each["unit"],
            tuple(each[name] for name in dimensions),
            each["n"],
            each["total"],
        )
        for each in records
    ]


def chosen_dimensions(
    records: Sequence[Record], compared_by: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dimensions to compare within, and those that differ but have too little in common.

    The choice depends on how many runs there are, never on how they went.
    """
    vary = [
        name
        for name in DIMENSIONS
        if name != compared_by and len({each[name] for each in records}) > 1
    ]
    usable = [name for name in vary if shared(cells_of(records, [name])) >= _LEAST_SHARED]
    while usable and shared(cells_of(records, usable)) < _LEAST_SHARED:
        usable.pop()
    return tuple(usable), tuple(name for name in vary if name not in usable)
