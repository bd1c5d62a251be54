"""Numbers that may be anything, read as what they ought to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..vocabulary.ranges import COST, DURATION, TIME, TOKENS

_TIME_MIN, _TIME_MAX = TIME
_TOKENS_MAX = TOKENS.high
_COST_MAX = COST.high
_DURATION_MAX = DURATION.high


class Numbers:
    """The numbers of one storage; those outside their ranges become None, counted in `dropped`."""

    __slots__ = ("dropped",)

    def __init__(self) -> None:
        self.dropped = 0

    def _drop(self) -> int | None:
        self.dropped += 1
        return None

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Inside, nothing is counted."""
        before = self.dropped
        try:
            yield
        finally:
            self.dropped = before

    def moment(self, value: object) -> int | None:
        """`value` if it is a time, ms since the epoch."""
        if type(value) is int:
            return value if _TIME_MIN <= value <= _TIME_MAX else self._drop()
        if type(value) is float:
            return int(value) if _TIME_MIN <= value <= _TIME_MAX else self._drop()
        return None

    def count(self, value: object) -> int | None:
        """`value` if it is a number of tokens."""
        if type(value) is int:
            return value if 0 <= value <= _TOKENS_MAX else self._drop()
        if type(value) is float:
            return int(value) if 0 <= value <= _TOKENS_MAX else self._drop()
        return None

    def amount(self, value: object) -> float | None:
        """`value` if it is a cost, in the currency of the provider's price."""
        if type(value) is float or type(value) is int:
            return float(value) if 0 <= value <= _COST_MAX else self._drop()
        return None

    def duration(self, started: int | None, ended: int | None) -> int | None:
        """The time from `started` to `ended` in ms; None if that is negative or unknown."""
        if started is None or ended is None or ended < started:
            return None
        took = ended - started
        return took if took <= _DURATION_MAX else self._drop()
