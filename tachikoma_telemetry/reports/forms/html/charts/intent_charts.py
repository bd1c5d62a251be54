"""The charts of the section `intents`: confusion and calibration."""

from __future__ import annotations

import altair as alt

from .... import figures
from ....section import Parts
from ....sections.intents.rows import CalibrationRow, ConfusionRow
from .. import chart_kinds
from ..chart import COLOR, Chart, Marks, Row, label

_MOST_INTENTS = 25


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
    return [chart_kinds.grid("Confusion matrix", note, cells, fields)]


def _calibration(rows: list[CalibrationRow]) -> list[Chart]:
    if not rows:
        return []
    marks = Marks(
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
    base = alt.Chart(marks.data()).encode(
        x=stated, tooltip=marks.tooltip(), description=alt.Description("said:N")
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
    return [Chart("Calibration", note, drawn.properties(height=300), marks.numbers())]
