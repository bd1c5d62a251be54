"""The section `calls` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name, number
from ...short_ids import length
from .rows import CallRow

CALLS_SHOWN = 200

FAILED = frozenset(("failed", "timed_out", "invalid"))
_OUTCOMES: dict[str, Tone] = {
    "failed": "bad",
    "timed_out": "bad",
    "invalid": "bad",
    "abandoned": "doubtful",
    "cancelled": "doubtful",
}


def _outcome(row: CallRow) -> Cell:
    return Cell(row.outcome.replace("_", " "), _OUTCOMES.get(row.outcome, "plain"))


def _events(row: CallRow) -> Cell:
    return Cell(figures.count(row.events), "plain" if row.events else "faint")


def _recorded(row: CallRow) -> Cell:
    return name(", ".join(f"{each} {many:,}" for each, many in row.recorded.items()))


_COLUMNS: list[Column[CallRow]] = [
    Column("started", lambda row: number(figures.moment(row.started)), right=False, drop=1),
    Column("tool", lambda row: name(row.tool, "strong"), right=False, shrink=16),
    Column("skill", lambda row: name(row.skill), right=False, drop=3, shrink=10),
    Column("outcome", _outcome, right=False),
    Column("reason", lambda row: name(row.reason), right=False, drop=2, shrink=10),
    Column("time", lambda row: number(figures.duration(row.duration_ms))),
    Column("events", _events),
    Column("recorded", _recorded, right=False, drop=5, shrink=16),
    Column("model", lambda row: name(row.model), right=False, drop=7, shrink=12),
    Column("call", lambda row: name(row.call_id), right=False, drop=6, shrink=12),
]


def blocks(rows: Sequence[CallRow]) -> list[Block]:
    """The newest calls, in the order they started."""
    failed = sum(row.outcome in FAILED for row in rows)
    text = f"{counted(len(rows), 'call')}, {failed:,} failed."
    short = length(row.session_id for row in rows)
    session: Column[CallRow] = Column(
        "session", lambda row: name(row.session_id[:short]), right=False, drop=4
    )
    sheet = Sheet.of([*_COLUMNS, session], rows, most=CALLS_SHOWN, newest_last=True, noun="calls")
    return [Sentence(text), sheet]
