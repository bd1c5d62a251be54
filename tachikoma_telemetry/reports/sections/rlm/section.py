"""The section `rlm`."""

from __future__ import annotations

from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Heading, Sentence, Sheet, bar, interval, name, number
from ...query import records
from ...section import Part, Section, part
from .edges import chunk_edges
from .rows import ChunkEdgeRow, ChunkSizeRow, RlmRow, WaveRow


def _size_range(row: ChunkSizeRow) -> str:
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


def _succeeded(row: RlmRow) -> str:
    return figures.share_of(row.success_rate, row.succeeded + row.failed)


def _chunk_size(row: RlmRow) -> str:
    size = figures.amount(row.chunk_size_p50)
    if row.chunk_size_p50 is None or row.unit is None:
        return size
    return figures.Figure(f"{size} {visible(row.unit)}", row.chunk_size_p50)


_COLUMNS = [
    Column("skill", name, "skill", "strong", right=False, shrink=12, grouped=True),
    Column("mode", name, "mode", right=False),
    Column("runs", figures.count, "runs", drop=6),
    Column("chunks ok", _succeeded),
    Column("", bar, "success_rate", drop=9, bar=True),
    Column("95 %", interval, ("success_low", "success_high"), drop=8),
    Column("size p50", _chunk_size, drop=4),
    Column("time p50", figures.duration, "duration_p50_ms"),
    Column("p95", figures.duration, "duration_p95_ms", drop=3),
    Column("total time", figures.duration, "wall_ms", drop=1),
    Column("speed-up", figures.factor, "speedup"),
    Column("tok. per chunk", figures.amount, "tokens_per_chunk", drop=5),
    Column("accuracy", _accuracy, drop=2),
]


def _failures(rate: float | None, failed: int) -> Cell:
    return number(figures.share(rate), "bad" if failed else "plain")


_SIZES = [
    Column("size", lambda row: Cell(_size_range(row), "strong"), right=False),
    Column("chunks", figures.count, "chunks"),
    Column("failed", _failures, ("failure_rate", "failed")),
    Column("", bar, "failure_rate", drop=3, bar=True),
    Column("95 %", interval, ("failure_low", "failure_high"), drop=2),
    Column("time p50", figures.duration, "duration_p50_ms"),
    Column("tok. per chunk", figures.amount, "tokens_per_chunk", drop=4),
    Column("accuracy", _accuracy, drop=1),
]

_WAVES = [
    Column("wave", figures.count, "wave", right=False),
    Column("runs", figures.count, "runs", drop=2),
    Column("chunks", figures.count, "chunks"),
    Column("failed", _failures, ("failure_rate", "failed")),
    Column("", bar, "failure_rate", drop=3, bar=True),
    Column("95 %", interval, ("failure_low", "failure_high"), drop=1),
    Column("tokens", figures.amount, "tokens"),
]


def blocks(rows: Sequence[RlmRow]) -> list[Block]:
    """How chunks ran, and what running them side by side saved."""
    return [_answer(rows), Sheet(_COLUMNS, rows)]


def waves(rows: Sequence[WaveRow]) -> list[Block]:
    """What fails, and how many tokens it takes, by the number of the wave."""
    return [Heading("by wave"), Sheet(_WAVES, rows)] if rows else []


def sizes(rows: Sequence[ChunkSizeRow], edges: Sequence[ChunkEdgeRow] = ()) -> list[Block]:
    """What fails, how long it takes and how right it is, by the size of the chunks."""
    if not rows:
        return []
    clear = [row for row in edges if row.clear]
    said: list[Block] = []
    if clear:
        said.append(Sentence(f"{edge_in_words(max(clear, key=lambda row: -row.chance))}.", "bad"))
    return [Heading("by size of the chunks"), *said, Sheet(_SIZES, rows)]


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


SECTION: Section[None] = Section(
    name="rlm",
    question="how chunks run: sizes, times, parallel against sequential, accuracy",
    parts={
        "rlm": part(__package__, "rlm", RlmRow),
        "waves": part(__package__, "waves", WaveRow, in_brief=False),
        "chunk_sizes": part(__package__, "chunk_sizes", ChunkSizeRow, in_brief=False),
        "chunk_edges": Part(
            ChunkEdgeRow,
            lambda request: chunk_edges(records(request.store, __package__, "chunk_sessions")),
            in_brief=False,
        ),
    },
    blocks=lambda parts: [
        *blocks(parts["rlm"]),
        *waves(parts["waves"]),
        *sizes(parts["chunk_sizes"], parts["chunk_edges"]),
    ],
    brief=lambda parts: blocks(parts["rlm"]),
    size=lambda parts: sum(row.chunks for row in parts["rlm"]),
    empty="No chunk was recorded yet: `with run.rlm_chunk(…)` records it.",
    needs=("row_people",),
    columns=(*_COLUMNS, *_WAVES, *_SIZES),
    headings={
        "chunks ok": "chunks that succeeded, of those that ended",
        "size p50": "median size of a chunk",
        "speed-up": "summed time of the chunks over their total time",
        "accuracy": "mean accuracy, and of how many chunks it is known",
        "size": "range of sizes, the lower edge inside it",
    },
)
