"""The section `sessions`."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sheet, faults, name
from ...section import Section, part
from ...short_ids import length
from .rows import SessionRow

SESSIONS_SHOWN = 1000


def _todos(row: SessionRow) -> str:
    if not row.todos:
        return figures.UNKNOWN
    done = row.todos_completed or 0
    return figures.Figure(f"{done:,}/{row.todos:,}", done / row.todos)


def _begun_by(row: SessionRow) -> Cell:
    if row.parent_call is not None:
        return name("a command")
    return name("a session" if row.parent_id is not None else None)


_COLUMNS = [
    Column("started", figures.moment, "started", right=False),
    Column("title", name, "title", "strong", right=False, shrink=24),
    Column("calls", figures.count, "calls"),
    Column("failed", faults, "failed"),
    Column("turns failed", faults, "turns_failed", drop=7),
    Column("interrupted", faults, "turns_interrupted", "doubtful", drop=8),
    Column("skills", figures.count, "skills", drop=2),
    Column("output tok.", figures.amount, "tokens_output", drop=3),
    Column("cost", figures.money, "cost", drop=1),
    Column("todos", _todos, drop=6),
    Column("folder", name, "directory", right=False, drop=5, shrink=20),
]
# Where a command began any, by an `opencode run`.
_BEGUN_BY = Column("begun by", _begun_by, right=False)


def blocks(rows: Sequence[SessionRow], *, ids: bool) -> list[Block]:
    """The newest sessions first; with their ids, which `--session` takes, or more of the titles."""
    in_commands = any(row.parent_call is not None for row in rows[:SESSIONS_SHOWN])
    short = length(row.session_id for row in rows) if ids else 0
    session = Column("session", lambda row: name(row.session_id[:short]), right=False)
    columns = [*_COLUMNS, *([_BEGUN_BY] * in_commands), *([session] * ids)]
    return [Sheet(columns, rows, most=SESSIONS_SHOWN, noun="sessions")]


SECTION: Section[None] = Section(
    name="sessions",
    question="what happened in each session",
    parts={"sessions": part(__package__, "sessions", SessionRow)},
    blocks=lambda parts: blocks(parts["sessions"], ids=True),
    brief=lambda parts: blocks(parts["sessions"], ids=False),
    empty="There is no session of OpenCode yet.",
    needs=("call_sums", "message_sums", "turn_outcomes", "turns_by_session"),
    shows_times=True,
    columns=_COLUMNS,
    headings={
        "todos": "to-do items completed, of all; – when OpenCode keeps none",
        "begun by": "a session, or a command in it",
        "session": "the beginning of its id, as --session takes it",
    },
)
