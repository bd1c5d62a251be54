"""How far the steps of a joining are, for the progress bar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Over = Callable[[Iterable[Item], int], Iterator[Item]]

# The bar has so many parts for a step, so it is moved so often at most.
_PARTS = 100


class Steps:
    """Says how far a phase is whose steps are known, as if each of them took equally long.

    Args:
        progress: is told the phase, how far it is and how far it goes.
        phase: the phase's name.
        steps: how many steps it has.

    """

    def __init__(
        self, progress: Callable[[str, int, int | None], None], phase: str, steps: int
    ) -> None:
        self._progress = progress
        self._phase = phase
        self._total = steps * _PARTS
        self._done = 0

    def over(self, items: Iterable[Item], many: int) -> Iterator[Item]:
        """Pass on `items`, of which there are `many`: the next step."""
        every = max(1, many // _PARTS)
        for number, item in enumerate(items):
            if number % every == 0:
                done = self._done + min(_PARTS, number * _PARTS // max(1, many))
                self._progress(self._phase, done, self._total)
            yield item
        self.done()

    def each(self, items: Collection[Item]) -> Iterator[Item]:
        """As `over`, in order."""
        return self.over(sorted(items), len(items))  # type: ignore[type-var]

    def done(self) -> None:
        """A step is done."""
        self._done = min(self._total, self._done + _PARTS)
        self._progress(self._phase, self._done, self._total)
