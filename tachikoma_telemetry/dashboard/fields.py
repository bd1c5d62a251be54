"""The fields of a list: what they show of a row, what they mean, and how they sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from rich.style import Style

from ..reports.blocks import VERSION_MARK, Cell, Column, Tone
from ..reports.meaning import meanings_of

R = TypeVar("R")

_BAR = 8
HEADING = Style(dim=True)
_SPARKS = "·▁▂▃▄▅▆▇█"
_STYLES: dict[Tone, Style] = {
    "plain": Style.null(),
    "good": Style(color="green"),
    "bad": Style(color="red"),
    "doubtful": Style(color="yellow"),
    "faint": Style(dim=True),
    "strong": Style(bold=True),
}


def meanings(row: Any) -> dict[str, str]:
    """What each field of a row means, by its name: the report's own definitions."""
    return {name: each.text for name, each in meanings_of(row).items()}


def written(cell: Cell) -> str:
    """A cell's text; a bar's is drawn."""
    if cell.bar is None:
        return cell.text
    if isinstance(cell.bar, tuple):
        return spark(cell.bar)
    full, half = divmod(round(cell.bar * _BAR * 2), 2)
    return ("━" * full + "╸" * half).ljust(_BAR, "·")


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


def in_order(rows: Sequence[R], column: Column, *, falling: bool) -> list[R]:
    """The rows sorted by a column; those without a value last."""
    known = [row for row in rows if _sorts_by(column, row) is not None]
    known.sort(key=lambda row: _sorts_by(column, row), reverse=falling)
    return known + [row for row in rows if _sorts_by(column, row) is None]


def _sorts_by(column: Column, row: Any) -> Any:
    number = column.cell(row).number
    value = getattr(row, column.field, None) if number is None else number
    if value is None or isinstance(value, list | dict | tuple):
        return None
    return (1, float(value), "") if isinstance(value, int | float) else (0, 0.0, str(value).lower())
