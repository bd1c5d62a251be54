"""The section `tools` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Column, Sheet, bar, faults, name, number
from .rows import ToolRow

_COLUMNS = [
    Column("tool", right=False, shrink=16),
    Column("calls"),
    Column("succeeded"),
    Column("", drop=6, bar=True),
    Column("95 %", drop=4),
    Column("p50"),
    Column("p95", drop=1),
    Column("timed out", drop=3),
    Column("invalid", drop=5),
    Column("cancelled", drop=7),
    Column("abandoned", drop=2),
]


def blocks(rows: Sequence[ToolRow]) -> list[Block]:
    """Each tool."""
    return [
        Sheet(
            _COLUMNS,
            [
                [
                    name(row.tool, "strong"),
                    number(figures.count(row.calls)),
                    number(figures.share_of(row.success_rate, row.succeeded + row.failed)),
                    bar(row.success_rate),
                    number(figures.interval(row.success_low, row.success_high), "faint"),
                    number(figures.duration(row.duration_p50_ms)),
                    number(figures.duration(row.duration_p95_ms)),
                    faults(row.timed_out),
                    faults(row.invalid),
                    faults(row.cancelled, "doubtful"),
                    faults(row.abandoned, "doubtful"),
                ]
                for row in rows
            ],
        )
    ]
