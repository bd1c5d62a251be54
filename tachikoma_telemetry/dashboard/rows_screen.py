"""The screens above the five: the rows behind a number, one row in full, and the help."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from ..reports import figures
from ..reports.drilldown.listed_rows import StepRow
from ..reports.drilldown.listing import ListQuery
from ..reports.selection.filters import Filters
from ..visible import visible
from .desk import Desk
from .fields import meanings
from .lists import LISTED
from .paged_list import PagedRowList
from .row_list import RowList

_HINTS = " ↑↓ choose  enter more  esc back  / filter  f failed  s sort  ? help  q quit"
_BACK: list[BindingType] = [Binding("escape,backspace", "app.pop_screen", show=False)]


@dataclass(frozen=True, slots=True)
class DrillDown:
    """What is behind a number.

    Attributes:
        title: what the rows are.
        wanted: the rows.
        section: the section of the report that shows the same, or comes closest.
        filters: and which rows of it.
        at: the key of the row to begin at; None is the first.

    """

    title: str
    wanted: ListQuery
    section: str | None
    filters: Filters
    at: object = None


def timeline(session: str, title: str | None, at: object = None) -> DrillDown:
    """The steps of a session."""
    return DrillDown(
        f"timeline · {visible(title or session)}",
        ListQuery("steps", Filters(session=session), {"session_id": session}),
        "calls",
        Filters(session=session),
        at,
    )


class RowsScreen(Screen[None]):
    """The rows behind a number, or the timeline of a session."""

    app: Desk

    BINDINGS: ClassVar[list[BindingType]] = _BACK

    def __init__(self, behind: DrillDown) -> None:
        super().__init__()
        self.behind = behind
        row, columns, key = LISTED[behind.wanted.kind]
        self.rows = PagedRowList(row, columns, key, id="rows", empty="No such row.")
        self.rows.wanted = behind.wanted
        self._title = Static(id="title", classes="bar")

    def compose(self) -> ComposeResult:
        """The title, the rows, the keys."""
        yield self._title
        yield Static(classes="said")
        yield self.rows
        yield Static(Text(_HINTS, style="dim", no_wrap=True))

    async def on_mount(self) -> None:
        """Read them."""
        self.app.show_said()
        await self.reload(self.behind.at)
        self.rows.focus()

    async def reload(self, at: object = None) -> None:
        """Read the rows again."""
        if await self.app.try_to(lambda: self.rows.reload(at)):
            self.show_title()

    def show_title(self) -> None:
        """Say what is listed, and how many there are."""
        many = f"{self.rows.count:,} rows" if self.rows.count != 1 else "1 row"
        parts = [self.behind.title, many, *self.rows.described]
        self._title.update(Text(" " + " · ".join(parts), no_wrap=True))

    @property
    def shown(self) -> tuple[str | None, Filters]:
        """What the report shows of the same: a section, and which rows."""
        return self.behind.section, self.behind.filters

    @on(RowList.CursorMove)
    def _moved(self, _event: RowList.CursorMove) -> None:
        self.show_title()

    @on(RowList.Choice)
    def _chosen(self, event: RowList.Choice) -> None:
        row = event.row
        session = getattr(row, "session_id", None)
        if isinstance(row, StepRow):
            open_step(self.app, row)
        elif self.behind.wanted.kind in ("calls", "runs", "attempts") and session is not None:
            title, at = getattr(row, "title", None), row.call_key
            self.app.push_screen(RowsScreen(timeline(session, title, at)))
        else:
            self.app.push_screen(whole_row(row))


def open_step(app: Desk, row: StepRow) -> None:
    """Show what is behind a step: the session that it began, or all its fields."""
    child = row.child_id
    app.push_screen(RowsScreen(timeline(child, None)) if child else whole_row(row))


class TextScreen(Screen[None]):
    """A table of text under a title, which any of these keys closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_BACK,
        Binding("enter,q,question_mark", "app.pop_screen", show=False),
    ]

    def __init__(self, title: str, table: Table) -> None:
        super().__init__()
        self._title, self._table = title, table

    def compose(self) -> ComposeResult:
        """The title, the table, the keys."""
        yield Static(Text(f" {self._title}"), classes="bar")
        with VerticalScroll():
            yield Static(self._table, id="text")
        yield Static(Text(" esc back · ↑↓ scroll"), classes="bar")


def whole_row(row: Any) -> TextScreen:
    """One row in full: each field, its value, and what it means."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=2, overflow="fold")
    table.add_column(style="dim", ratio=3, overflow="fold")
    means = meanings(type(row))
    for field in fields(row):
        shown = _shown(field.name, getattr(row, field.name))
        table.add_row(Text(field.name), Text(shown), Text(means.get(field.name, "")))
    return TextScreen("one row", table)


def _shown(name: str, value: Any) -> str:
    if value is None:
        return figures.UNKNOWN
    if isinstance(value, int) and name in ("time", "started", "ended", "changed"):
        return f"{figures.moment(value)} ({value})"
    return visible(str(value))


_KEYS = (
    ("1 – 5", "Now, Skills, Edits, Sessions, Health"),
    ("↑ ↓  j k", "choose a row; page up and down, home, end"),
    ("tab", "the next list of the screen"),
    ("enter", "the rows behind the number"),
    ("→", "the timeline of the chosen session"),
    ("esc", "back"),
    ("/", "filter: type, enter; esc ends it"),
    ("f", "only what failed"),
    ("c", "every call of the span of time: the rows behind the second line"),
    ("t  [  ]", "the next, a shorter, a longer span of time"),
    ("s", "sort by the next column; a click on a heading sorts by it, again turns the order"),
    ("w", "write the HTML page of what is shown, and open it"),
    ("y", "copy the report command that shows the same"),
    ("r", "merge and read now"),
    ("?", "this"),
    ("q  ctrl+c", "quit; ctrl+z leaves it for the shell, and fg comes back"),
)
_SIGNS = (
    ("● 0.4 s", "follows; the last change took so long from being seen to being shown"),
    ("○", "reads or merges"),
    ("!", "can't follow: the sentence below says why, and the numbers are the last ones"),
)


def help_of(rows: RowList | None) -> TextScreen:
    """What the columns of a list mean, and the keys."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    if rows is not None:
        means = meanings(rows.row)
        titles: dict[str, list[str]] = {}
        for column in rows.fields:
            titles.setdefault(column.field.partition(".")[0], []).append(column.title)
        for name, of in titles.items():
            title = ", ".join(each for each in of if each)
            if title and name in means:
                table.add_row(Text(title), Text(means[name]))
        table.add_row("", "")
    for key, text in (*_KEYS, ("", ""), *_SIGNS):
        table.add_row(Text(key), Text(text))
    return TextScreen("what the columns mean, and the keys", table)
