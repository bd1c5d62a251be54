"""The section `models` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Column, Sheet, faults, name, number
from .rows import ModelRow

_COLUMNS: list[Column[ModelRow]] = [
    Column("model", lambda row: name(row.model, "strong"), right=False, shrink=26),
    Column("messages", lambda row: number(figures.count(row.messages))),
    Column("input", lambda row: number(figures.amount(row.tokens_input))),
    Column("output", lambda row: number(figures.amount(row.tokens_output))),
    Column("reasoning", lambda row: number(figures.amount(row.tokens_reasoning)), drop=3),
    Column("cache read", lambda row: number(figures.amount(row.tokens_cache_read)), drop=2),
    Column("cache write", lambda row: number(figures.amount(row.tokens_cache_write)), drop=6),
    Column("cost", lambda row: number(figures.money(row.cost))),
    Column("p50", lambda row: number(figures.duration(row.duration_p50_ms)), drop=4),
    Column("p95", lambda row: number(figures.duration(row.duration_p95_ms)), drop=5),
    Column("errors", lambda row: faults(row.errors), drop=1),
]


def blocks(rows: Sequence[ModelRow]) -> list[Block]:
    """Each model."""
    return [Sheet.of(_COLUMNS, rows)]
