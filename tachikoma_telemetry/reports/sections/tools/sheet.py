"""The section `tools` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sheet, bar, faults, interval, name, number
from .rows import ToolRow


def _tool(row: ToolRow) -> Cell:
    former = f" ({row.former_name})" if row.former_name is not None else ""
    return name(f"{row.tool}{former}" if former else row.tool, "strong")


_COLUMNS: list[Column[ToolRow]] = [
    Column("tool", _tool, right=False, shrink=16),
    Column("calls", lambda row: number(figures.count(row.calls))),
    Column(
        "succeeded",
        lambda row: number(figures.share_of(row.success_rate, row.succeeded + row.failed)),
    ),
    Column("", lambda row: bar(row.success_rate), drop=6, bar=True),
    Column("95 %", lambda row: interval(row.success_low, row.success_high), drop=4),
    Column("p50", lambda row: number(figures.duration(row.duration_p50_ms))),
    Column("p95", lambda row: number(figures.duration(row.duration_p95_ms)), drop=1),
    Column("timed out", lambda row: faults(row.timed_out), drop=3),
    Column("invalid", lambda row: faults(row.invalid), drop=5),
    Column("cancelled", lambda row: faults(row.cancelled, "doubtful"), drop=7),
    Column("abandoned", lambda row: faults(row.abandoned, "doubtful"), drop=2),
]


def blocks(rows: Sequence[ToolRow]) -> list[Block]:
    """Each tool."""
    return [Sheet.of(_COLUMNS, rows)]
