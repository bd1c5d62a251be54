"""The columns of a list: what they show of a row, what they mean, and how wide they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from ..reports.blocks import VERSION_MARK, Cell, Tone
from ..reports.meaning import meanings_of

R = TypeVar("R")

GAP = 2
BAR = 8
_SPARKS = "·▁▂▃▄▅▆▇█"
_LEAST = 4
_STYLES: dict[Tone, Style] = {
    "plain": Style.null(),
    "good": Style(color="green"),
    "bad": Style(color="red"),
    "doubtful": Style(color="yellow"),
    "faint": Style(dim=True),
    "strong": Style(bold=True),
}


@dataclass(frozen=True, slots=True)
class ListField(Generic[R]):
    """One column of a list.

    Attributes:
        title: its heading.
        name: the field of the row that it shows: what `?` explains and what it sorts by; behind a
            dot, which part of it.
        cell: what it shows of a row.
        right: whether it is set to the right, as numbers are.
        drop: which columns go first when there is no room: the highest; 0 never goes.
        shrink: the width that a column of names may be cut to; None is never cut.
        sorts: whether a list can be sorted by it.

    """

    title: str
    name: str
    cell: Callable[[R], Cell]
    right: bool = True
    drop: int = 0
    shrink: int | None = None
    sorts: bool = True


def meanings(row: Any) -> dict[str, str]:
    """What each field of a row means, by its name: the report's own definitions."""
    return {name: each.text for name, each in meanings_of(row).items()}


def written(cell: Cell) -> str:
    """A cell's text; a bar's is drawn."""
    if cell.bar is None:
        return cell.text
    if isinstance(cell.bar, tuple):
        return spark(cell.bar)
    full, half = divmod(round(cell.bar * BAR * 2), 2)
    return ("━" * full + "╸" * half).ljust(BAR, "·")


def spark(lengths: Sequence[float | None]) -> str:
    """Bars of lengths 0–1; the least that is not 0 still shows, and None is a gap."""
    return "".join(map(_spark, lengths))


def _spark(length: float | None) -> str:
    if length is None:
        return " "
    if length == VERSION_MARK:
        return "│"
    top = len(_SPARKS) - 1
    return _SPARKS[max(1, min(top, round(length * top))) if length else 0]


def style_of(tone: Tone) -> Style:
    """How a cell of this tone looks."""
    return _STYLES[tone]


def fit(
    fields: Sequence[ListField[Any]],
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
) -> list[tuple[int, int]]:
    """Which columns there is room for, by number, and how wide each is.

    Names are cut first, down to what they may be cut to; then columns go.
    """
    widths = {
        at: max([cell_len(title), *(cell_len(row[at]) for row in rows)])
        for at, title in enumerate(titles)
    }
    least = {at: min(w, fields[at].shrink or w) for at, w in widths.items()}
    droppable = sorted((at for at in widths if fields[at].drop), key=lambda at: fields[at].drop)
    while droppable and sum(least.values()) + GAP * (len(least) - 1) > room:
        gone = droppable.pop()
        del least[gone], widths[gone]
    over = sum(widths.values()) + GAP * (len(widths) - 1) - room
    while over > 0:
        elastic = [at for at in widths if widths[at] > least[at]] or [
            at for at in widths if widths[at] > _LEAST
        ]
        if not elastic:
            break
        widths[max(elastic, key=lambda at: widths[at])] -= 1
        over -= 1
    return [*widths.items()]


def cropped(text: str, width: int, *, right: bool = False) -> str:
    """The text in so many cells, a cut marked with "…"."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width else ""
    return " " * (width - size) + text if right else text + " " * (width - size)


def segments(
    fields: Sequence[ListField[Any]],
    layout: Sequence[tuple[int, int]],
    cells: Sequence[Cell],
    base: Style,
) -> list[Segment]:
    """A row as it is drawn."""
    drawn = []
    for number, (at, width) in enumerate(layout):
        text = cropped(written(cells[at]), width, right=fields[at].right)
        gap = " " * GAP if number else ""
        drawn += [Segment(gap, base), Segment(text, base + style_of(cells[at].tone))]
    return drawn
