"""The screen Sessions: the tree of sessions, and the timeline of the chosen one."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from ..reports.drilldown.listed_rows import StepRow
from ..reports.drilldown.listing import ListQuery
from .lists import LISTED, STEPS
from .paged_list import PagedRowList
from .row_list import RowList
from .rows_screen import open_step
from .screen_view import TimelineView


class SessionsView(TimelineView):
    """The newest first, subagents below the session that began them, forks marked."""

    title = "Sessions"
    section = "sessions"
    sessions = "#sessions"
    hints = "↑↓ choose  enter timeline  / filter  f failed  t time  s sort"

    def compose(self) -> ComposeResult:
        """The list and the timeline."""
        with Horizontal():
            yield PagedRowList(*LISTED["sessions"], id="sessions", classes="main")
            yield PagedRowList(StepRow, STEPS, "step", classes="steps side")

    async def reload(self) -> None:
        """Read the sessions, then the timeline."""
        sessions = self.query_one("#sessions", PagedRowList)
        sessions.wanted = ListQuery("sessions", self.app.filters)
        sessions.empty = self.app.span.without("session began")
        await sessions.reload()
        await self.show_timeline()

    @on(RowList.Choice)
    def _chosen(self, event: RowList.Choice) -> None:
        event.stop()
        if isinstance(event.row, StepRow):
            open_step(self.app, event.row)
        else:
            self.open_timeline()
