"""The kinds of charts that several sections share."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from ... import figures
from .chart import (
    AXIS_LABEL,
    COLOR,
    MOST,
    Chart,
    Drawn,
    Marks,
    Row,
    keys,
    label,
)

_DAYS, _MINUTES = 2 * 24 * 3_600_000, 600_000  # ms
_LABELS = 170
_STEP = 26
_CELL = 46

# A log axis of durations is labelled in clock units: 10 ms, 1 s, 1 min. ms, coarse and fine.
_DURATIONS = (1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000)
_BETWEEN = (2, 5, 20, 50, 200, 500, 2000, 5000, 20_000, 120_000, 300_000, 1_200_000, 7_200_000)
_NARROW = 200  # a range of fewer times than this is labelled finely
_DURATION_LABEL = (
    "datum.value < 1000 ? datum.value + ' ms' : "
    "datum.value < 60000 ? datum.value / 1000 + ' s' : "
    "datum.value < 3600000 ? datum.value / 60000 + ' min' : datum.value / 3600000 + ' h'"
)

Percentiles = dict[str | None, tuple[float | None, float | None]]
"""By name: p50 and p95 in ms."""


def first_of(timed: Percentiles) -> Percentiles:
    """As many as a chart shows."""
    return dict(list(timed.items())[:MOST])


def names(rows: Sequence[Row], field: str) -> alt.Y:
    """Rows named at the left, in their order."""
    return (
        alt.Y(f"{field}_key:N")
        .sort(keys(rows, field))
        .title(None)
        .axis(labelExpr=AXIS_LABEL, labelLimit=_LABELS, ticks=False, domain=False)
    )


def height(rows: Sequence[Row], field: str, each: int = _STEP) -> int:
    """px that the named rows take. A step would do, but Vega-Lite warns of one on the console."""
    return each * len(keys(rows, field))


def time_axis(field: str, first: int, last: int) -> alt.X:
    """Times from `first` to `last`, both ms of a wall clock: days, or the time of day."""
    form = "%d %b" if last - first > _DAYS else "%H:%M" if last - first > _MINUTES else "%H:%M:%S"
    # The scale is UTC's, so that it says what the tables say, wherever the page is opened.
    return alt.X(f"{field}:T").title(None).scale(type="utc").axis(format=form)


def duration_axis(field: str, low: float, high: float) -> alt.X:
    """Durations from `low` to `high` ms, on a logarithmic scale."""
    ticks = [*_DURATIONS, *_BETWEEN] if high < _NARROW * low else [*_DURATIONS]
    return (
        alt.X(f"{field}:Q")
        .title(None)
        .scale(type="log", domain=[low, high], nice=False)
        .axis(
            values=sorted(ticks),
            tickCount=len(ticks),
            labelExpr=_DURATION_LABEL,
            labelOverlap="greedy",
        )
    )


def rates(title: str, note: str, rows: Sequence[Row], fields: dict[str, str]) -> Chart:
    """A dot for each rate, with its interval.

    Args:
        title: what the rates are.
        note: how to read them.
        rows: `name`, `rate`, `low` and `high`; rates are 0–1.
        fields: what the reader sees besides, by field, with its heading.

    """
    for row in rows:
        row["interval"] = figures.interval(row["low"], row["high"])
    marks = Marks(rows, {**fields, "interval": "95 %"})
    base = alt.Chart(marks.data()).encode(
        y=names(rows, "name"), tooltip=marks.tooltip(), description=alt.Description("said:N")
    )
    axis = alt.X("rate:Q").title(None).scale(domain=[0, 1]).axis(format=".0%")
    spans = base.mark_rule(strokeWidth=2.5, opacity=0.45, stroke=COLOR["accent"], aria=False)
    dots = base.mark_point(filled=True, size=90, opacity=1, fill=COLOR["accent"])
    drawn = alt.layer(
        spans.encode(x=axis.copy(), x2="high:Q").encode(x=alt.X("low:Q").title(None)),
        dots.encode(x=axis),
    )
    return Chart(title, note, drawn.properties(height=height(rows, "name")), marks.numbers())


def bars(title: str, note: str, rows: Sequence[Row], fields: dict[str, str]) -> Chart:
    """A bar for each amount.

    Args:
        title: what is counted.
        note: how to read it.
        rows: `name` and `many`.
        fields: what the reader sees, by field, with its heading.

    """
    marks = Marks(rows, fields)
    drawn = (
        alt.Chart(marks.data())
        .mark_bar(fill=COLOR["accent"], height={"band": 0.6})
        .encode(
            x=alt.X("many:Q").title(None).axis(format="~s"),
            y=names(rows, "name"),
            tooltip=marks.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=height(rows, "name"))
    )
    return Chart(title, note, drawn, marks.numbers())


def grid(title: str, note: str, rows: Sequence[Row], fields: dict[str, str]) -> Chart:
    """A heat map that says in each cell what its shade means.

    Args:
        title: what it shows.
        note: what rows, columns and shade are.
        rows: `down`, `across`, `shade` (0–1), `text`, and `color`, a name of `COLOR`. Labels are
            in the order in which they come.
        fields: what the reader sees, by field, with its heading.

    """
    for row in rows:
        row["paint"] = COLOR[row["color"]]
    marks = Marks(rows, fields)
    across = keys(rows, "across")
    base = alt.Chart(marks.data()).encode(
        x=alt.X("across_key:N")
        .sort(across)
        .title(None)
        .axis(
            orient="top",
            labelExpr=AXIS_LABEL,
            labelAngle=40 if len(across) > 3 else 0,
            labelLimit=110,
            ticks=False,
            domain=False,
        ),
        y=names(rows, "down"),
        tooltip=marks.tooltip(),
    )
    # Never so dark that the text on it could not be read, in either scheme. The square shows the
    # rates apart that matter: 0.6 from 0.9 rather than 0.1 from 0.2.
    scale = alt.Scale(type="pow", exponent=2, domain=[0, 1], range=[0.07, 0.55])
    shade = alt.FillOpacity("shade:Q").scale(scale).legend(None)
    cells = base.mark_rect(stroke=COLOR["card"], strokeWidth=2).encode(
        fill=alt.Fill("paint:N").scale(None),
        fillOpacity=shade,
        description=alt.Description("said:N"),
    )
    lines = max((row["text"].count("\n") for row in rows), default=0)
    texts = base.mark_text(
        lineBreak="\n", lineHeight=15, dy=-7 * lines, fontSize=12, fill=COLOR["ink"], aria=False
    ).encode(text="text:N")
    drawn: Drawn = alt.layer(cells, texts).properties(height=height(rows, "down", _CELL))
    return Chart(title, note, drawn, marks.numbers(), least=120 + 46 * len(across))


def strips(
    title: str,
    rows: Sequence[tuple[str | None, float, float | None, int]],
    percentiles: Percentiles,
    what: str,
) -> Chart:
    """Distributions of durations, a strip each.

    Args:
        title: what took that long.
        rows: name, lower and upper edge of the bin (ms; None is open) and how many fell in it.
        percentiles: by name, p50 and p95 in ms; strips are in its order.
        what: the heading of the names.

    """
    sums: dict[str | None, int] = {}
    for name, _, _, many in rows:
        sums[name] = sums.get(name, 0) + many
    low = max(min((low for _, low, _, _ in rows), default=1), 0.5)
    high = max(high or 2 * low for _, low, high, _ in rows)
    cells: list[Row] = [
        {
            "name": label(name),
            "from": max(start, low),
            "to": end or 2 * start,
            "shade": many / sums[name],
            "span": figures.Figure(_span(start, end), start),
            "many": figures.Figure(figures.share_of(many / sums[name], sums[name]), many),
        }
        for name in percentiles
        for each, start, end, many in rows
        if each == name
    ]
    tiles = Marks(cells, {"name": what, "span": "duration", "many": "share"})
    points: list[Row] = [
        {
            "name": label(name),
            "p50": max(p50 or 0, low),
            "p95": max(p95 or 0, low),
            "p50_text": figures.duration(p50),
            "p95_text": figures.duration(p95),
        }
        for name, (p50, p95) in percentiles.items()
        if name in sums
    ]
    medians = Marks(points, {"name": what, "p50_text": "p50", "p95_text": "p95"})
    axis = duration_axis("from", low, high)
    shade = alt.FillOpacity("shade:Q").scale(type="sqrt", domain=[0, 1], range=[0, 0.9])
    strip = (
        alt.Chart(tiles.data())
        .mark_rect(fill=COLOR["heat"], height={"band": 0.75})
        .encode(
            x=axis,
            x2="to:Q",
            y=names(cells, "name"),
            fillOpacity=shade.legend(None),
            tooltip=tiles.tooltip(),
            description=alt.Description("said:N"),
        )
    )
    ticks = [
        alt.Chart(medians.data())
        .mark_tick(thickness=thickness, fill=COLOR["ink"], size=20, opacity=1, aria=False)
        .encode(x=alt.X(f"{field}:Q").title(None), y=names(cells, "name"))
        .encode(tooltip=medians.tooltip())
        for field, thickness in (("p50", 3), ("p95", 1))
    ]
    drawn = alt.layer(strip, *ticks).properties(height=height(cells, "name", 30))
    note = (
        "The darker, the larger the share that took that long; thick line: median, thin line: "
        "95th percentile."
    )
    return Chart(title, note, drawn, tiles.numbers(), least=360)


def _span(start: float, end: float | None) -> str:
    if end is None:
        return f"from {figures.duration(start)}"
    return f"{figures.duration(start)} – {figures.duration(end)}"
