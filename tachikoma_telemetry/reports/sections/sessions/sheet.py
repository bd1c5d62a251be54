"""The section `sessions` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Column, Sentence, Sheet, faults, name, number
from .rows import SessionRow

SESSIONS_SHOWN = 1000

_COLUMNS = [
    Column("started", right=False),
    Column("title", right=False, shrink=14),
    Column("calls"),
    Column("failed"),
    Column("skills", drop=2),
    Column("output tok.", drop=3),
    Column("cost", drop=1),
    Column("todos", drop=6),
    Column("folder", right=False, drop=5, shrink=20),
]
_ID = Column("id", right=False)


def blocks(rows: Sequence[SessionRow], *, ids: bool) -> list[Block]:
    """The newest sessions first; with their ids, which `--session` takes, or more of the titles."""
    cells = []
    shown = rows[:SESSIONS_SHOWN]
    for row in shown:
        todos = figures.UNKNOWN
        if row.todos:
            done = row.todos_completed or 0
            todos = figures.Figure(f"{done}/{row.todos}", done / row.todos)
        cells.append(
            [
                number(figures.moment(row.started)),
                name(row.title, "strong"),
                number(figures.count(row.calls)),
                faults(row.failed),
                number(figures.count(row.skills)),
                number(figures.amount(row.tokens_output)),
                number(figures.money(row.cost)),
                number(todos),
                name(row.directory),
                *([name(row.session_id)] if ids else []),
            ]
        )
    sheet = Sheet([*_COLUMNS, _ID] if ids else _COLUMNS, cells)
    if len(shown) == len(rows):
        return [sheet]
    text = (
        f"The newest {len(shown):,} of {len(rows):,} sessions; --format json or csv has them all."
    )
    return [Sentence(text), sheet]
