"""The charts of the section `rlm`: chunks, by how they ran and by size."""

from __future__ import annotations

import altair as alt

from .... import figures
from ....section import Parts
from ....sections.rlm.rows import ChunkSizeRow, RlmRow
from ....sections.rlm.sheet import size_range
from .. import chart_kinds
from ..chart import COLOR, MOST, RATE_NOTE, Chart, Marks, Row, label


def rlm(parts: Parts) -> list[Chart]:
    """How long chunks take, by how they ran, and how often they fail, by their size."""
    return [*_chunk_times(parts["rlm"]), *_chunk_failures(parts["chunk_sizes"])]


def _chunk_failures(rows: list[ChunkSizeRow]) -> list[Chart]:
    if len(rows) < 2:
        return []
    cells: list[Row] = [
        {
            "name": size_range(row),
            "rate": row.failure_rate,
            "low": row.failure_low,
            "high": row.failure_high,
            "chunks": figures.count(row.chunks),
            "failed": figures.share(row.failure_rate),
        }
        for row in rows
        if row.failure_rate is not None
    ]
    fields = {"name": "size", "chunks": "chunks", "failed": "failed"}
    return (
        [chart_kinds.rates("Chunks that fail, by size", RATE_NOTE, cells, fields)] if cells else []
    )


def _chunk_times(chunks: list[RlmRow]) -> list[Chart]:
    rows = [row for row in chunks if row.duration_p50_ms][:MOST]
    if not rows:
        return []
    marks = Marks(
        [
            {
                "name": label(row.skill, row.mode),
                "p50": row.duration_p50_ms,
                "p95": row.duration_p95_ms,
                "p50_text": figures.duration(row.duration_p50_ms),
                "p95_text": figures.duration(row.duration_p95_ms),
                "chunks": figures.count(row.chunks),
                "speedup": figures.factor(row.speedup),
            }
            for row in rows
        ],
        {
            "name": "skill · mode",
            "chunks": "chunks",
            "p50_text": "p50",
            "p95_text": "p95",
            "speedup": "speed-up",
        },
    )
    low = min(row.duration_p50_ms or 1 for row in rows)
    high = max(row.duration_p95_ms or 1 for row in rows)
    base = alt.Chart(marks.data()).encode(
        y=chart_kinds.names(marks.rows, "name"),
        tooltip=marks.tooltip(),
        description=alt.Description("said:N"),
    )
    axis = chart_kinds.duration_axis("p50", low / 2, high * 2)
    drawn = alt.layer(
        base.mark_rule(strokeWidth=2.5, opacity=0.45, stroke=COLOR["accent"], aria=False).encode(
            x=axis, x2="p95:Q"
        ),
        base.mark_point(filled=True, size=90, opacity=1, fill=COLOR["accent"]).encode(x=axis),
    )
    return [
        Chart(
            "How long chunks take",
            "The dot is the median, the line goes to the 95th percentile.",
            drawn.properties(height=chart_kinds.height(marks.rows, "name")),
            marks.numbers(),
        )
    ]
