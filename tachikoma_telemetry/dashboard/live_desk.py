"""Follows the sources, and reads what is shown again when something is new."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from textual.timer import Timer
from textual.widgets import Static

from ..errors import MergeStop
from .board_origin import Origin
from .desk import Desk, in_words
from .follower import Follower
from .header import state_of
from .one_heap import use_one_heap

_EVERY_SECONDS = 1.0
_REST_SECONDS = 0.2
_AGAIN_SECONDS = 60.0  # what depends on the time alone: spans, calls that are abandoned
_SLOW_SECONDS = 1.5
_LOCKED_SECONDS = 4.0  # a merge that has not begun by then waits
_LOCKED = "waiting for another process that holds the store or a database"


class LiveDesk(Desk):
    """The app, as far as it looks, merges and reads by itself.

    Attributes:
        follower: merges, in a thread of its own.
        screens_read: how often a screen was read.
        changes_shown: how many merges that brought something were shown.

    """

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin)
        use_one_heap()
        self.follower = Follower(origin)
        self._merging = ThreadPoolExecutor(1, thread_name_prefix="dashboard-merge")
        self._looking: float | None = None
        self._next_look: Timer | None = None
        self._reading = self._read_again = False
        self._read_at = 0.0
        self._took: float | None = None
        self.screens_read = self.changes_shown = 0

    @property
    def reading(self) -> bool:
        """Whether something is being read for the screen."""
        return self._reading or self._looking is not None

    def follow(self) -> None:
        """Show what the store holds; from now on, what is new as well."""
        self.set_interval(_EVERY_SECONDS, self._watch)
        self.read_soon()
        self.look()

    def look(self, *, force: bool = False) -> None:
        """Merge what is new, and show it; `force`: also when no file changed."""
        if self._looking is not None:
            return
        if self._next_look is not None:
            self._next_look.stop()
        self._looking = time.monotonic()
        self.run_worker(self._look(self._looking, force=force), group="follow")

    async def _look(self, began: float, *, force: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            followed = await loop.run_in_executor(
                self._merging, lambda: self.follower.look(force=force)
            )
        except MergeStop:
            return
        except Exception as error:
            self.say(in_words(error), "follow")
            return
        finally:
            self._looking = None
            # One that took longer than the time between two looks is soon followed.
            wait = max(_REST_SECONDS, began + _EVERY_SECONDS - time.monotonic())
            self._next_look = self.set_timer(wait, self.look)
        self.say(followed.said, "follow")
        late = time.monotonic() - self._read_at > _AGAIN_SECONDS
        if followed.changed or force or late:
            await self._read()
            if followed.changed:
                self._took = time.monotonic() - began
                self.changes_shown += 1
        self._show_state()

    def _watch(self) -> None:
        """Say what a look waits for."""
        if self._looking is None:
            return
        if not self.follower.phase and time.monotonic() - self._looking > _LOCKED_SECONDS:
            self.say(_LOCKED, "follow")
        self._show_state()

    def show_said(self) -> None:
        """The corner above says whether there is a sentence."""
        super().show_said()
        self._show_state()

    def _show_state(self) -> None:
        busy = self._looking is not None and time.monotonic() - self._looking > _SLOW_SECONDS
        phase = self.follower.phase or "reads" if busy else ""
        text = state_of(phase, failed=any(self._said.values()), took=self._took)
        # A merge may end while the app does.
        for screen in self.screen_stack[:1]:
            for line in screen.query("#state").results(Static):
                line.update(text)

    def read_soon(self) -> None:
        """Read what is shown again."""
        self.run_worker(self._read(), group="read")

    async def _read(self) -> None:
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        try:
            self._read_again = True
            while self._read_again and self.is_running:  # else its lists are gone
                self._read_again = False
                await self.read_shown()
                self._read_at = time.monotonic()
        finally:
            self._reading = False

    async def read_shown(self) -> None:
        """Read the screen that is shown."""
        raise NotImplementedError

    async def action_quit(self) -> None:
        """End; a merge that is under way is rolled back."""
        self.follower.stop()
        self.exit()

    def on_unmount(self) -> None:
        """Let the threads end."""
        self.follower.stop()
        self.reader.close()
        self._merging.shutdown(wait=False, cancel_futures=True)
