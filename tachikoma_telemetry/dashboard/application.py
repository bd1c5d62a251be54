"""The dashboard: keys, header and footer, and when things are read again."""

from __future__ import annotations

import asyncio
import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Static

from ..errors import Stopped
from ..reports import Filters
from ..reports.behind.listing import ListQuery
from ..visible import visible
from .board_origin import Origin
from .desk import WIDE, Desk, in_words
from .edits_view import EditsView
from .follower import Follower
from .header import Head, head_of, state_of, summary
from .health_view import HealthView
from .now_view import NowView
from .paged_list import PagedRowList
from .period import SPANS
from .row_list import RowList
from .rows_screen import Behind, HelpScreen, RowsScreen
from .screen_view import View
from .search_line import SearchLine
from .sessions_view import SessionsView
from .shown_page import write_page
from .skills_view import SkillsView

VIEWS: tuple[type[View], ...] = (NowView, SkillsView, EditsView, SessionsView, HealthView)
_EVERY_SECONDS = 1.0
_AGAIN_SECONDS = 60.0  # what depends on the time alone: spans, calls that are abandoned
_SLOW_SECONDS = 1.5
_LOCKED_SECONDS = 4.0  # a merge that has not begun by then waits
_LOCKED = "waiting for another process that holds the store or a database"
_HINTS = " {}  ? help  q quit"


class Tab(Static):
    """The name of a screen in the header."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__(Text(f"{number} {title}"), id=f"tab{number}", classes="tab")
        self._number = number

    def on_click(self) -> None:
        """Show the screen."""
        self.app.call_next(self.app.run_action, f"show({self._number})")


class Dashboard(Desk):
    """What is happening now, and the rows behind any number."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "tachikoma-telemetry"
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"show({n})", show=False) for n in range(1, len(VIEWS) + 1)),
        Binding("q", "quit", show=False),
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        Binding("r", "refresh_now", show=False),
        Binding("t", "span(1, True)", show=False),
        Binding("left_square_bracket", "span(-1, False)", show=False),
        Binding("right_square_bracket", "span(1, False)", show=False),
        Binding("s", "sort", show=False),
        Binding("f", "only_failed", show=False),
        Binding("c", "calls", show=False),
        Binding("slash", "search", show=False),
        Binding("w", "page", show=False),
        Binding("y", "copy", show=False),
        Binding("right", "timeline", show=False),
        Binding("question_mark", "meaning", show=False),
    ]

    def __init__(self, origin: Origin) -> None:
        super().__init__(origin)
        self.follower = Follower(origin)
        self._merging = ThreadPoolExecutor(1, thread_name_prefix="dashboard-merge")
        self._looking: float | None = None
        self._reading = self._read_again = False
        self._read_at = 0.0
        self._took: float | None = None
        self.screens_read = self.changes_shown = 0
        self._head: Head | None = None

    @property
    def view(self) -> View:
        """The one of the five screens that is shown."""
        switcher = self.main.query_one(ContentSwitcher)
        return switcher.query_one(f"#{switcher.current}", View)

    @property
    def reading(self) -> bool:
        """Whether something is being read for the screen."""
        return self._reading or self._looking is not None

    # Building.

    def compose(self) -> ComposeResult:
        """The header, the five screens, the footer."""
        with Horizontal(id="header"):
            yield Static(id="about")
            for number, view in enumerate(VIEWS, 1):
                yield Tab(number, view.title)
            yield Static(id="state")
        yield Static(id="summary")
        yield Static(classes="said")
        with ContentSwitcher(initial="view1"):
            for number, view in enumerate(VIEWS, 1):
                yield view(id=f"view{number}")
        yield Static(id="footer")

    async def on_mount(self) -> None:
        """Show what the store holds; then follow."""
        self._show_tabs()
        self.set_interval(_EVERY_SECONDS, self._tick)
        self.read_soon()
        self._tick()
        self.call_after_refresh(self.view.focus_first)

    def on_resize(self, event: events.Resize) -> None:
        """Side by side, or one below the other."""
        self.main.set_class(event.size.width >= WIDE, "wide")
        if self._read_at:
            self.read_soon()

    def _show_tabs(self) -> None:
        about = f" {visible(self.origin.project)} · {self.span.title}"
        self.main.query_one("#about", Static).update(Text(about, no_wrap=True))
        current = self.main.query_one(ContentSwitcher).current
        for number in range(1, len(VIEWS) + 1):
            tab = self.main.query_one(f"#tab{number}")
            tab.set_class(current == f"view{number}", "current")
        hints = Text(_HINTS.format(self.view.hints), style="dim", no_wrap=True)
        self.main.query_one("#footer", Static).update(hints)

    # Following.

    def _tick(self) -> None:
        if self._looking is not None:
            if not self.follower.phase and time.monotonic() - self._looking > _LOCKED_SECONDS:
                self.say(_LOCKED, "follow")
            self._show_state()
            return
        self._looking = time.monotonic()
        self.run_worker(self._look(force=False), group="follow")

    async def _look(self, *, force: bool) -> None:
        began = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
            followed = await loop.run_in_executor(
                self._merging, lambda: self.follower.look(force=force)
            )
        except Stopped:
            return
        except Exception as error:
            self.say(in_words(error), "follow")
            return
        finally:
            self._looking = None
        self.say(followed.said, "follow")
        late = time.monotonic() - self._read_at > _AGAIN_SECONDS
        if followed.changed or force or late:
            await self._read()
            if followed.changed:
                self._took = time.monotonic() - began
                self.changes_shown += 1
        self._show_state()

    def _show_state(self) -> None:
        busy = self._looking is not None and time.monotonic() - self._looking > _SLOW_SECONDS
        phase = self.follower.phase or "reads" if busy else ""
        text = state_of(phase, failed=any(self._said.values()), took=self._took)
        # A merge may end while the app does.
        for screen in self.screen_stack[:1]:
            for line in screen.query("#state").results(Static):
                line.update(text)

    # Reading.

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
                screen = self.screen
                if isinstance(screen, RowsScreen):
                    await screen.reload()
                elif await self.try_to(self._read_view):
                    self.screens_read += 1
                    await self.try_to(self._read_head)
                self._read_at = time.monotonic()
        finally:
            self._reading = False

    async def _read_view(self) -> None:
        await self.view.reload()

    async def _read_head(self) -> None:
        before, filters, now = self._head, self.filters, self.now_ms()
        self._head = await self.reader.ask(lambda store: head_of(store, filters, before, now))
        self.main.query_one("#summary", Static).update(summary(self._head, self.span))

    # Keys.

    async def action_show(self, number: int) -> None:
        """Show one of the five screens."""
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.main.query_one(ContentSwitcher).current = f"view{number}"
        self._show_tabs()
        self.read_soon()
        self.call_after_refresh(self.view.focus_first)

    def action_refresh_now(self) -> None:
        """Merge and read now."""
        if self._looking is None:
            self._looking = time.monotonic()
            self.run_worker(self._look(force=True), group="follow")

    def action_span(self, by: int, around: bool) -> None:  # noqa: FBT001 - Textual passes it so
        """Show a longer or shorter span of time."""
        at = self._span + by
        self._span = at % len(SPANS) if around else max(0, min(at, len(SPANS) - 1))
        self._show_tabs()
        if len(self.screen_stack) == 1:
            self.read_soon()

    def focused_list(self) -> RowList | None:
        """The list that keys are about: the focused one, or the first of the screen."""
        if isinstance(self.focused, RowList):
            return self.focused
        lists = self.screen if len(self.screen_stack) > 1 else self.view
        return next(iter(lists.query(RowList)), None)

    def action_sort(self) -> None:
        """Sort the list by its next column."""
        if (rows := self.focused_list()) is not None:
            self.notify(f"sorted: {rows.next_order()}", timeout=2, markup=False)

    def action_only_failed(self) -> None:
        """Show only what failed, or all again."""
        rows = self.focused_list()
        if isinstance(rows, PagedRowList) and rows.has_failed:
            rows.only = None if rows.only else "failed"
            rows.rearrange()
            self.notify("only failed" if rows.only else "all", timeout=2)

    def action_calls(self) -> None:
        """Show every call of the span of time: the rows behind the second line."""
        if len(self.screen_stack) == 1:
            title = f"calls · {self.span.title}"
            wanted = ListQuery("calls", self.filters)
            self.push_screen(RowsScreen(Behind(title, wanted, "calls", self.filters)))

    def action_search(self) -> None:
        """Let the user type a text that rows must hold."""
        rows = self.focused_list()
        if rows is not None:
            self.push_screen(SearchLine(rows))

    def action_timeline(self) -> None:
        """Show the timeline of the chosen session."""
        if len(self.screen_stack) == 1:
            self.view.open_timeline()

    def action_meaning(self) -> None:
        """Say what the columns mean."""
        self.push_screen(HelpScreen(self.focused_list()))

    @property
    def command(self) -> str:
        """The report command that shows the same as the screen."""
        section, filters = self._shown()
        words = ["tachikoma-telemetry", "report", *([section] if section else [])]
        for word in ("skill", "model", "session"):
            value = getattr(filters, word)
            words += [f"--{word}", value] if value is not None else []
        if filters.since is not None and self.span.option is not None:
            words += ["--since", self.span.option]
        return visible(shlex.join([*words, *self.origin.words]))

    def _shown(self) -> tuple[str | None, Filters]:
        screen = self.screen
        return screen.shown if isinstance(screen, RowsScreen) else self.view.shown

    def action_copy(self) -> None:
        """Copy the report command that shows the same."""
        self.copy_to_clipboard(self.command)
        self.notify(self.command, title="copied", markup=False)

    def action_page(self) -> None:
        """Write the HTML page of what is shown, and open it."""
        section, filters = self._shown()
        self.notify("writing the page …", timeout=2)

        async def write() -> None:
            try:
                said = await self.reader.ask(
                    lambda store: write_page(self.reader, store, section, filters, self.origin.page)
                )
            except Exception as error:
                self.notify(visible(in_words(error)), severity="error", timeout=10, markup=False)
            else:
                self.notify(said, timeout=10, markup=False)

        self.run_worker(write(), group="page", exclusive=True)

    async def action_quit(self) -> None:
        """End; a merge that is under way is rolled back."""
        self.follower.stop()
        self.exit()

    def on_unmount(self) -> None:
        """Let the threads end."""
        self.follower.stop()
        self.reader.close()
        self._merging.shutdown(wait=False, cancel_futures=True)
