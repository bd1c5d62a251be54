"""The section `rlm` for people."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Sentence,
    Sheet,
    bar,
    first_of_each,
    name,
    number,
)
from ...names import visible
from .rows import ChunkSizeRow, RlmRow

_COLUMNS = [
    Column("skill", right=False, shrink=12),
    Column("mode", right=False),
    Column("runs", drop=6),
    Column("chunks ok"),
    Column("", drop=9, bar=True),
    Column("95 %", drop=8),
    Column("size p50", drop=4),
    Column("time p50"),
    Column("p95", drop=3),
    Column("wall", drop=1),
    Column("speed-up"),
    Column("tok. per chunk", drop=5),
    Column("accuracy", drop=2),
]
_SIZES = [
    Column("size", right=False),
    Column("chunks"),
    Column("failed"),
    Column("", drop=3, bar=True),
    Column("95 %", drop=2),
    Column("time p50"),
    Column("tok. per chunk", drop=4),
    Column("accuracy", drop=1),
]


def blocks(rows: Sequence[RlmRow]) -> list[Block]:
    """How chunks ran, and what running them side by side saved."""
    skills = first_of_each(row.skill for row in rows)
    cells = [[skill, *_cells(row)] for skill, row in zip(skills, rows, strict=True)]
    return [_answer(rows), Sheet(_COLUMNS, cells)]


def sizes(rows: Sequence[ChunkSizeRow]) -> list[Block]:
    """What fails, how long it takes and how right it is, by the size of the chunks."""
    cells = [
        [
            Cell(size_range(row), "strong"),
            number(figures.count(row.chunks)),
            number(figures.share(row.failure_rate), "bad" if row.failed else "plain"),
            bar(row.failure_rate),
            number(figures.interval(row.failure_low, row.failure_high), "faint"),
            number(figures.duration(row.duration_p50_ms)),
            number(figures.amount(row.tokens_per_chunk)),
            number(_accuracy(row)),
        ]
        for row in rows
    ]
    return [Heading("by size of the chunks"), Sheet(_SIZES, cells)] if rows else []


def size_range(row: ChunkSizeRow) -> str:
    """A range of sizes: 10k to 20k chars."""
    # The edges are whole thousands: 20.0k would claim a precision that they don't have.
    low, high = (
        None if edge is None else figures.amount(edge).replace(".0", "")
        for edge in (row.size_low, row.size_high)
    )
    text = f"{low} and more" if high is None else f"{low} to {high}"
    text = text if row.unit is None else f"{text} {visible(row.unit)}"
    return figures.Figure(text, row.size_low)


def _accuracy(row: RlmRow | ChunkSizeRow) -> str:
    accuracy = figures.share(row.accuracy_mean)
    if row.accuracy_mean is None:
        return accuracy
    return figures.Figure(f"{accuracy} (n {row.accuracy_n:,})", row.accuracy_mean)


def _answer(rows: Sequence[RlmRow]) -> Sentence:
    chunks = sum(row.chunks for row in rows)
    failed = sum(row.failed for row in rows)
    text = f"{figures.counted(chunks, 'chunk')}, {failed:,} failed"
    parallel = [row.speedup for row in rows if row.mode == "parallel" and row.speedup is not None]
    if len(parallel) == 1:
        text += f"; of the parallel ones {figures.mean(parallel[0])} ran at a time"
    return Sentence(text + ".")


def _cells(row: RlmRow) -> list[Cell]:
    size = figures.amount(row.chunk_size_p50)
    if row.chunk_size_p50 is not None and row.unit is not None:
        size = figures.Figure(f"{size} {visible(row.unit)}", row.chunk_size_p50)
    return [
        name(row.mode),
        number(figures.count(row.runs)),
        number(figures.share_of(row.success_rate, row.succeeded + row.failed)),
        bar(row.success_rate),
        number(figures.interval(row.success_low, row.success_high), "faint"),
        number(size),
        number(figures.duration(row.duration_p50_ms)),
        number(figures.duration(row.duration_p95_ms)),
        number(figures.duration(row.wall_ms)),
        number(figures.factor(row.speedup)),
        number(figures.amount(row.tokens_per_chunk)),
        number(_accuracy(row)),
    ]
