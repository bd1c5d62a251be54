"""The charts of the sections `tools`, `models` and `sessions`."""

from __future__ import annotations

import altair as alt

from .... import figures
from ....section import Parts
from ....sections.models.rows import ModelRow
from .. import chart_kinds
from ..chart import (
    COLOR,
    MOST,
    RATE_NOTE,
    SERIES,
    Chart,
    Marks,
    Row,
    label,
)
from ..chart_kinds import Percentiles

_MOST_SESSIONS = 1000


def tools(parts: Parts) -> list[Chart]:
    """How often calls succeed, and how their durations are spread."""
    rows = [row for row in parts["tools"] if row.success_rate is not None][:MOST]
    charts = []
    if rows:
        charts.append(
            chart_kinds.rates(
                "Calls that succeed",
                RATE_NOTE,
                [
                    {
                        "name": label(row.tool),
                        "rate": row.success_rate,
                        "low": row.success_low,
                        "high": row.success_high,
                        "of": figures.share_of(row.success_rate, row.succeeded + row.failed),
                    }
                    for row in rows
                ],
                {"name": "tool", "of": "succeeded"},
            )
        )
    timed: Percentiles = {
        row.tool: (row.duration_p50_ms, row.duration_p95_ms)
        for row in parts["tools"]
        if row.duration_p50_ms is not None
    }
    if timed:
        spread = [(row.tool, row.low_ms, row.high_ms, row.n) for row in parts["tool_durations"]]
        charts.append(
            chart_kinds.strips("How long calls take", spread, chart_kinds.first_of(timed), "tool")
        )
    return charts


_TOKENS = {
    "tokens_input": "input",
    "tokens_cache_read": "cache read",
    "tokens_cache_write": "cache write",
    "tokens_output": "output",
    "tokens_reasoning": "reasoning",
}


def models(parts: Parts) -> list[Chart]:
    """What each model's tokens were."""
    cells: list[Row] = []
    rows: list[ModelRow] = parts["models"]
    for row in rows[:MOST]:
        for place, (field, kind) in enumerate(_TOKENS.items()):
            many = getattr(row, field)
            if many:
                cells.append(
                    {
                        "name": label(row.model),
                        "kind": kind,
                        "place": place,
                        "many": many,
                        "tokens": figures.amount(many),
                        "cost": figures.money(row.cost),
                    }
                )
    if not cells:
        return []
    marks = Marks(
        cells,
        {"name": "model", "kind": "kind", "tokens": "tokens", "cost": "cost of all its tokens"},
    )
    kinds = {cell["kind"] for cell in cells}
    drawn = (
        alt.Chart(marks.data())
        .mark_bar(height={"band": 0.6})
        .encode(
            x=alt.X("many:Q").title(None).axis(format="~s"),
            y=chart_kinds.names(cells, "name"),
            color=alt.Color("kind:N")
            .scale(
                domain=[kind for kind in _TOKENS.values() if kind in kinds],
                range=[
                    color
                    for color, kind in zip(SERIES, _TOKENS.values(), strict=False)
                    if kind in kinds
                ],
            )
            .legend(title=None, orient="bottom", columns=2),
            order=alt.Order("place:Q"),
            tooltip=marks.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=chart_kinds.height(cells, "name", 30))
    )
    return [Chart("Tokens by model", "What was sent, and what came back.", drawn, marks.numbers())]


def sessions(parts: Parts) -> list[Chart]:
    """Each session: when it began, and what it cost; without costs, how many calls it had."""
    rows = [row for row in parts["sessions"] if row.started is not None][:_MOST_SESSIONS]
    if len(rows) < 2:
        return []
    starts = [figures.wall_clock(row.started) for row in rows]
    costly = any(row.cost for row in rows)
    marks = Marks(
        [
            {
                "started": started,
                "many": (row.cost or 0) if costly else row.calls,
                "moment": figures.moment(row.started),
                "title": label(row.title),
                "calls": figures.count(row.calls),
                "failed": figures.count(row.failed),
                "cost": figures.money(row.cost),
            }
            for row, started in zip(rows, starts, strict=True)
        ],
        {
            "moment": "started",
            "title": "title",
            "calls": "calls",
            "failed": "failed",
            "cost": "cost",
        },
    )
    drawn = (
        alt.Chart(marks.data())
        .mark_point(filled=True, size=45, opacity=0.6, fill=COLOR["accent"])
        .encode(
            x=chart_kinds.time_axis("started", min(starts), max(starts)),
            y=alt.Y("many:Q").title("cost ($)" if costly else "calls"),
            tooltip=marks.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=220)
    )
    title = "What sessions cost" if costly else "How many calls sessions have"
    return [Chart(title, "A dot is a session, at the time it began.", drawn, marks.numbers())]
