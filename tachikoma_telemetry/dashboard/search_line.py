"""The line in which the user types what rows must hold."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from .row_list import RowList


class SearchLine(ModalScreen[None]):
    """Rows are cut down while the user types; enter keeps that, escape ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "end", show=False, priority=True)]

    def __init__(self, rows: RowList) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """The line."""
        yield Input(
            self._rows.search, placeholder="filter: type, enter keeps it, esc ends it", compact=True
        )

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if event.value != self._rows.search:
            self._rows.search = event.value
            self._rows.rearrange()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.dismiss()

    def action_end(self) -> None:
        """Show all rows again."""
        self._rows.search = ""
        self._rows.rearrange()
        self.dismiss()
