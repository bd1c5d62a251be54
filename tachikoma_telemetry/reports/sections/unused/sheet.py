"""The section `unused` for people: installed skills that are not used, or not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name, number
from .rows import UnusedRow

_COLUMNS = [
    Column("skill", right=False, shrink=16),
    Column("", right=False),
    Column("loads"),
    Column("reads", drop=2),
    Column("last used", drop=1),
    Column("description tok."),
    Column("file", right=False, drop=3, shrink=20),
]
_TONES: dict[str, Tone] = {
    "never used": "bad",
    "long unused": "doubtful",
    "not instrumented": "faint",
}


def blocks(rows: Sequence[UnusedRow]) -> list[Block]:
    """Installed skills that are not used, or not measured, and what their descriptions cost."""
    many: Counter[str] = Counter(row.state for row in rows)
    told = ", ".join(f"{many[state]} {state}" for state in _TONES if many[state])
    idle = sum(row.description_tokens or 0 for row in rows if row.state != "not instrumented")
    text = f"Of the installed skills: {told}"
    if idle:
        text += f"; descriptions of unused ones cost {idle:,} tokens in every request"
    cells = [
        [
            name(row.skill, "strong"),
            Cell(row.state, _TONES[row.state]),
            number(figures.count(row.loads)),
            number(figures.count(row.reads)),
            number(figures.moment(row.last_used)),
            number(figures.count(row.description_tokens)),
            name(row.path),
        ]
        for row in rows
    ]
    return [Sentence(text + "."), Sheet(_COLUMNS, cells)]
