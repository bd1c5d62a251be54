"""What the five screens have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical

from ..reports.selection.filters import Filters
from .paged_list import LAST_ROW, PagedRowList
from .row_list import RowList
from .rows_screen import DrillDown, RowsScreen, timeline

if TYPE_CHECKING:
    from .desk import Desk


class View(Vertical):
    """One of the five screens.

    Attributes:
        title: what it is called in the header.
        section: the section of the report that shows the same; None is the overview.
        hints: the keys of its footer.

    """

    app: Desk
    title: ClassVar[str]
    section: ClassVar[str | None]
    hints: ClassVar[str]

    async def reload(self) -> None:
        """Read everything again, and show it.

        Raises:
            TachikomaError: when the store can't be read.

        """
        raise NotImplementedError

    @property
    def shown(self) -> tuple[str | None, Filters]:
        """What the report shows of the same: a section, and which rows."""
        return self.section, self.app.filters

    @property
    def session(self) -> tuple[str, str | None] | None:
        """The id and title of the chosen session; None without one."""
        return None

    def focus_first(self) -> None:
        """Focus the first list that has rows."""
        lists = [*self.query(RowList)]
        chosen = next((each for each in lists if each.count and each.can_focus), None)
        if chosen is not None or lists:
            (chosen or lists[0]).focus()

    def open_timeline(self) -> None:
        """Show the timeline of the chosen session."""
        if (session := self.session) is not None:
            self.app.push_screen(RowsScreen(timeline(*session)))

    def open(self, behind: DrillDown) -> None:
        """Show the rows behind a number."""
        self.app.push_screen(RowsScreen(behind))


class TimelineView(View):
    """A screen with the chosen session's timeline beside its list, where there is room.

    Attributes:
        sessions: the selector of that list.

    """

    sessions: ClassVar[str]

    @property
    def session(self) -> tuple[str, str | None] | None:
        """That of the list of sessions."""
        row = self.query_one(self.sessions, RowList).chosen
        return (row.session_id, row.title) if row is not None and row.session_id else None

    @on(RowList.CursorMove)
    def _moved(self, event: RowList.CursorMove) -> None:
        # Once the keys are quiet, if it is another one: else `reload` reads it.
        if event.rows is self.query_one(self.sessions, RowList):
            session = self.session
            if session is None or timeline(*session).wanted != self.timeline_list().wanted:
                self.app.soon("timeline", self.show_timeline)

    def timeline_list(self) -> PagedRowList:
        """The list of steps."""
        return self.query_one(".steps", PagedRowList)

    async def show_timeline(self) -> None:
        """Read the timeline of the chosen session, if it is on the screen."""
        steps, session = self.timeline_list(), self.session
        self.set_class(session is None, "alone")
        if not self.app.wide:
            return
        if session is None:
            steps.clear()
            return
        behind = timeline(*session)
        steps.label, wanted = behind.title, behind.wanted
        newly = steps.wanted != wanted
        steps.wanted = wanted
        if newly:
            steps.clear_cursor()
        # What happened last; a session may begin without a step.
        await steps.reload(LAST_ROW if newly or not steps.count else None)
