"""The section `models` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Column, Sheet, faults, name, number
from .rows import ModelRow

_COLUMNS = [
    Column("model", right=False, shrink=18),
    Column("messages"),
    Column("input"),
    Column("output"),
    Column("reasoning", drop=3),
    Column("cache read", drop=2),
    Column("cache write", drop=6),
    Column("cost"),
    Column("p50", drop=4),
    Column("p95", drop=5),
    Column("errors", drop=1),
]


def blocks(rows: Sequence[ModelRow]) -> list[Block]:
    """Each model."""
    return [
        Sheet(
            _COLUMNS,
            [
                [
                    name(row.model, "strong"),
                    number(figures.count(row.messages)),
                    number(figures.amount(row.tokens_input)),
                    number(figures.amount(row.tokens_output)),
                    number(figures.amount(row.tokens_reasoning)),
                    number(figures.amount(row.tokens_cache_read)),
                    number(figures.amount(row.tokens_cache_write)),
                    number(figures.money(row.cost)),
                    number(figures.duration(row.duration_p50_ms)),
                    number(figures.duration(row.duration_p95_ms)),
                    faults(row.errors),
                ]
                for row in rows
            ],
        )
    ]
