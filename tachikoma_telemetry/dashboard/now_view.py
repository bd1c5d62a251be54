"""The screen Now: who is at work, what needs a look, and today by skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from ..reports import Filters
from ..reports.blocks import Cell, Column
from ..reports.drilldown.listed_rows import StepRow
from ..reports.drilldown.listing import ListQuery
from ..reports.drilldown.pulse import ActiveRow, Alert, Pulse, pulse_of
from ..reports.sections.skills.rows import SkillRow
from .lists import ACTIVE, STEPS, TODAY
from .paged_list import PagedRowList
from .row_list import RowList
from .rows_screen import DrillDown, open_step
from .screen_view import TimelineView

_ALERTS = (
    Column("", lambda about: Cell(f"! {about}", "doubtful"), "about", right=False, shrink=12),
    Column("", Cell, "text", "doubtful", right=False),
)

_NONE_AT_WORK = "No session is at work."
_NO_SESSION = "OpenCode has no session here yet."


class NowView(TimelineView):
    """What is happening, and whether something is going wrong."""

    title = "Now"
    section = None
    sessions = "#active"
    hints = "↑↓ choose  tab list  enter rows  → timeline  / filter  t time"

    def compose(self) -> ComposeResult:
        """The lists."""
        with Horizontal():
            with Vertical(classes="main"):
                yield RowList(ActiveRow, ACTIVE, "session_id", id="active")
                yield RowList(
                    Alert, _ALERTS, "text", id="alerts", label="needs a look", heading=False
                )
                yield RowList(SkillRow, TODAY, "skill", id="today")
            yield PagedRowList(StepRow, STEPS, "step", classes="steps side")

    async def reload(self) -> None:
        """Read what happens now first, which takes a fraction of the rest; the skills last."""
        app, filters = self.app, self.app.filters
        self.show_pulse(await app.reader.ask(lambda store: pulse_of(store, now_ms=app.now_ms())))
        await self.show_timeline()
        report = await app.reader.ask(lambda store: app.reader.report(store, "skills", filters))
        self.show_skills(report.parts["skills"])

    def show_pulse(self, pulse: Pulse) -> None:
        """Show the sessions at work, and what needs a look, where anything does."""
        active, alerts = self.query_one("#active", RowList), self.query_one("#alerts", RowList)
        active.empty = _NONE_AT_WORK if pulse.ever else _NO_SESSION
        active.show(pulse.active)
        active.styles.height = min(max(len(pulse.active), 1), max(3, self.size.height // 3)) + 2
        alerts.show(pulse.alerts)
        alerts.display = bool(pulse.alerts)
        alerts.styles.height = min(len(pulse.alerts), 4) + 1

    def show_skills(self, skills: Sequence[SkillRow]) -> None:
        """Show the skills of the span of time, the most used first."""
        today, span = self.query_one("#today", RowList), self.app.span
        today.label = "by skill, all time" if span.ms is None else f"by skill, last {span.title}"
        today.empty = span.without("skill was loaded or run")
        today.show(sorted(skills, key=lambda row: (-(row.runs + row.loads), row.skill or "")))

    @on(RowList.Choice)
    def _chosen(self, event: RowList.Choice) -> None:
        row: Any = event.row
        event.stop()
        if isinstance(row, ActiveRow):
            self.open_timeline()
        elif isinstance(row, SkillRow):
            self.open(runs_of(row, self.app.filters))
        elif isinstance(row, Alert) and row.session_id is None:
            self.open(_runs(row.skill, replace(self.app.filters, since=None)))
        elif isinstance(row, Alert):
            active = self.query_one("#active", RowList)
            if (at := active.place_of(row.session_id)) is not None:
                active.go(at)
                self.open_timeline()
        elif isinstance(row, StepRow):
            open_step(self.app, row)


def runs_of(row: SkillRow, filters: Filters) -> DrillDown:
    """The runs of a skill; of one that records none, the calls in its windows."""
    if row.runs:
        return _runs(row.skill, filters)
    named = replace(filters, skill=row.skill) if row.skill is not None else filters
    title = f"calls while {row.skill or 'no skill'} was active"
    return DrillDown(title, ListQuery("calls", named), "calls", named)


def _runs(skill: str | None, filters: Filters) -> DrillDown:
    named = replace(filters, skill=skill) if skill is not None else filters
    title = f"runs of {skill or 'no skill'}"
    return DrillDown(title, ListQuery("runs", filters, {"skill": skill}), "skills", named)
