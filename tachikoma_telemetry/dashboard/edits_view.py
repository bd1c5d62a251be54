"""The screen Edits: which edit format works with which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from ..reports import figures
from ..reports.blocks import Cell, Column, name, number
from ..reports.drilldown.listing import ListQuery
from ..reports.meaning import meaning
from ..reports.sections.edits.rows import BestFormatRow, EditRow
from ..reports.sections.edits.section import formats_by_model
from ..visible import visible
from ..words import counted
from .row_list import RowList
from .rows_screen import DrillDown
from .screen_view import View


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A model, and its edits by format."""

    model: str | None = meaning("the model's id without its provider; null if unknown")
    formats: dict[str | None, EditRow] = meaning(
        "successes over attempts of the format in the heading, and how many attempts"
    )
    best: BestFormatRow | None = meaning(
        "the best format; ★ when it is ahead of every other beyond chance"
    )


class Matrix(RowList):
    """A list of which one cell is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move_column(-1)", show=False),
        Binding("right,l", "move_column(1)", show=False),
    ]

    column: int = 1
    formats: Sequence[str | None] = ()
    _every: Sequence[str | None] = ()

    def show_formats(self, formats: Sequence[str | None], rows: Sequence[MatrixRow]) -> None:
        """Show the models' edits in these formats."""
        self._every = formats
        self.show(rows)

    def rearrange(self) -> None:
        """Sort and search again; a text that formats hold leaves their columns alone."""
        wanted = self.search.lower()
        found = [each for each in self._every if wanted and wanted in (each or "").lower()]
        self._found = bool(found)
        self.formats = found or self._every
        self.fields = [_MODEL, *(_field(each, at) for at, each in enumerate(self.formats))]
        super().rearrange()

    def _holds(self, row: MatrixRow) -> bool:
        if self._found:
            return any(each in row.formats for each in self.formats)
        return super()._holds(row)

    def action_move_column(self, by: int) -> None:
        """Choose a cell beside."""
        self.column = max(1, min(self.column + by, len(self.columns.fitted) - 1))
        self.refresh()
        self.post_message(self.CursorMove(self, self.chosen))

    def clicked(self, column: int | None) -> None:
        """Choose the cell that was clicked."""
        numbers = [number for number, _ in self.columns.fitted]
        if column in numbers[1:]:
            self.action_move_column(numbers.index(column) - self.column)

    @property
    def format(self) -> tuple[bool, str | None]:
        """Whether a cell is chosen, and its format."""
        if not self.chosen or self.column >= len(self.columns.fitted):
            return False, None
        return True, self.formats[self.columns.fitted[self.column][0] - 1]


_MODEL = Column("model", name, "model", "strong", right=False, shrink=12)


def _field(format: str | None, place: int) -> Column:
    def cell(row: MatrixRow) -> Cell:
        of = row.formats.get(format)
        if of is None or not of.attempts:
            return Cell("·", "faint")
        best = row.best is not None and row.best.format == format
        sign = "★ " if best and row.best is not None and row.best.clear else ""
        text = f"{sign}{figures.share_of(of.success_rate, of.attempts)}"
        return number(figures.Figure(text, of.success_rate or 0.0), "strong" if best else "plain")

    return Column(name(format).text, cell, drop=place, about=f"formats.{format}")


class EditsView(View):
    """The matrix of models and formats; below it what is known of the chosen cell."""

    title = "Edits"
    section = "edits"
    hints = "↑↓←→ choose  enter attempts  / filter  t time  s sort"

    def compose(self) -> ComposeResult:
        """The matrix, and its sentences."""
        yield Matrix(MatrixRow, [], "model", id="matrix")
        yield Static(id="of-cell")

    async def reload(self) -> None:
        """Read the matrix."""
        app, filters = self.app, self.app.filters
        report = await app.reader.ask(lambda store: app.reader.report(store, "edits", filters))
        best = {row.model: row for row in report.parts["best_formats"]}
        formats, models = formats_by_model(report.parts["edits"])
        matrix = self.query_one("#matrix", Matrix)
        matrix.empty = app.span.without("edit was tried")
        matrix.show_formats(formats, [MatrixRow(name, of, best.get(name)) for name, of in models])
        matrix.styles.height = min(max(len(models), 1), max(4, self.size.height // 2)) + 2

    @on(RowList.CursorMove, "#matrix")
    def _moved(self) -> None:
        matrix = self.query_one("#matrix", Matrix)
        row: MatrixRow | None = matrix.chosen
        if row is None:
            self.query_one("#of-cell", Static).update("")
            return
        chosen, format = matrix.format
        text = Text()
        cell = row.formats.get(format) if chosen else None
        if cell is not None:
            text.append(
                f"{visible(row.model or 'unknown')} · {visible(format or 'unknown')}\n", "bold"
            )
            for title, value in _facts(cell):
                text.append(f"{title:<19}", "dim").append(f"{value}\n")
        if row.best is not None:
            text.append(f"\n{'best format':<19}", "dim").append(visible(row.best.evidence) + "\n")
        hidden = len(matrix.fields) - len(matrix.columns.fitted)
        if hidden:
            more = counted(hidden, "more format")
            text.append(f"no room for {more}: / leaves those with a text\n", "dim")
        self.query_one("#of-cell", Static).update(text)

    @on(RowList.Choice, "#matrix")
    def _chosen(self, event: RowList.Choice) -> None:
        event.stop()
        matrix = self.query_one("#matrix", Matrix)
        chosen, format = matrix.format
        if chosen:
            model = event.row.model
            title = f"attempts of {model or 'unknown model'} with {format or 'unknown format'}"
            wanted = ListQuery("attempts", self.app.filters, {"model": model, "format": format})
            filters = replace(self.app.filters, model=model)
            self.open(DrillDown(title, wanted, "edits", filters))


def _facts(row: EditRow) -> list[tuple[str, str]]:
    rate = figures.share_of(row.success_rate, row.attempts)
    return [
        ("succeeded", f"{rate} (95 %: {figures.interval(row.success_low, row.success_high)})"),
        ("edits begun", f"{row.edits:,}, of which {row.edits_succeeded:,} succeeded in the end"),
        ("first try", figures.share_of(row.first_try_rate, row.edits)),
        ("attempts per edit", figures.mean(row.attempts_per_edit)),
        ("wasted tokens", figures.amount(row.tokens_wasted)),
    ]
