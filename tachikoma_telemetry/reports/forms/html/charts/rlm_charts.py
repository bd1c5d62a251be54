"""The charts of the section `rlm`: chunks, by how they ran and by size."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.rlm.rows import ChunkSizeRow, RlmRow
from ....sections.rlm.sheet import size_range
from .. import svg
from ..chart import MOST, Chart, Row, label, rates, rows, span


def rlm(parts: Parts) -> list[Chart]:
    """How long chunks take, by how they ran, and how often they fail, by their size."""
    return [*_chunk_times(parts["rlm"]), *_chunk_failures(parts["chunk_sizes"])]


def _chunk_failures(sizes: list[ChunkSizeRow]) -> list[Chart]:
    given = [
        (size_range(row), row.failure_rate, row.failure_low, row.failure_high, row.chunks)
        for row in sizes
        if row.failure_rate is not None
    ]
    return [rates("Chunks that fail, by size", ("size", "failed"), given)] if len(given) > 1 else []


def _chunk_times(chunks: list[RlmRow]) -> list[Chart]:
    timed = [
        (row, row.duration_p50_ms, row.duration_p95_ms or row.duration_p50_ms)
        for row in chunks[:MOST]
        if row.duration_p50_ms
    ]
    if not timed:
        return []
    scale = svg.durations(min(p50 for _, p50, _ in timed) / 2, max(p95 for *_, p95 in timed) * 2)
    drawn = [
        Row(
            label(row.skill, row.mode),
            span(scale, p50, p50, p95),
            [
                *(figures.duration(p50), figures.duration(p95)),
                *(figures.factor(row.speedup), figures.count(row.chunks)),
            ],
        )
        for row, p50, p95 in timed
    ]
    note = "The dot is the median, the line goes to the 95th percentile."
    heads = ["skill · mode", "p50", "p95", "speed-up", "chunks"]
    return [rows("How long chunks take", note, heads, drawn, scale)]
