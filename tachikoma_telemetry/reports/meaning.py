"""How a row model says what its fields mean.

The rows are plain dataclasses, so that a report does not pay for importing pydantic; `Meaning` is
what pydantic finds on a field when it makes a JSON Schema, and what `docs/` is made from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints


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

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Add the meaning and the range to the schema that pydantic makes of the type."""
        schema: dict[str, Any] = dict(handler(core_schema))
        schema["description"] = self.text
        if self.low is not None:
            schema["minimum"] = self.low
        if self.high is not None:
            schema["maximum"] = self.high
        return schema


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
def hints_of(row: Any) -> dict[str, Any]:
    """The types of a row model's fields with what they mean; working them out takes a while."""
    return get_type_hints(row, include_extras=True)


def meaning_of(row: Any, field: str) -> str | None:
    """What a field of a row model holds, for who reads a table: it has no null, and its own units.

    None for a name that the rows do not have.
    """
    hint = hints_of(row).get(field)
    text = next((each.text for each in getattr(hint, "__metadata__", ())), None)
    if text is None:
        return None
    return _NULL.sub("–", _UNIT.sub("", text)).replace("`", "")


_UNIT = re.compile(r", ms(?: since the epoch)?\b")
_NULL = re.compile(r"\bnull\b")


def amount(text: str) -> Meaning:
    """A number from 0 up."""
    return Meaning(text, low=0)


def share(text: str) -> Meaning:
    """A rate, a confidence or an accuracy: 0–1."""
    return Meaning(text, low=0, high=1)


def lower(successes: str, n: str, *, unknown: bool = True) -> Bound:
    """The lower end of a rate's interval.

    `successes` and `n` are columns of the query; without `unknown` every row has tries.
    """
    return Bound("lower" + (_INTERVAL_UNKNOWN if unknown else _INTERVAL), 0, 1, successes, n)


def upper(successes: str, n: str, *, unknown: bool = True) -> Bound:
    """The upper end of a rate's interval; the arguments are those of `lower`."""
    text = "upper" + (_INTERVAL_UNKNOWN if unknown else _INTERVAL)
    return Bound(text, 0, 1, successes, n, upper=True)


_INTERVAL = " end of the rate's 95 % Wilson interval"
_INTERVAL_UNKNOWN = _INTERVAL + "; null when n = 0"

BIN_LOW = amount("lower edge of the bin, inside it, ms")
BIN_HIGH = amount("upper edge of the bin, outside it, ms; null: the last bin is open")
NO_TOKENS = "; null when no message reported them"
