"""How far a merge is, for the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from ..progress import Progress

Item = TypeVar("Item")
# Passes on items, of which there are so many, and reports the progress.
Track = Callable[[Iterable[Item], int], Iterator[Item]]

# How often the bar moves in a step at most.
_PARTS = 100


class PhaseProgress:
    """The progress of a phase of several steps, as if each of them took equally long.

    Args:
        progress: is called with the phase, what is done and the total.
        phase: the phase's name.
        steps: how many steps it has.
    """

    def __init__(self, progress: Progress, phase: str, steps: int) -> None:
        self._progress = progress
        self._phase = phase
        self._total = steps * _PARTS
        self._done = 0

    def track(self, items: Iterable[Item], many: int) -> Iterator[Item]:
        """Pass on `items`, of which there are `many`: the next step."""
        every = max(1, many // _PARTS)
        for number, item in enumerate(items):
            if number % every == 0:
                done = self._done + min(_PARTS, number * _PARTS // max(1, many))
                self._progress(self._phase, done, self._total)
            yield item
        self._done = min(self._total, self._done + _PARTS)
        self._progress(self._phase, self._done, self._total)

    def track_sorted(self, items: Collection[str]) -> Iterator[str]:
        """As `track`, in order."""
        return self.track(sorted(items), len(items))
