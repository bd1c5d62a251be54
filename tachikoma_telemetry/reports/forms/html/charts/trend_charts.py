"""The charts of the section `trend`: what happened in each period, skill versions marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from .....visible import visible
from .... import figures
from ....section import Parts
from ....sections.trend.rows import TrendRow
from ....sections.trend.sheet import thing
from .. import chart_kinds
from ..chart import (
    AXIS_LABEL,
    COLOR,
    SERIES,
    Chart,
    Drawn,
    Marks,
    Row,
    keys,
)

_MOST_PERIODS = 200


@dataclass(frozen=True, slots=True)
class _Excerpt:
    rows: Sequence[Row]
    first: int
    last: int
    hidden: int


def trend(parts: Parts) -> list[Chart]:
    """How often the most used things were used in each period, and how they succeeded."""
    shown = _shown(parts["trend"])
    return [_uses(shown), *_rates(shown)]


def _shown(rows: Sequence[TrendRow]) -> _Excerpt:
    """The most used things in the latest periods, the most used first."""
    starts = sorted({row.started for row in rows})[-_MOST_PERIODS:]
    uses: dict[str, int] = {}
    for row in rows:
        uses[thing(row)] = uses.get(thing(row), 0) + row.uses
    things = sorted(uses, key=lambda each: -uses[each])
    kept = [row for row in rows if row.started >= starts[0] and thing(row) in things[: len(SERIES)]]
    kept.sort(key=lambda row: (things.index(thing(row)), row.started))
    return _Excerpt(
        [_row(row) for row in kept],
        min(figures.wall_clock(row.started) for row in kept),
        max(figures.wall_clock(row.ended) for row in kept),
        max(0, len(things) - len(SERIES)),
    )


def _row(row: TrendRow) -> Row:
    return {
        "name": thing(row),
        "from": figures.wall_clock(row.started),
        "to": figures.wall_clock(row.ended),
        "many": row.uses,
        "rate": row.success_rate,
        "low": row.success_low,
        "high": row.success_high,
        "period": row.period,
        "uses": figures.count(row.uses),
        "of": figures.share_of(row.success_rate, row.finished),
        "interval": figures.interval(row.success_low, row.success_high),
        "duration": figures.duration(row.duration_p50_ms),
        "version": ", ".join(map(visible, row.new_versions)) or figures.UNKNOWN,
        "new": bool(row.new_versions),
    }


_FIELDS = {"period": "period", "name": "name"}


def _uses(shown: _Excerpt) -> Chart:
    """Stacked here: Vega-Lite does not stack bars that are as wide as their period."""
    floors: dict[int, int] = {}
    for row in shown.rows:
        row["floor"] = floors.get(row["from"], 0)
        row["top"] = floors[row["from"]] = row["floor"] + row["many"]
    marks = Marks(shown.rows, {**_FIELDS, "uses": "uses"})
    drawn = (
        alt.Chart(marks.data())
        .mark_rect(stroke=COLOR["card"], strokeWidth=0.5)
        .encode(
            x=_time(shown),
            x2="to:T",
            y=alt.Y("floor:Q").title("uses"),
            y2="top:Q",
            color=_color(shown),
            tooltip=marks.tooltip(),
            description=alt.Description("said:N"),
        )
        .properties(height=180)
    )
    note = "How often each was used in each period."
    note += f" {shown.hidden} less used are in the table alone." if shown.hidden else ""
    return Chart("Use over time", note, drawn, marks.numbers())


def _rates(shown: _Excerpt) -> list[Chart]:
    """A line for one thing; strips for several, whose lines would hide each other."""
    rows = [row for row in shown.rows if row["rate"] is not None]
    if not rows:
        return []
    fields = {"of": "succeeded", "interval": "95 %", "duration": "p50", "version": "new version"}
    marks = Marks(rows, {**_FIELDS, **fields})
    draw, note = (_line, _LINE) if len(keys(rows, "name")) == 1 else (_strips, _STRIPS)
    newer = [row for row in rows if row["new"]]
    drawn = draw(shown, marks, Marks(newer, marks.fields))
    note += _VERSIONS if newer else "."
    return [Chart("Success over time", note, drawn, marks.numbers())]


_LINE = "The dot is the rate in a period, the line through it its 95 % interval"
_STRIPS = "The darker, the larger the share that succeeded; empty: nothing ended"
_VERSIONS = "; a triangle: a new version of the skill was first loaded then."


def _line(shown: _Excerpt, marks: Marks, newer: Marks) -> Drawn:
    scale = alt.Scale(domain=[0, 1])
    rate = alt.Y("rate:Q").title("succeeded").scale(scale).axis(format=".0%")
    base = alt.Chart(marks.data()).encode(
        x=_time(shown), tooltip=marks.tooltip(), description=alt.Description("said:N")
    )
    spans = base.mark_rule(strokeWidth=2.5, opacity=0.35, stroke=COLOR["accent"], aria=False)
    layers = [
        spans.encode(y=alt.Y("low:Q").title("succeeded").scale(scale), y2="high:Q"),
        base.mark_line(strokeWidth=1.5, stroke=COLOR["accent"], aria=False).encode(y=rate),
        base.mark_point(filled=True, opacity=1, size=70, fill=COLOR["accent"]).encode(y=rate),
        *_triangles(shown, newer, alt.YDatum(0)),
    ]
    return alt.layer(*layers).properties(height=240)


def _strips(shown: _Excerpt, marks: Marks, newer: Marks) -> Drawn:
    names = chart_kinds.names(marks.rows, "name")
    shade = alt.Scale(type="pow", exponent=2, domain=[0, 1], range=[0.06, 0.9])
    strips = (
        alt.Chart(marks.data())
        .mark_rect(fill=COLOR["heat"], stroke=COLOR["card"], strokeWidth=0.5, height={"band": 0.75})
        .encode(
            x=_time(shown),
            x2="to:T",
            y=names,
            fillOpacity=alt.FillOpacity("rate:Q").scale(shade).legend(None),
            tooltip=marks.tooltip(),
            description=alt.Description("said:N"),
        )
    )
    height = chart_kinds.height(marks.rows, "name", 34)
    return alt.layer(strips, *_triangles(shown, newer, names)).properties(height=height)


def _triangles(shown: _Excerpt, newer: Marks, at: alt.Y | alt.YDatum) -> list[alt.Chart]:
    if not newer.rows:
        return []  # Vega warns of a layer without data
    said = alt.Description("said:N")
    marks = alt.Chart(newer.data()).mark_point(
        filled=True, shape="triangle-up", size=60, opacity=1, fill=COLOR["ink"]
    )
    return [marks.encode(x=_time(shown), y=at, tooltip=newer.tooltip(), description=said)]


def _time(shown: _Excerpt) -> alt.X:
    return chart_kinds.time_axis("from", shown.first, shown.last)


def _color(shown: _Excerpt) -> alt.Color:
    names = keys(shown.rows, "name")
    scale = alt.Scale(domain=names, range=list(SERIES[: len(names)]))
    legend = alt.Legend(
        title=None, orient="bottom", columns=2, labelExpr=AXIS_LABEL, labelLimit=150
    )
    return alt.Color("name_key:N").scale(scale).legend(legend if len(names) > 1 else None)
