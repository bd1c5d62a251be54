"""The section `unused` as users read it: installed skills that are not used, or not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name, number
from .rows import UnusedRow

_TONES: dict[str, Tone] = {
    "never used": "bad",
    "long unused": "doubtful",
    "not instrumented": "faint",
}
_COLUMNS: list[Column[UnusedRow]] = [
    Column("skill", lambda row: name(row.skill, "strong"), right=False, shrink=16),
    Column("", lambda row: Cell(row.state, _TONES[row.state]), right=False),
    Column("loads", lambda row: number(figures.count(row.loads))),
    Column("opened", lambda row: number(figures.count(row.reads)), drop=2),
    Column("last used", lambda row: number(figures.moment(row.last_used)), drop=1),
    Column("description tok.", lambda row: number(figures.count(row.description_tokens))),
    Column("file", lambda row: name(row.path), right=False, drop=3, shrink=20),
]


def blocks(rows: Sequence[UnusedRow]) -> list[Block]:
    """Installed skills that are not used, or not measured, and what their descriptions cost."""
    many: Counter[str] = Counter(row.state for row in rows)
    counts = ", ".join(f"{many[state]:,} {state}" for state in _TONES if many[state])
    idle = sum(row.description_tokens or 0 for row in rows if row.state != "not instrumented")
    text = f"Of the installed skills: {counts}"
    if idle:
        text += f"; descriptions of unused ones cost {idle:,} tokens in every request"
    return [Sentence(text + "."), Sheet.of(_COLUMNS, rows)]
