"""The section `check` for people: what crosses a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name, number
from .rows import CrossedRow

_COLUMNS = [
    Column("threshold", right=False),
    Column("skill", right=False, drop=1, shrink=14),
    Column("model", right=False, drop=1, shrink=14),
    Column("format", right=False, drop=1, shrink=14),
    Column("is"),
    Column("limit"),
    Column("n"),
]


def blocks(rows: Sequence[CrossedRow]) -> list[Block]:
    """What is beyond its limit."""
    cells = [
        [
            Cell(row.threshold, "bad"),
            name(row.skill, "strong"),
            name(row.model),
            name(row.format),
            number(_value(row, row.value)),
            number(_value(row, row.limit)),
            number(figures.count(row.n)),
        ]
        for row in rows
    ]
    text = f"{figures.counted(len(rows), 'number')} beyond a threshold."
    return [Sentence(text, "bad"), Sheet(_COLUMNS, cells)]


def _value(row: CrossedRow, value: float) -> str:
    if row.threshold.endswith(("success", "abandoned")):
        return figures.share(value)
    if row.threshold.endswith("seconds"):
        return figures.duration(value * 1000)
    return figures.amount(value)
