"""The list widget: a heading and rows, of which only those on the screen are drawn and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..reports.blocks import Column
from ..visible import visible
from .columns import Columns
from .fields import HEADING, in_order, written

_SEEN_FOR_WIDTHS = 300
_CURSOR = Style(reverse=True)
_MARK, _GUTTER = "▸", 2


class RowList(ScrollView, can_focus=True):
    """Rows that are all known. `paged_list` reads them as needed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "move_page(-1)", show=False),
        Binding("pagedown,space,ctrl+f", "move_page(1)", show=False),
        Binding("home,g", "move_to(0)", show=False),
        Binding("end,G", "move_to(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    column: int | None = None
    """The place of the column that is chosen; None where whole rows are."""

    class CursorMove(Message):
        """Another row is chosen, or the chosen one changed."""

        def __init__(self, rows: RowList, row: Any) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> RowList:
            """The list."""
            return self.rows

    class Choice(CursorMove):
        """The user wants what is behind the row."""

    def __init__(
        self,
        row: type[Any],
        fields: Sequence[Column],
        key: str,
        *,
        id: str | None = None,
        classes: str | None = None,
        empty: str = "",
        label: str = "",
        heading: bool = True,
    ) -> None:
        """Make an empty list.

        Args:
            row: the dataclass of its rows, which says what columns mean.
            fields: its columns.
            key: the field of a row that is unique, by which the cursor stays on it.
            id: Textual's.
            classes: Textual's.
            empty: what it says without rows.
            label: what it is called, above it.
            heading: whether the columns have headings.

        """
        super().__init__(id=id, classes=classes)
        self.row, self.fields, self._key = row, fields, key
        self.empty, self._heading, self.label = empty, int(heading), label
        self.count = 0
        self.cursor = 0
        self.order: str | None = None
        self.falling = True
        self.search = ""
        self._read_once = False
        self._all: Sequence[Any] = ()
        self._shown: dict[int, Any] = {}
        self.columns = Columns((), (), (), 0)

    # What is shown.

    def show(self, rows: Sequence[Any]) -> None:
        """Show these rows; the cursor stays on the row that it was on."""
        self._all = rows
        self.rearrange()

    def rearrange(self) -> None:
        """Sort and search again, after the user asked for it."""
        rows = [each for each in self._all if self._holds(each)]
        field = next((each for each in self.fields if each.field == self.order), None)
        if field is not None:
            rows = in_order(rows, field, falling=self.falling)
        kept = self.key_of(self.chosen)
        self._shown = dict(enumerate(rows))
        self.placed(len(rows), self.place_of(kept) if kept is not None else None)

    def placed(self, count: int, cursor: int | None) -> None:
        """There are so many rows now; the cursor goes to this one, or stays where it is."""
        self.count = count
        self._read_once = True
        self.cursor = max(0, min(self.cursor if cursor is None else cursor, count - 1))
        self.border_title = Text(" · ".join(each for each in (self.label, *self.described) if each))
        self._lay_out()
        self._to_cursor()
        self.refresh()
        self.post_message(self.CursorMove(self, self.chosen))

    def _holds(self, row: Any) -> bool:
        if not self.search:
            return True
        wanted = self.search.lower()
        return any(wanted in written(field.cell(row)).lower() for field in self.fields)

    @property
    def chosen(self) -> Any:
        """The row under the cursor; None without rows, or while it is read."""
        return self._shown.get(self.cursor) if self.count else None

    def row_at(self, at: int) -> Any:
        """The row with this number; None while it is read."""
        return self._shown.get(at)

    def place_of(self, key: Any) -> int | None:
        """The number of the row with this key; None when it is not there, or not read."""
        return next((at for at, row in self._shown.items() if self.key_of(row) == key), None)

    def key_of(self, row: Any) -> Any:
        """What is unique in a row."""
        return getattr(row, self._key, None)

    @property
    def described(self) -> list[str]:
        """How it is cut down, in words."""
        return [f"filter “{visible(self.search)}”"] if self.search else []

    # Drawing.

    def _lay_out(self) -> None:
        seen = [*self._shown.values()][-_SEEN_FOR_WIDTHS:]
        titles = [self._title(field) for field in self.fields]
        width = self.scrollable_content_region.width
        self.columns = Columns(self.fields, titles, seen, width - _GUTTER)
        self.virtual_size = Size(width, self.count + self._heading)

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the columns to the new width."""
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        width = self.scrollable_content_region.width
        if y < self._heading:
            return self._strip([Segment(" " * _GUTTER), *self.columns.heading()], width)
        at = self.scroll_offset.y + y - self._heading
        if at >= self.count:
            # A long sentence continues in the next lines.
            said = ("No row holds that." if self.search else self.empty) if self._read_once else "…"
            lines = self._folded(said, width - _GUTTER) if not self.count else []
            line = " " * _GUTTER + lines[at] if at < len(lines) else ""
            return self._strip([Segment(line, HEADING)], width)
        here = at == self.cursor
        base = _CURSOR if here and self.has_focus else Style.null()
        around = base if self.column is None else Style.null()
        mark = Segment(_MARK.ljust(_GUTTER) if here else " " * _GUTTER, around)
        row = self._shown.get(at)
        if row is None:
            self.wanted_row(at)
            return self._strip([mark, Segment("…", HEADING)], width)
        drawn = self.columns.row(row, base, only=self.column)
        return self._strip([mark, *drawn], width, around)

    def _title(self, column: Column) -> str:
        """Its heading, with the sign of the order."""
        if column.field != self.order or not column.title:
            return column.title
        return column.title + ("▾" if self.falling else "▴")

    def _strip(self, drawn: Sequence[Segment], width: int, base: Style | None = None) -> Strip:
        return Strip(drawn).adjust_cell_length(width, base).apply_style(self.rich_style)

    @staticmethod
    def _folded(text: str, width: int) -> list[str]:
        lines, line = [], ""
        for word in text.split():
            if line and len(line) + len(word) + 1 > width:
                lines.append(line)
                line = ""
            line = f"{line} {word}" if line else word
        return [*lines, line]

    def wanted_row(self, at: int) -> None:
        """A row has to be drawn that is not known."""

    # Keys and the mouse.

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.go(self.cursor + by)

    def action_move_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self.go(self.cursor + by * max(1, self.size.height - self._heading - 1))

    def action_move_to(self, at: int) -> None:
        """Move the cursor to the first row (0) or the last (-1)."""
        self.go(at if at >= 0 else self.count - 1)

    def go(self, at: int) -> None:
        """Move the cursor to a row."""
        at = max(0, min(at, self.count - 1))
        if at != self.cursor:
            self.cursor = at
            self._to_cursor()
            self.refresh()
            self.post_message(self.CursorMove(self, self.chosen))

    def _to_cursor(self) -> None:
        room = max(1, self.scrollable_content_region.height - self._heading)
        top = self.scroll_offset.y
        if self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + room:
            top = self.cursor - room + 1
        # By force: a list that just grew beyond its room has no scrollbar before it is drawn.
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def action_choose(self) -> None:
        """Show what is behind the row."""
        if self.chosen is not None:
            self.post_message(self.Choice(self, self.chosen))

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row is chosen; a second click shows what is behind it."""
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y < self._heading:
            if (at := self.columns.at(place.x - _GUTTER)) is not None and self.fields[at].sorts:
                self.sort_by(self.fields[at].field)
            return
        at = self.scroll_offset.y + place.y - self._heading
        if at < self.count:
            again = at == self.cursor and event.chain > 1
            self.go(at)
            self.clicked(self.columns.at(place.x - _GUTTER))
            if again:
                self.action_choose()

    def clicked(self, column: int | None) -> None:
        """A row was clicked in the column with this number; None between two."""

    def sort_by(self, name: str) -> None:
        """Sort by a column; once more turns the order."""
        self.falling = not self.falling if name == self.order else True
        self.order = name
        self.sorted()

    def next_order(self) -> str:
        """Sort by the next column that is shown; behind the last one, as it was. Says by what."""
        shown = [self.fields[at] for at, _ in self.columns.fitted if self.fields[at].sorts]
        titles = {column.field: column.title for column in shown}
        names = [None, *titles]
        at = names.index(self.order) if self.order in names else 0
        self.order = names[(at + 1) % len(names)]
        self.falling = True
        self.sorted()
        return titles[self.order] if self.order is not None else "as it was"

    def sorted(self) -> None:
        """Show the rows in the new order."""
        self.rearrange()
