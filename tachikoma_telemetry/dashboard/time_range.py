"""The span of time that the dashboard shows."""

from __future__ import annotations

from dataclasses import dataclass

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A span of time that ends now.

    Attributes:
        title: what it is called.
        option: how `report --since` takes it; None is everything.
        ms: its length; None likewise.

    """

    title: str
    option: str | None
    ms: int | None

    def without(self, what: str) -> str:
        """What a list without rows says, such as ``No edit was tried yet.``."""
        if self.ms is None:
            return f"No {what} yet."
        return f"No {what} in the last {self.title}: t shows a longer time."

    def since(self, now_ms: int) -> int | None:
        """When it begins, ms since the epoch; None for everything."""
        return None if self.ms is None else now_ms - self.ms


SPANS = (
    TimeRange("1 h", "1h", _HOUR_MS),
    TimeRange("24 h", "24h", _DAY_MS),
    TimeRange("7 d", "7d", 7 * _DAY_MS),
    TimeRange("30 d", "30d", 30 * _DAY_MS),
    TimeRange("all", None, None),
)
FIRST = 1
