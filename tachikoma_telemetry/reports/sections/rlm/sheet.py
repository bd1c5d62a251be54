"""The section `rlm` as users read it."""

from __future__ import annotations

from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Sentence,
    Sheet,
    bar,
    interval,
    name,
    number,
)
from .rows import ChunkEdgeRow, ChunkSizeRow, RlmRow, WaveRow


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


def _chunk_size(row: RlmRow) -> str:
    size = figures.amount(row.chunk_size_p50)
    if row.chunk_size_p50 is None or row.unit is None:
        return size
    return figures.Figure(f"{size} {visible(row.unit)}", row.chunk_size_p50)


_COLUMNS: list[Column[RlmRow]] = [
    Column("skill", lambda row: name(row.skill, "strong"), right=False, shrink=12, grouped=True),
    Column("mode", lambda row: name(row.mode), right=False),
    Column("runs", lambda row: number(figures.count(row.runs)), drop=6),
    Column(
        "chunks ok",
        lambda row: number(figures.share_of(row.success_rate, row.succeeded + row.failed)),
    ),
    Column("", lambda row: bar(row.success_rate), drop=9, bar=True),
    Column("95 %", lambda row: interval(row.success_low, row.success_high), drop=8),
    Column("size p50", lambda row: number(_chunk_size(row)), drop=4),
    Column("time p50", lambda row: number(figures.duration(row.duration_p50_ms))),
    Column("p95", lambda row: number(figures.duration(row.duration_p95_ms)), drop=3),
    Column("total time", lambda row: number(figures.duration(row.wall_ms)), drop=1),
    Column("speed-up", lambda row: number(figures.factor(row.speedup))),
    Column("tok. per chunk", lambda row: number(figures.amount(row.tokens_per_chunk)), drop=5),
    Column("accuracy", lambda row: number(_accuracy(row)), drop=2),
]


def _failures(row: ChunkSizeRow | WaveRow) -> Cell:
    return number(figures.share(row.failure_rate), "bad" if row.failed else "plain")


_SIZES: list[Column[ChunkSizeRow]] = [
    Column("size", lambda row: Cell(size_range(row), "strong"), right=False),
    Column("chunks", lambda row: number(figures.count(row.chunks))),
    Column("failed", _failures),
    Column("", lambda row: bar(row.failure_rate), drop=3, bar=True),
    Column("95 %", lambda row: interval(row.failure_low, row.failure_high), drop=2),
    Column("time p50", lambda row: number(figures.duration(row.duration_p50_ms))),
    Column("tok. per chunk", lambda row: number(figures.amount(row.tokens_per_chunk)), drop=4),
    Column("accuracy", lambda row: number(_accuracy(row)), drop=1),
]

_WAVES: list[Column[WaveRow]] = [
    Column("wave", lambda row: number(figures.count(row.wave)), right=False),
    Column("runs", lambda row: number(figures.count(row.runs)), drop=2),
    Column("chunks", lambda row: number(figures.count(row.chunks))),
    Column("failed", _failures),
    Column("", lambda row: bar(row.failure_rate), drop=3, bar=True),
    Column("95 %", lambda row: interval(row.failure_low, row.failure_high), drop=1),
    Column("tokens", lambda row: number(figures.amount(row.tokens))),
]


def blocks(rows: Sequence[RlmRow]) -> list[Block]:
    """How chunks ran, and what running them side by side saved."""
    return [_answer(rows), Sheet.of(_COLUMNS, rows)]


def waves(rows: Sequence[WaveRow]) -> list[Block]:
    """What fails, and how many tokens it takes, by the number of the wave."""
    return [Heading("by wave"), Sheet.of(_WAVES, rows)] if rows else []


def sizes(rows: Sequence[ChunkSizeRow], edges: Sequence[ChunkEdgeRow] = ()) -> list[Block]:
    """What fails, how long it takes and how right it is, by the size of the chunks."""
    if not rows:
        return []
    clear = [row for row in edges if row.clear]
    said: list[Block] = []
    if clear:
        said.append(Sentence(f"{edge_in_words(max(clear, key=lambda row: -row.chance))}.", "bad"))
    return [Heading("by size of the chunks"), *said, Sheet.of(_SIZES, rows)]


def edge_in_words(row: ChunkEdgeRow) -> str:
    """``Chunks of 100k chars and more fail 6 times as often as smaller ones: 19 % against 3 %``."""
    above, below = row.above_failed / row.above, row.below_failed / row.below
    unit = f" {visible(row.unit)}" if row.unit is not None else ""
    size = figures.amount(row.edge).replace(".0", "") + unit
    which, others = f"Chunks of {size} and more", "smaller ones"
    more, less = above, below
    if row.difference < 0:
        which, others, more, less = f"Chunks below {size}", "larger ones", below, above
    times = more / less if less else 0.0
    often = f"{times:.0f} times as often as" if times >= 1.5 else "more often than"
    return f"{which} fail {often} {others}: {figures.share(more)} against {figures.share(less)}"


def _answer(rows: Sequence[RlmRow]) -> Sentence:
    chunks = sum(row.chunks for row in rows)
    failed = sum(row.failed for row in rows)
    text = f"{counted(chunks, 'chunk')}, {failed:,} failed"
    parallel = [row.speedup for row in rows if row.mode == "parallel" and row.speedup is not None]
    if len(parallel) == 1:
        text += f"; of the parallel ones {figures.mean(parallel[0])} ran at a time"
    return Sentence(text + ".")
