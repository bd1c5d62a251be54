"""What is compared with what: like with like, as far as both sides have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...difference import LEAST_SHARED, Squares, UnitValues, shared
from .rows import Metric

_DIMENSIONS = ("person", "model", "agent", "project", "request")
"""What runs may differ in besides the two sides; `request` is the intent a run classified, and
`person` who did it, of several people."""

# The values a to e of compare.sql.
_METRICS: Mapping[str, tuple[Metric, ...]] = {
    "run": ("success", "duration", "tokens", "iterations", "retries"),
    "load": ("window_duration", "window_tokens", "window_failed_calls"),
    "edit": ("edit_success", "edit_first_try", "edit_duration", "edit_tokens"),
}


class Values(NamedTuple):
    """Values of one metric, side and stratum: of one session, or of many that have no others.

    Attributes:
        after: False for the side before.
        session: the unit; None for many.
        stratum: of each of `_DIMENSIONS`.
        first: when the first of them began, ms since the epoch; None when unknown.
        last: likewise.
        n: how many values.
        total: their sum.
        squares: of the sessions.

    """

    after: bool
    session: str | None
    stratum: tuple[str | None, ...]
    first: int | None
    last: int | None
    n: int
    total: float
    squares: Squares

    @property
    def person(self) -> str | None:
        """Who did it, of several people; None in the store of one."""
        return self.stratum[0]


def values_of(
    records: Iterable[Mapping[str, Any]],
) -> dict[tuple[str | None, Metric], list[Values]]:
    """What compare.sql gives, by skill and metric."""
    found: dict[tuple[str | None, Metric], list[Values]] = {}
    for each in records:
        about = (
            each["side"] == "after",
            each["unit"],
            tuple(each[name] for name in _DIMENSIONS),
            each["first"],
            each["last"],
        )
        for metric, letter in zip(_METRICS[each["kind"]], "abcde", strict=False):
            if not (n := each[f"{letter}_n"]):
                continue
            squares = (each[f"{letter}_{sum_}"] for sum_ in ("sessions", "tt", "tn", "nn"))
            values = Values(*about, n, each[f"{letter}_total"], Squares(*squares))
            found.setdefault((each["skill"], metric), []).append(values)
    return found


def cells_of(values: Sequence[Values], dimensions: Sequence[str]) -> list[UnitValues]:
    """The values as cells whose strata are these dimensions."""
    places = [_DIMENSIONS.index(name) for name in dimensions]
    return [
        UnitValues(
            *(each.after, unit, tuple(each.stratum[at] for at in places)),
            *(each.n, each.total),
            each.squares if unit is None else None,
        )
        for each in values
        for unit in (each.session if each.person is None else each.person,)
    ]


def chosen_dimensions(
    values: Sequence[Values], compared_by: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dimensions to compare within, and those that differ but have too little in common.

    The choice depends on how many runs there are, never on how they went.
    """
    vary = [
        name
        for at, name in enumerate(_DIMENSIONS)
        if name != compared_by and len({each.stratum[at] for each in values}) > 1
    ]
    usable = [name for name in vary if shared(cells_of(values, [name])) >= LEAST_SHARED]
    while usable and shared(cells_of(values, usable)) < LEAST_SHARED:
        usable.pop()
    return tuple(usable), tuple(name for name in vary if name not in usable)
