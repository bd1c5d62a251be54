"""The chart of the section `rlm`: how long chunks take."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.rlm.rows import RlmRow
from .. import svg
from ..chart import MOST, Chart, ChartRow, label, rows, span


def rlm(parts: Parts) -> list[Chart]:
    """How long chunks take, by how they ran."""
    chunks: list[RlmRow] = parts["rlm"]
    timed = [
        (row, row.duration_p50_ms, row.duration_p95_ms or row.duration_p50_ms)
        for row in chunks[:MOST]
        if row.duration_p50_ms
    ]
    if not timed:
        return []
    scale = svg.durations(min(p50 for _, p50, _ in timed) / 2, max(p95 for *_, p95 in timed) * 2)
    drawn = [
        ChartRow(
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
