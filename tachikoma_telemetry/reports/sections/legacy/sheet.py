"""The section `legacy` for people: what the predecessor counted."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name, number
from .rows import LegacyRow

_COLUMNS = [
    Column("", right=False),
    Column("name", right=False, shrink=16),
    Column("format", right=False, shrink=10),
    Column("uses"),
    Column("attempts", drop=2),
    Column("succeeded"),
    Column("tokens", drop=1),
]


def blocks(rows: Sequence[LegacyRow]) -> list[Block]:
    """Totals as they were, with the span of time that the file names."""
    begun = min((row.first for row in rows if row.first), default=None)
    ended = max((row.last for row in rows if row.last), default=None)
    span = f" from {begun[:10]} to {ended[:10]}" if begun and ended else ""
    cells = [
        [
            Cell(row.kind, "faint"),
            name(row.name, "strong"),
            name(row.format),
            number(figures.count(row.uses)),
            number(figures.count(row.attempts)),
            number(figures.count(row.succeeded)),
            number(figures.count(row.tokens)),
        ]
        for row in rows
    ]
    text = f"Totals of the predecessor{span}: no sessions, no times, in no other number."
    return [Sentence(text), Sheet(_COLUMNS, cells)]
