"""The sections `tools`, `models`, `sessions` and `calls` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sentence,
    Sheet,
    Tone,
    bar,
    faults,
    name,
    number,
)
from ...row_models import CallRow, ModelRow, SessionRow, ToolRow

CALLS_SHOWN = 200
SESSIONS_SHOWN = 1000

_TOOLS = [
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
_MODELS = [
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
_SESSIONS = [
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
_CALLS = [
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


def tools(rows: Sequence[ToolRow]) -> list[Block]:
    """Each tool."""
    return [
        Sheet(
            _TOOLS,
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


def models(rows: Sequence[ModelRow]) -> list[Block]:
    """Each model."""
    return [
        Sheet(
            _MODELS,
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


def sessions(rows: Sequence[SessionRow], *, ids: bool) -> list[Block]:
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
    sheet = Sheet([*_SESSIONS, _ID] if ids else _SESSIONS, cells)
    if len(shown) == len(rows):
        return [sheet]
    text = (
        f"The newest {len(shown):,} of {len(rows):,} sessions; --format json or csv has them all."
    )
    return [Sentence(text), sheet]


def calls(rows: Sequence[CallRow]) -> list[Block]:
    """The newest calls, in the order they started."""
    shown = rows[-CALLS_SHOWN:]
    blocks: list[Block] = [Sentence(f"{figures.counted(len(rows), 'call')}.")]
    if len(shown) < len(rows):
        text = f"The last {len(shown)} of {len(rows):,} calls; --format json or csv has them all."
        blocks = [Sentence(text)]
    return [*blocks, Sheet(_CALLS, [_call_cells(row) for row in shown])]


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
