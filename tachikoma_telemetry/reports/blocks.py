"""The blocks of a report: what the terminal, Markdown and HTML draw, each in its own way.

Text in a block is plain and `visible`; the form that draws it keeps it from acting as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..visible import visible
from . import figures
from .figures import UNKNOWN, Figure, Money, count, in_one_format

Tone = Literal["plain", "good", "bad", "doubtful", "faint", "strong"]


VERSION_MARK = -1.0
"""In a sparkline: here something new came into use."""

Bar = float | tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a sheet.

    Attributes:
        text: what it says; a `Figure` where it is a number.
        tone: what its colour would say.
        bar: a length 0–1 instead of a text, where bars can be drawn; several are a sparkline, in
            which None is a gap and `VERSION_MARK` a line between two bars.
        group: the name of its group, which the first row of the group alone writes.

    """

    text: str
    tone: Tone = "plain"
    bar: Bar | None = None
    group: str | None = None

    @property
    def unknown(self) -> bool:
        """Whether it shows that nothing is known."""
        return self.text in ("", UNKNOWN) and self.bar is None

    @property
    def number(self) -> float | None:
        """What the text was written from; None when it is no number, or unknown."""
        return self.text.number if isinstance(self.text, Figure) else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: its heading, what it shows of a row, and how it is set.

    Attributes:
        title: its heading.
        write: makes a cell, or the text of a figure, of the row; with `of`, of these fields of it.
        of: the field, or several, the first of which says what the column means.
        tone: what `write` is given behind the fields; None is nothing.
        right: whether it is set to the right, as numbers are.
        drop: which columns go first when there is no room: the highest; 0 never goes.
        shrink: the width that a column of names may be cut to; None is never cut.
        wrap: whether long text continues in the next line rather than being cut.
        bar: whether it is a column of bars, which has no text.
        mention: whether the reader learns that there was no room for it.
        grouped: whether only the first of several rows with the same cell writes it.
        about: the field that says what the column means; None is the first of `of`.
        sorts: whether a list on a screen can be sorted by it.

    """

    title: str
    write: Callable[..., Cell | str] = field(compare=False)
    of: str | tuple[str, ...] = ()
    tone: Tone | None = None
    right: bool = True
    drop: int = 0
    shrink: int | None = None
    wrap: bool = False
    bar: bool = False
    mention: bool = False
    grouped: bool = False
    about: str | None = None
    sorts: bool = True

    @property
    def field(self) -> str:
        """The field that says what the column means; empty where none does."""
        if self.about is not None or not self.of:
            return self.about or ""
        return self.of if isinstance(self.of, str) else self.of[0]

    def cell(self, row: Any) -> Cell:
        """What it shows of a row."""
        fields = (self.of,) if isinstance(self.of, str) else self.of
        values = [getattr(row, each) for each in fields] if fields else [row]
        written = self.write(*values, *([] if self.tone is None else [self.tone]))
        return written if isinstance(written, Cell) else number(written)

    def cells(self, rows: Iterable[Any]) -> list[Cell]:
        """The column's cells, from top to bottom."""
        cells = _in_one_format([self.cell(row) for row in rows])
        if not self.grouped:
            return cells
        return [
            replace(cell, text="", group=cell.text) if cell == above else cell
            for above, cell in zip([None, *cells[:-1]], cells, strict=True)
        ]


def _in_one_format(cells: list[Cell]) -> list[Cell]:
    costs = [cell.text for cell in cells if isinstance(cell.text, Money)]
    if len(costs) <= 1:
        return cells
    written = iter(in_one_format(costs))
    return [
        replace(cell, text=next(written)) if isinstance(cell.text, Money) else cell
        for cell in cells
    ]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. Its cells are made when they are needed: of a long one only those that are shown.

    Attributes:
        columns: from left to right.
        given: what its rows show, from top to bottom.
        most: as many rows a reader gets who wants no other number; None is all.
        newest_last: whether those are the last rows, and not the first.
        noun: what its rows are, in the plural, for a list of which only some are shown.
        cells: the cells of each row, where they are made already.

    """

    columns: Sequence[Column]
    given: Sequence[Any]
    most: int | None = None
    newest_last: bool = False
    noun: str = "rows"
    cells: list[list[Cell]] | None = None

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells of each row."""
        if self.cells is not None:
            return self.cells
        cells = zip(*(column.cells(self.given) for column in self.columns), strict=True)
        return [[*row] for row in cells]

    def drawn(self) -> Sheet:
        """The same with its cells made, in the zone of now."""
        return replace(self, cells=self.rows)


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of text: an answer, or what to do.

    Attributes:
        text: what it says.
        tone: what its colour would say.
        code: whether text between backticks is code; never of a sentence with a name in it, which
            may hold any character.

    """

    text: str
    tone: Tone = "plain"
    code: bool = False


Block = Sheet | Heading | Sentence


def name(text: str | None, tone: Tone = "plain") -> Cell:
    """A name from the data; unknown is a dash."""
    return Cell(UNKNOWN, "faint") if text is None else Cell(visible(text), tone)


def number(text: str, tone: Tone = "plain") -> Cell:
    """A figure, already written; what is unknown is faint."""
    return Cell(text, "faint" if text == UNKNOWN else tone)


def interval(low: float | None, high: float | None) -> Cell:
    """A rate's interval, behind the rate that it belongs to."""
    return number(figures.interval(low, high), "faint")


def faults(many: int | None, tone: Tone = "bad") -> Cell:
    """A number of things that should be 0: coloured only when it is not."""
    if many is None:
        return Cell(UNKNOWN, "faint")
    return Cell(count(many), tone if many else "faint")


def bar(length: float | None) -> Cell:
    """A bar of a length 0–1."""
    return Cell("", bar=length)
