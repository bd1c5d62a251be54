"""How a row model says what its fields mean.

The rows are plain dataclasses, so that a report does not pay for importing pydantic; `Meaning` is
what pydantic finds on a field when a JSON Schema is asked for, and what `docs/` is made from.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Add the meaning and the range to the schema that pydantic makes of the type."""
        schema: dict[str, Any] = dict(handler(core_schema))
        schema["description"] = self.text
        if self.low is not None:
            schema["minimum"] = self.low
        if self.high is not None:
            schema["maximum"] = self.high
        return schema


def amount(text: str) -> Meaning:
    """A number from 0 up."""
    return Meaning(text, low=0)


def share(text: str) -> Meaning:
    """A rate, a confidence or an accuracy: 0–1."""
    return Meaning(text, low=0, high=1)


_LOW = "lower end of the rate's 95 % Wilson interval"
_HIGH = "upper end of the rate's 95 % Wilson interval"
INTERVAL_LOW = share(_LOW + "; null when n = 0")
INTERVAL_HIGH = share(_HIGH + "; null when n = 0")
# Of rates that stand in no row without n.
KNOWN_LOW, KNOWN_HIGH = share(_LOW), share(_HIGH)

BIN_LOW = amount("lower edge of the bin, inside it, ms")
BIN_HIGH = amount("upper edge of the bin, outside it, ms; null: the last bin is open")
NO_TOKENS = "; null when no message reported them"
