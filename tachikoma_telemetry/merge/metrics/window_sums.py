"""What a window holds, added up."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .windows import WindowPiece


class WindowSums:
    """What happened in each window, and what of it counts for each load."""

    def __init__(self) -> None:
        # Unknown plus unknown is unknown: a sum exists once one of its parts does.
        self.amounts: dict[str, list[Any]] = defaultdict(lambda: [None] * 4)
        self.calls: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)
        self._ends: dict[str, dict[WindowPiece, int]] = defaultdict(dict)

    def extend(self, span: WindowPiece, end: int) -> None:
        """A span lasts until the last message inside has ended, a subagent's too."""
        ends = self._ends[span.window]
        ends[span] = max(end, ends.get(span, 0))

    def lasted(self, window: str, skill: str, loaded: int) -> int | None:
        """How long (ms) the spans of a skill's window were, from the end of its load on; None when
        nothing was in them.
        """
        spans = [
            (span.since, end) for span, end in self._ends[window].items() if skill in span.skills
        ]
        took = 0
        for since, end in sorted(spans):
            # What still ran when the user wrote again is in two spans at once.
            began = max(since, loaded)
            took += max(0, end - began)
            loaded = max(loaded, end)
        return took if spans else None

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
