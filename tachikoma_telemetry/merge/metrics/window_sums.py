"""What a window holds, added up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any


class WindowSums:
    """What happened in each window, and what of it counts for each load."""

    def __init__(self) -> None:
        # Unknown plus unknown is unknown: a sum exists once one of its parts does.
        self.amounts: dict[str, list[Any]] = defaultdict(lambda: [None] * 4)
        self.calls: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)
        self.end: dict[str, int] = {}

    def extend(self, window: str, end: int) -> None:
        """A window lasts until the last message inside has ended, a subagent's too."""
        self.end[window] = max(end, self.end.get(window, 0))

    def add(self, load: str, amounts: tuple[Any, ...]) -> None:
        """Count tokens and cost of a message for a load."""
        sums = self.amounts[load]
        for at, value in enumerate(amounts):
            if value is not None:
                sums[at] = value + (sums[at] or 0)

    def add_call(self, load: str, failed: int) -> None:
        """Count a call for a load."""
        self.calls[load] += 1
        self.failed[load] += failed
