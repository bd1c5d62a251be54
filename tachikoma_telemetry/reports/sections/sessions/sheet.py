"""The section `sessions` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Column, Sheet, faults, name, number
from ...short_ids import length
from .rows import SessionRow

SESSIONS_SHOWN = 1000


def _todos(row: SessionRow) -> str:
    if not row.todos:
        return figures.UNKNOWN
    done = row.todos_completed or 0
    return figures.Figure(f"{done:,}/{row.todos:,}", done / row.todos)


def _begun_by(row: SessionRow) -> str | None:
    if row.parent_call is not None:
        return "a command"
    return "a session" if row.parent_id is not None else None


_COLUMNS: list[Column[SessionRow]] = [
    Column("started", lambda row: number(figures.moment(row.started)), right=False),
    Column("title", lambda row: name(row.title, "strong"), right=False, shrink=24),
    Column("calls", lambda row: number(figures.count(row.calls))),
    Column("failed", lambda row: faults(row.failed)),
    Column("turns failed", lambda row: faults(row.turns_failed), drop=7),
    Column("interrupted", lambda row: faults(row.turns_interrupted, "doubtful"), drop=8),
    Column("skills", lambda row: number(figures.count(row.skills)), drop=2),
    Column("output tok.", lambda row: number(figures.amount(row.tokens_output)), drop=3),
    Column("cost", lambda row: number(figures.money(row.cost)), drop=1),
    Column("todos", lambda row: number(_todos(row)), drop=6),
    Column("folder", lambda row: name(row.directory), right=False, drop=5, shrink=20),
]
# Where a command began any, by an `opencode run`.
_BEGUN_BY: Column[SessionRow] = Column("begun by", lambda row: name(_begun_by(row)), right=False)


def blocks(rows: Sequence[SessionRow], *, ids: bool) -> list[Block]:
    """The newest sessions first; with their ids, which `--session` takes, or more of the titles."""
    in_commands = any(row.parent_call is not None for row in rows[:SESSIONS_SHOWN])
    short = length(row.session_id for row in rows) if ids else 0
    session: Column[SessionRow] = Column(
        "session", lambda row: name(row.session_id[:short]), right=False
    )
    columns = [*_COLUMNS, *([_BEGUN_BY] * in_commands), *([session] * ids)]
    return [Sheet.of(columns, rows, most=SESSIONS_SHOWN, noun="sessions")]
