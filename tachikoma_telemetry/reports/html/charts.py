"""Which charts each section has. To add one: a function of the section's rows, and its place here.

A section without rows gets none, and a function gives none where there is nothing to compare.
Charts show the first rows of many; the tables have them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import altair as alt

from .. import figures
from ..rows import (
    CalibrationRow,
    ChunkSizeRow,
    ConfusionRow,
    EditRow,
    IterationRow,
    ModelRow,
    RlmRow,
    SkillRow,
)
from ..sheets.rlm import size_range
from . import shapes, trends
from .chart import COLOR, SERIES, Chart, Row, Told, label
from .shapes import Percentiles

Parts = Mapping[str, list[Any]]

_MOST = 15
_MOST_FORMATS = 12
_MOST_INTENTS = 25
_MOST_SESSIONS = 1000

_RATE = "The dot is the rate, the line its 95 % interval: the longer, the less is known."


def skills(parts: Parts) -> list[Chart]:
    """How often runs succeed, how long they take; without runs, how often skills are loaded."""
    rows: list[SkillRow] = parts["skills"]
    rated = [row for row in rows if row.success_rate is not None][:_MOST]
    charts = []
    if rated:
        charts.append(
            shapes.rates(
                "Runs that succeed",
                _RATE,
                [
                    {
                        "name": label(row.skill),
                        "rate": row.success_rate,
                        "low": row.success_low,
                        "high": row.success_high,
                        "of": figures.share_of(row.success_rate, _ended(row)),
                    }
                    for row in rated
                ],
                {"name": "skill", "of": "succeeded"},
            )
        )
    loaded = [row for row in rows if row.loads][:_MOST]
    if loaded and not rated:
        charts.append(
            shapes.bars(
                "Skills that are loaded",
                "Loads that succeeded.",
                [
                    {
                        "name": label(row.skill),
                        "many": row.loads,
                        "loads": figures.count(row.loads),
                        "failed": figures.count(row.failed_loads),
                    }
                    for row in loaded
                ],
                {"name": "skill", "loads": "loads", "failed": "more that failed"},
            )
        )
    timed: Percentiles = {
        row.skill: (row.run_p50_ms, row.run_p95_ms) for row in rows if row.run_p50_ms is not None
    }
    if timed:
        spread = [(row.skill, row.low_ms, row.high_ms, row.n) for row in parts["run_durations"]]
        charts.append(shapes.strips("How long runs take", spread, _first(timed), "skill"))
    return charts


def _ended(row: SkillRow) -> int:
    return (row.succeeded or 0) + (row.failed or 0) + (row.escalations or 0)


def _first(timed: Percentiles) -> Percentiles:
    return dict(list(timed.items())[:_MOST])


def iterations(parts: Parts) -> list[Chart]:
    """How often each stage passes, and which criteria fail."""
    rows: list[IterationRow] = parts["iterations"]
    charts = []
    judged = [row for row in rows if row.pass_rate is not None][:_MOST]
    if judged:
        charts.append(
            shapes.rates(
                "Iterations that pass",
                _RATE,
                [
                    {
                        "name": label(row.skill, *([row.stage] if row.stage else [])),
                        "rate": row.pass_rate,
                        "low": row.pass_low,
                        "high": row.pass_high,
                        "of": figures.share_of(row.pass_rate, row.verdicts),
                    }
                    for row in judged
                ],
                {"name": "skill · stage", "of": "passed"},
            )
        )
    failed: dict[str, int] = {}
    for row in rows:
        for criterion, many in row.failed_criteria.items():
            failed[criterion] = failed.get(criterion, 0) + many
    if failed:
        worst = sorted(failed.items(), key=lambda each: (-each[1], each[0]))[:_MOST]
        charts.append(
            shapes.bars(
                "Criteria that fail",
                "Iterations that failed them, over all skills.",
                [
                    {"name": label(criterion), "many": many, "count": figures.count(many)}
                    for criterion, many in worst
                ],
                {"name": "criterion", "count": "iterations"},
            )
        )
    return charts


def edits(parts: Parts) -> list[Chart]:
    """Formats × models: how often an attempt succeeds."""
    rows: list[EditRow] = [row for row in parts["edits"] if row.attempts]
    formats, models = _weights(rows, "format"), _weights(rows, "model")
    shown_formats, shown_models = formats[:_MOST_FORMATS], models[:_MOST]
    by_place = {(row.model, row.format): row for row in rows}
    cells: list[Row] = [
        {
            "down": label(model),
            "across": label(format),
            "shade": row.success_rate,
            "text": f"{figures.share(row.success_rate)}\nn {figures.amount(row.attempts)}",
            "color": "heat",
            "of": figures.share_of(row.success_rate, row.attempts),
            "interval": figures.interval(row.success_low, row.success_high),
        }
        for model in shown_models
        for format in shown_formats
        if (row := by_place.get((model, format)))
    ]
    if not cells:
        return []
    note = "The darker, the more attempts succeed; n is how many there were."
    hidden = len(formats) - len(shown_formats) + len(models) - len(shown_models)
    note += f" {hidden} less tried are in the table alone." if hidden else ""
    fields = {"down": "model", "across": "format", "of": "succeeded", "interval": "95 %"}
    return [shapes.grid("Edit formats × models", note, cells, fields)]


def _weights(rows: list[EditRow], field: str) -> list[str | None]:
    tried: dict[str | None, int] = {}
    for row in rows:
        name = getattr(row, field)
        tried[name] = tried.get(name, 0) + row.attempts
    return sorted(tried, key=lambda each: (-tried[each], each or ""))


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
    return [shapes.rates("Chunks that fail, by size", _RATE, cells, fields)] if cells else []


def _chunk_times(chunks: list[RlmRow]) -> list[Chart]:
    rows = [row for row in chunks if row.duration_p50_ms][:_MOST]
    if not rows:
        return []
    told = Told(
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
    base = alt.Chart(told.data()).encode(
        y=shapes.names(told.rows, "name"),
        tooltip=told.tooltip(),
        description=alt.Description("said:N"),
    )
    axis = shapes.duration_axis("p50", low / 2, high * 2)
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
            drawn.properties(height=shapes.height(told.rows, "name")),
            told.numbers(),
        )
    ]


def intents(parts: Parts) -> list[Chart]:
    """What is taken for what, and what stated confidence is worth."""
    return [*_confusion(parts["confusion"]), *_calibration(parts["calibration"])]


def _confusion(rows: list[ConfusionRow]) -> list[Chart]:
    seen: dict[str | None, int] = {}
    actual: dict[str, int] = {}
    for row in rows:
        actual[row.actual] = actual.get(row.actual, 0) + row.count
        for each in (row.actual, row.predicted):
            seen[each] = seen.get(each, 0) + row.count
    intents = sorted(seen, key=lambda each: (-seen[each], each or ""))[:_MOST_INTENTS]
    counts = {(row.actual, row.predicted): row.count for row in rows}
    cells: list[Row] = []
    for true in intents:
        for routed in intents:
            many = counts.get((true or "", routed), 0) if true is not None else 0
            if many and true is not None:
                share = many / actual[true]
                cells.append(
                    {
                        "down": label(true),
                        "across": label(routed),
                        "shade": share,
                        "text": figures.count(many),
                        "color": "good" if true == routed else "bad",
                        "many": figures.count(many),
                        "share": figures.share_of(share, actual[true]),
                    }
                )
    if not cells:
        return []
    note = "Rows are the true intents, columns where they were routed: blue is right, red is wrong."
    hidden = len(seen) - len(intents)
    note += f" {hidden} rarer intents are not drawn." if hidden else ""
    fields = {"down": "true", "across": "routed", "many": "requests", "share": "of the true ones"}
    return [shapes.grid("Confusion matrix", note, cells, fields)]


def _calibration(rows: list[CalibrationRow]) -> list[Chart]:
    if not rows:
        return []
    told = Told(
        [
            {
                "stated": row.confidence_mean,
                "right": row.accuracy,
                "low": row.accuracy_low,
                "high": row.accuracy_high,
                "n": row.n,
                "bin": f"{row.confidence_low:.1f}–{row.confidence_high:.1f}",
                "stated_text": figures.share(row.confidence_mean),
                "of": figures.share_of(row.accuracy, row.n),
                "interval": figures.interval(row.accuracy_low, row.accuracy_high),
            }
            for row in rows
        ],
        {
            "bin": "stated confidence",
            "stated_text": "mean stated",
            "of": "right",
            "interval": "95 %",
        },
    )
    share = alt.Scale(domain=[0, 1])
    stated = alt.X("stated:Q").title("stated confidence").scale(share).axis(format=".0%")
    right = alt.Y("right:Q").title("right").scale(share).axis(format=".0%")
    base = alt.Chart(told.data()).encode(
        x=stated, tooltip=told.tooltip(), description=alt.Description("said:N")
    )
    ideal = (
        alt.Chart(alt.InlineData(values=[{"at": 0}, {"at": 1}]))
        .mark_line(stroke=COLOR["faint"], strokeDash=[4, 4], strokeWidth=1.5, aria=False)
        .encode(x=alt.X("at:Q").scale(share), y=alt.Y("at:Q").scale(share))
    )
    spans = base.mark_rule(strokeWidth=2.5, opacity=0.45, stroke=COLOR["accent"], aria=False)
    dots = base.mark_point(filled=True, opacity=1, fill=COLOR["accent"])
    drawn = alt.layer(
        ideal,
        spans.encode(y=alt.Y("low:Q").scale(share).title("right"), y2="high:Q"),
        dots.encode(y=right, size=alt.Size("n:Q").scale(range=[40, 300]).legend(None)),
    )
    note = (
        "On the dashed line confidence is worth what it says; below it, too much is claimed. The "
        "larger the dot, the more requests; the line is the 95 % interval."
    )
    return [Chart("Calibration", note, drawn.properties(height=300), told.numbers())]


def tools(parts: Parts) -> list[Chart]:
    """How often calls succeed, and how their durations are spread."""
    rows = [row for row in parts["tools"] if row.success_rate is not None][:_MOST]
    charts = []
    if rows:
        charts.append(
            shapes.rates(
                "Calls that succeed",
                _RATE,
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
        charts.append(shapes.strips("How long calls take", spread, _first(timed), "tool"))
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
    for row in rows[:_MOST]:
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
    told = Told(
        cells,
        {"name": "model", "kind": "kind", "tokens": "tokens", "cost": "cost of all its tokens"},
    )
    kinds = {cell["kind"] for cell in cells}
    drawn = (
        alt.Chart(told.data())
        .mark_bar(height={"band": 0.6})
        .encode(
            x=alt.X("many:Q").title(None).axis(format="~s"),
            y=shapes.names(cells, "name"),
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
            tooltip=told.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=shapes.height(cells, "name", 30))
    )
    return [Chart("Tokens by model", "What was sent, and what came back.", drawn, told.numbers())]


def sessions(parts: Parts) -> list[Chart]:
    """Each session: when it began, and what it cost; without costs, how many calls it had."""
    rows = [row for row in parts["sessions"] if row.started is not None][:_MOST_SESSIONS]
    if len(rows) < 2:
        return []
    starts = [figures.wall_clock(row.started) for row in rows]
    costly = any(row.cost for row in rows)
    told = Told(
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
        alt.Chart(told.data())
        .mark_point(filled=True, size=45, opacity=0.6, fill=COLOR["accent"])
        .encode(
            x=shapes.time_axis("started", min(starts), max(starts)),
            y=alt.Y("many:Q").title("cost ($)" if costly else "calls"),
            tooltip=told.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=220)
    )
    title = "What sessions cost" if costly else "How many calls sessions have"
    return [Chart(title, "A dot is a session, at the time it began.", drawn, told.numbers())]


def trend(parts: Parts) -> list[Chart]:
    """How often the most used things were used in each period, and how they succeeded."""
    return trends.charts(parts["trend"])


_CHARTS: Mapping[str, Callable[[Parts], list[Chart]]] = {
    "skills": skills,
    "iterations": iterations,
    "edits": edits,
    "rlm": rlm,
    "intents": intents,
    "tools": tools,
    "models": models,
    "sessions": sessions,
    "trend": trend,
}


def charts_of(parts: Parts, sections: Iterable[str]) -> dict[str, list[Chart]]:
    """The charts of each of these sections that has any."""
    charts = {
        section: _CHARTS[section](parts)
        for section in sections
        if section in _CHARTS and parts[section]
    }
    return {section: drawn for section, drawn in charts.items() if drawn}
