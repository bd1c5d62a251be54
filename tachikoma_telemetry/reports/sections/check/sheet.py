"""The section `check` as users read it: what crosses a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name, number
from .rows import CrossingRow


def written(row: CrossingRow, value: float) -> str:
    """A number or its limit, in the unit of the threshold."""
    if row.threshold.endswith(("success", "abandoned")):
        return figures.share(value)
    if row.threshold.endswith("seconds"):
        return figures.duration(value * 1000)
    return figures.amount(value)


_COLUMNS: list[Column[CrossingRow]] = [
    Column("threshold", lambda row: Cell(row.threshold, "bad"), right=False),
    Column("skill", lambda row: name(row.skill, "strong"), right=False, drop=1, shrink=14),
    Column("model", lambda row: name(row.model), right=False, drop=1, shrink=14),
    Column("format", lambda row: name(row.format), right=False, drop=1, shrink=14),
    Column("is", lambda row: number(written(row, row.value))),
    Column("limit", lambda row: number(written(row, row.limit))),
    Column("n", lambda row: number(figures.count(row.n))),
]


def blocks(rows: Sequence[CrossingRow]) -> list[Block]:
    """What is beyond its limit."""
    text = f"{counted(len(rows), 'number')} beyond a threshold."
    return [Sentence(text, "bad"), Sheet.of(_COLUMNS, rows)]
