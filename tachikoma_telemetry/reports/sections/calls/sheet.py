"""The section `calls` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name, number
from .rows import CallRow

CALLS_SHOWN = 200

_COLUMNS = [
    Column("started", right=False, drop=1),
    Column("tool", right=False, shrink=10),
    Column("skill", right=False, drop=3, shrink=10),
    Column("outcome", right=False),
    Column("reason", right=False, drop=2, shrink=10),
    Column("time"),
    Column("events"),
    Column("recorded", right=False, drop=5, shrink=16),
    Column("model", right=False, drop=7, shrink=12),
    Column("call", right=False, drop=6, shrink=12),
    Column("session", right=False, drop=4, shrink=12),
]
_OUTCOMES: dict[str, Tone] = {
    "failed": "bad",
    "timed_out": "bad",
    "invalid": "bad",
    "abandoned": "doubtful",
    "cancelled": "doubtful",
}


def blocks(rows: Sequence[CallRow]) -> list[Block]:
    """The newest calls, in the order they started."""
    shown = rows[-CALLS_SHOWN:]
    blocks: list[Block] = [Sentence(f"{figures.counted(len(rows), 'call')}.")]
    if len(shown) < len(rows):
        text = f"The last {len(shown)} of {len(rows):,} calls; --format json or csv has them all."
        blocks = [Sentence(text)]
    return [*blocks, Sheet(_COLUMNS, [_call_cells(row) for row in shown])]


def _call_cells(row: CallRow) -> list[Cell]:
    return [
        number(figures.moment(row.started)),
        name(row.tool, "strong"),
        name(row.skill),
        Cell(row.outcome.replace("_", " "), _OUTCOMES.get(row.outcome, "plain")),
        name(row.reason),
        number(figures.duration(row.duration_ms)),
        Cell(figures.count(row.events), "plain" if row.events else "faint"),
        name(", ".join(f"{each} {many:,}" for each, many in row.recorded.items())),
        name(row.model),
        name(row.call_id),
        name(row.session_id),
    ]
