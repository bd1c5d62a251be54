"""The section `legacy` as users read it: what the predecessor counted."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name, number
from .rows import LegacyRow

_COLUMNS: list[Column[LegacyRow]] = [
    Column("", lambda row: Cell(row.kind, "faint"), right=False),
    Column("name", lambda row: name(row.name, "strong"), right=False, shrink=16),
    Column("format", lambda row: name(row.format), right=False, shrink=10),
    Column("uses", lambda row: number(figures.count(row.uses))),
    Column("attempts", lambda row: number(figures.count(row.attempts)), drop=2),
    Column("succeeded", lambda row: number(figures.count(row.succeeded))),
    Column("tokens", lambda row: number(figures.count(row.tokens)), drop=1),
]


def blocks(rows: Sequence[LegacyRow]) -> list[Block]:
    """Totals as they were, with the span of time that the file names."""
    begun = min((row.first for row in rows if row.first), default=None)
    ended = max((row.last for row in rows if row.last), default=None)
    span = f" from {begun[:10]} to {ended[:10]}" if begun and ended else ""
    text = f"Totals of the predecessor{span}: no sessions, no times, in no other number."
    return [Sentence(text), Sheet.of(_COLUMNS, rows)]
