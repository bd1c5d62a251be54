"""How a row model says what its fields mean.

    runs: int = amount("runs that recorded a chunk")

The rows are plain dataclasses, so that a report does not pay for importing pydantic; what is in
a field's metadata is what pydantic makes a JSON Schema of, and what `docs/` is made from.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Meaning:
    """What a field holds.

    Attributes:
        text: one phrase, with the unit and when it is null.
        low: the least value it can have; None for text.
        high: the greatest.
    """

    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bound(Meaning):
    """An end of a rate's interval, which `query.row_of` works out from two columns of a query.

    Attributes:
        successes: the column with the successes.
        n: the column with the number of tries.
        upper: whether it is the upper end.
    """

    successes: str = ""
    n: str = ""
    upper: bool = False


@cache
def meanings_of(row: Any) -> dict[str, Meaning]:
    """What each field of a row model holds, by its name."""
    return {each.name: each.metadata["meaning"] for each in fields(row)}


def meaning_of(row: Any, field: str) -> str | None:
    """What a field of a row model holds, for who reads a table: it has no null, and its own units.

    None for a name that the rows do not have.
    """
    found = meanings_of(row).get(field)
    if found is None:
        return None
    return _NULL.sub("–", _UNIT.sub("", found.text)).replace("`", "")


_UNIT = re.compile(r", ms(?: since the epoch)?\b")
_NULL = re.compile(r"\bnull\b")


def _field(meant: Meaning, default: Any = MISSING) -> Any:
    bounds = {"minimum": meant.low, "maximum": meant.high}
    return field(
        default=default,
        metadata={
            "meaning": meant,
            # These two are pydantic's.
            "description": meant.text,
            "json_schema_extra": {name: at for name, at in bounds.items() if at is not None},
        },
    )


def meaning(
    text: str, low: float | None = None, high: float | None = None, *, default: Any = MISSING
) -> Any:
    """A field that holds a text, a truth, or a number within bounds of its own."""
    return _field(Meaning(text, low, high), default)


def amount(text: str) -> Any:
    """A field that holds a number from 0 up."""
    return _field(Meaning(text, low=0))


def moment(text: str, null: str | None = None) -> Any:
    """A field that holds a time, ms since the epoch; `null` says when it is unknown."""
    return amount(f"{text}, ms since the epoch{f'; null {null}' if null else ''}")


def share(text: str) -> Any:
    """A field that holds a rate, a confidence or an accuracy: 0–1."""
    return _field(Meaning(text, low=0, high=1))


def lower(successes: str, n: str, *, unknown: bool = True) -> Any:
    """A field that holds the lower end of a rate's interval.

    `successes` and `n` are columns of the query; without `unknown` every row has tries.
    """
    return _field(_bound("lower", successes, n, unknown=unknown))


def upper(successes: str, n: str, *, unknown: bool = True) -> Any:
    """A field that holds the upper end of a rate's interval; the arguments are those of `lower`."""
    return _field(_bound("upper", successes, n, unknown=unknown))


def _bound(which: str, successes: str, n: str, *, unknown: bool) -> Bound:
    text = f"{which} end of the rate's 95 % Wilson interval{'; null when n = 0' * unknown}"
    return Bound(text, 0, 1, successes, n, upper=which == "upper")


def bin_low() -> Any:
    """The field of the lower edge of a bin of durations."""
    return amount("lower edge of the bin, inside it, ms")


def bin_high() -> Any:
    """The field of the upper edge of a bin of durations."""
    return amount("upper edge of the bin, outside it, ms; null: the last bin is open")


NO_TOKENS = "; null when no message reported them"
