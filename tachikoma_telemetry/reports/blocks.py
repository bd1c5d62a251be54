"""What a report looks like, before it is known on what: the terminal, Markdown and HTML draw these.

Text in a block is plain and visible (see `names`); who draws it keeps it from acting as markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from .figures import UNKNOWN, Figure, count
from .names import visible

Tone = Literal["plain", "good", "bad", "doubtful", "faint", "strong"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a sheet.

    Attributes:
        text: what it says; a `Figure` where it is a number.
        tone: what its colour would say.
        bar: a length 0–1 instead of a text, where bars can be drawn; several are a sparkline.
        group: the name of its group, which the first row of the group alone writes.

    """

    text: str
    tone: Tone = "plain"
    bar: float | tuple[float, ...] | None = None
    group: str | None = None

    @property
    def number(self) -> float | None:
        """What the text was written from; None when it is no number, or unknown."""
        return self.text.number if isinstance(self.text, Figure) else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Attributes:
        title: its heading.
        right: numbers stand at the right.
        drop: which columns go first when there is no room: the highest; 0 never goes.
        shrink: the width that a column of names may be cut to; None is never cut.
        wrap: whether long text goes on in the next line rather than being cut.
        bar: whether it is a column of bars, which has no text.
        tell: whether to say so when there was no room for it.

    """

    title: str
    right: bool = True
    drop: int = 0
    shrink: int | None = None
    wrap: bool = False
    bar: bool = False
    tell: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table."""

    columns: list[Column]
    rows: list[list[Cell]] = field(default_factory=list)


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


def faults(many: int | None, tone: Tone = "bad") -> Cell:
    """A number of things that should be 0: coloured only when it is not."""
    if many is None:
        return Cell(UNKNOWN, "faint")
    return Cell(count(many), tone if many else "faint")


def bar(length: float | None) -> Cell:
    """A bar of a length 0–1."""
    return Cell("", bar=length)


def first_of_each(names: Iterable[str | None]) -> list[Cell]:
    """Names of groups, each written only in its group's first row."""
    cells: list[Cell] = []
    before: object = object()
    for each in names:
        cell = name(each, "strong")
        cells.append(replace(cell, text="", group=cell.text) if each == before else cell)
        before = each
    return cells
