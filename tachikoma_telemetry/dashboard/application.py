"""The dashboard: the five screens, header, footer and keys."""

from __future__ import annotations

import shlex
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Static

from ..reports import Filters
from ..reports.drilldown.listing import ListQuery
from ..visible import visible
from .desk import WIDE, in_words
from .edits_view import EditsView
from .header import HeaderFigures, head_of, summary
from .health_view import HealthView
from .live_desk import LiveDesk
from .now_view import NowView
from .paged_list import PagedRowList
from .row_list import RowList
from .rows_screen import DrillDown, RowsScreen, help_of
from .screen_view import View
from .search_line import SearchLine
from .sessions_view import SessionsView
from .shown_page import write_page
from .skills_view import SkillsView
from .time_range import SPANS

VIEWS: tuple[type[View], ...] = (NowView, SkillsView, EditsView, SessionsView, HealthView)
_HINTS = " {}  ? help  q quit"


class Tab(Static):
    """The name of a screen in the header."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__(Text(f"{number} {title}"), id=f"tab{number}", classes="tab")
        self._number = number

    def on_click(self) -> None:
        """Show the screen."""
        self.app.call_next(self.app.run_action, f"show({self._number})")


class Dashboard(LiveDesk):
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

    _head: HeaderFigures | None = None

    @property
    def view(self) -> View:
        """The one of the five screens that is shown."""
        switcher = self.main.query_one(ContentSwitcher)
        return switcher.query_one(f"#{switcher.current}", View)

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
        """Begin with the first screen."""
        self._show_tabs()
        self.follow()
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

    async def read_shown(self) -> None:
        """Read the screen, then the header."""
        if isinstance(self.screen, RowsScreen):
            await self.screen.reload()
        elif await self.try_to(self.view.reload):
            self.screens_read += 1
            await self.try_to(self._read_head)

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
        # At once, not after the next refresh: what is pressed after it counts from there.
        self.view.focus_first()

    def action_refresh_now(self) -> None:
        """Merge and read now."""
        self.look(force=True)

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
            self.push_screen(RowsScreen(DrillDown(title, wanted, "calls", self.filters)))

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
        self.push_screen(help_of(self.focused_list()))

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
