"""The screen Skills: which skill to fix first, and what is known of the chosen one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from ..errors import TachikomaError
from ..reports import Comparison, Filters, Report, figures
from ..reports.drilldown.pulse import errors_of
from ..reports.forms.as_table import tables
from ..reports.sections.compare.rows import CompareRow
from ..reports.sections.skills.rows import SkillRow
from ..reports.sections.trend.rows import TrendRow
from ..visible import visible
from ..words import counted
from .fields import spark
from .lists import SKILLS
from .now_view import runs_of
from .row_list import RowList
from .screen_view import View

if TYPE_CHECKING:
    from .desk import Desk

_ERRORS = 5
_POINTS = 40


class SkillsView(View):
    """The skills, worst first; beside or below them the chosen one's story."""

    title = "Skills"
    section = "skills"
    hints = "↑↓ choose  enter runs  / filter  t time  s sort  w page"

    def compose(self) -> ComposeResult:
        """The list and the story."""
        with Horizontal(classes="folds"):
            yield RowList(SkillRow, SKILLS, "skill", id="skills", classes="main")
            with VerticalScroll(id="story", classes="side"):
                yield Static(id="of-skill")

    async def reload(self) -> None:
        """Read the list; the story of the chosen one follows."""
        app, filters = self.app, self.app.filters
        report = await app.reader.ask(lambda store: app.reader.report(store, "skills", filters))
        skills = self.query_one("#skills", RowList)
        skills.empty = app.span.without("skill was loaded or run")
        skills.show(_worst_first(report.parts["skills"]))
        self.set_class(not skills.count, "alone")

    @on(RowList.CursorMove, "#skills")
    def _moved(self) -> None:
        self.app.soon("story", self._tell)

    async def _tell(self) -> None:
        row = self.query_one("#skills", RowList).chosen
        box = self.query_one("#of-skill", Static)
        if row is None:
            box.update("")
            return
        self.query_one("#story").border_title = Text(visible(row.skill or "no skill"))
        shown: list[RenderableType] = []
        for part in (_history, _failures, _verdict, _recorded):
            shown += await self.app.reader.ask(partial(_written, part, self.app, row.skill))
            box.update(Group(*shown) if shown else Text("Nothing more is recorded.", style="dim"))

    @on(RowList.Choice, "#skills")
    def _chosen(self, event: RowList.Choice) -> None:
        event.stop()
        self.open(runs_of(event.row, self.app.filters))


_Part = Callable[["Desk", sqlite3.Connection, "str | None"], Iterator[RenderableType]]


def _written(
    part: _Part, app: Desk, skill: str | None, store: sqlite3.Connection
) -> list[RenderableType]:
    return [*part(app, store, skill)]


def _worst_first(rows: Sequence[SkillRow]) -> list[SkillRow]:
    """By the lower end of the success rate's interval; those without a rate last, by use."""
    return sorted(
        rows,
        key=lambda row: (
            row.success_low is None,
            row.success_low or 0.0,
            -(row.loads + row.runs),
            row.skill or "",
        ),
    )


def _heading(text: str) -> Text:
    return Text(text, style="bold")


def _history(app: Desk, store: sqlite3.Connection, skill: str | None) -> Iterator[RenderableType]:
    """Success by period over all of the history, the versions marked below."""
    if skill is None:
        return
    rows: list[TrendRow] = app.reader.report(store, "trend", Filters(skill=skill)).parts["trend"]
    rows = [row for row in rows if row.skill == skill][-_POINTS:]
    rated = [row for row in rows if row.success_rate is not None]
    if not rated:
        return
    yield _heading("success over time")
    yield Text(spark([row.success_rate or 0.0 for row in rated]))
    if any(row.new_versions for row in rated):
        yield Text(
            "".join("^" if row.new_versions else " " for row in rated) + "  (^ new version)",
            style="dim",
        )
    ends = [rated[0], rated[-1]] if len(rated) > 1 else rated
    yield Text(
        " → ".join(
            f"{each.period}: {figures.share_of(each.success_rate, each.finished)}" for each in ends
        )
    )
    yield Text("")


def _failures(app: Desk, store: sqlite3.Connection, skill: str | None) -> Iterator[RenderableType]:
    """What it fails on: criteria, and errors of its runs."""
    filters = replace(app.filters, skill=skill) if skill is not None else app.filters
    errors = [
        row
        for row in errors_of(store, filters, now_ms=app.now_ms())
        if row.source in ("run", "retry", "chunk")
    ]
    if not errors:
        return
    yield _heading(f"fails on ({app.span.title})")
    for row in errors[:_ERRORS]:
        times = f"{row.times:,} ×"
        times += f" in {counted(row.sessions, 'session')}" if row.sessions else ""
        yield Text.assemble((f"{times}  ", "dim"), f"{visible(row.error)} ({row.source})")
    yield Text("")


def _verdict(app: Desk, store: sqlite3.Connection, skill: str | None) -> Iterator[RenderableType]:
    """What compare says of its newest version, over all of the history."""
    if skill is None:
        return
    try:
        report = app.reader.report(store, "compare", Filters(skill=skill), Comparison())
    except TachikomaError as error:
        yield Text(str(error), style="dim")
        return
    yield _heading("newest version against the one before")
    rows: list[CompareRow] = report.parts["compare"]
    # Of one version only the sentence that says so.
    yield from _body(report)[: 1 if rows and rows[0].side_before is None else None]


def _recorded(app: Desk, store: sqlite3.Connection, skill: str | None) -> Iterator[RenderableType]:
    """Its iterations, chunks and requests, where any were recorded."""
    filters = replace(app.filters, skill=skill) if skill is not None else app.filters
    for section, part in (("iterations", "iterations"), ("rlm", "rlm"), ("intents", "intents")):
        report = app.reader.report(store, section, filters)
        if report.parts[part]:
            yield Text("")
            yield _heading(section)
            yield from _body(report)


def _body(report: Report) -> list[RenderableType]:
    """Without the title, which says the filters again."""
    return tables(report)[1:]
