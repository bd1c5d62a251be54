"""What every screen and list uses of the app: the reader, the span of time, what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from rich.text import Text
from textual.app import App
from textual.screen import Screen
from textual.widgets import Static

from ..errors import TachikomaError
from ..reports import Filters
from ..visible import visible
from .board_origin import Origin
from .store_reader import StoreReader
from .time_range import FIRST, SPANS, TimeRange

WIDE = 110
_SOON_SECONDS = 0.08


def in_words(error: Exception) -> str:
    """An error as users read it."""
    expected = isinstance(error, TachikomaError)
    return str(error) if expected else f"unexpected {type(error).__name__}: {error}"


class Desk(App[None]):
    """The app, as far as what is on the screen needs it."""

    def __init__(self, origin: Origin) -> None:
        # The terminal's own colours, which are right for it, be it light or dark.
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self.origin = origin
        self.reader = StoreReader(origin)
        self._span = FIRST
        self._said = {"follow": "", "read": ""}

    @property
    def span(self) -> TimeRange:
        """The span of time that is shown."""
        return SPANS[self._span]

    @property
    def filters(self) -> Filters:
        """Which rows count."""
        return Filters(since=self.span.since(self.now_ms()))

    @property
    def wide(self) -> bool:
        """Whether a list and a timeline fit side by side."""
        return self.size.width >= WIDE

    @property
    def main(self) -> Screen[None]:
        """The screen below all others."""
        return self.screen_stack[0]

    def now_ms(self) -> int:
        """The time, ms since the epoch."""
        return self.origin.now_ms()

    async def try_to(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do it; where the store can't be read, say so. Returns whether it could be."""
        try:
            await work()
        except Exception as error:  # a screen that stays open all day does not end with one
            if self.is_running:  # else its lists are gone, which is no error
                self.say(in_words(error))
            return False
        self.say("")
        return True

    def say(self, text: str, about: str = "read") -> None:
        """Say what is wrong, on every screen; nothing when nothing is."""
        if self._said[about] == text:
            return
        self._said[about] = text
        self.show_said()

    def show_said(self) -> None:
        """Write it into the lines for it."""
        said = "; ".join(each for each in dict.fromkeys(self._said.values()) if each)
        for screen in self.screen_stack:
            for line in screen.query(".said").results(Static):
                line.update(Text(f" ! {visible(said)}"))
                line.display = bool(said)

    def soon(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do it once the keys are quiet; what was to be done of the same kind is not."""

        async def later() -> None:
            await asyncio.sleep(_SOON_SECONDS)
            await self.try_to(work)

        self.run_worker(later(), group=what, exclusive=True)
