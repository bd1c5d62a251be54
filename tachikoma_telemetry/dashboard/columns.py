"""The columns of a list as they are drawn: which there is room for, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from ..reports.blocks import Cell, Column
from .fields import HEADING, style_of, written

_GAP = 2
_LEAST = 4


class Columns:
    """Columns fitted to a width.

    Attributes:
        fitted: the number and width of each column that there is room for.

    """

    def __init__(
        self, fields: Sequence[Column], titles: Sequence[str], rows: Sequence[Any], room: int
    ) -> None:
        self._fields, self._titles = fields, titles
        texts = [[written(field.cell(row)) for field in fields] for row in rows]
        widths = {
            at: max([cell_len(title), *(cell_len(row[at]) for row in texts)])
            for at, title in enumerate(titles)
        }
        self.fitted = [*self._fit(widths, max(room, 1)).items()]

    def _fit(self, widths: dict[int, int], room: int) -> dict[int, int]:
        """Names are cut first, down to what they may be cut to; then columns go."""
        fields = self._fields
        least = {at: min(w, fields[at].shrink or w) for at, w in widths.items()}
        droppable = sorted((at for at in widths if fields[at].drop), key=lambda at: fields[at].drop)
        while droppable and sum(least.values()) + _GAP * (len(least) - 1) > room:
            gone = droppable.pop()
            del least[gone], widths[gone]
        over = sum(widths.values()) + _GAP * (len(widths) - 1) - room
        while over > 0:
            elastic = [at for at in widths if widths[at] > least[at]] or [
                at for at in widths if widths[at] > _LEAST
            ]
            if not elastic:
                break
            widths[max(elastic, key=lambda at: widths[at])] -= 1
            over -= 1
        return widths

    def heading(self) -> list[Segment]:
        """The titles."""
        return self._drawn([(self._titles[at], HEADING, HEADING) for at, _ in self.fitted])

    def row(self, row: Any, base: Style, only: int | None = None) -> list[Segment]:
        """A row over `base`; of a cursor that is a cell, only in the column with this number."""
        cells: list[Cell] = [self._fields[at].cell(row) for at, _ in self.fitted]
        under = [base if only in (None, place) else Style.null() for place in range(len(cells))]
        gap = base if only is None else Style.null()
        return self._drawn(
            [
                (written(cell), style + style_of(cell.tone), gap)
                for cell, style in zip(cells, under, strict=True)
            ]
        )

    def _drawn(self, texts: Sequence[tuple[str, Style, Style]]) -> list[Segment]:
        drawn: list[Segment] = []
        for (at, width), (text, style, gap) in zip(self.fitted, texts, strict=True):
            drawn += [Segment(" " * _GAP, gap)] if drawn else []
            drawn.append(Segment(_cropped(text, width, right=self._fields[at].right), style))
        return drawn

    def at(self, x: int) -> int | None:
        """The number of the column at a place; None between two, and behind the last."""
        left = 0
        for at, width in self.fitted:
            if left <= x < left + width:
                return at
            left += width + _GAP
        return None


def _cropped(text: str, width: int, *, right: bool) -> str:
    """The text in so many cells, a cut marked with "…"."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width else ""
    return " " * (width - size) + text if right else text + " " * (width - size)
