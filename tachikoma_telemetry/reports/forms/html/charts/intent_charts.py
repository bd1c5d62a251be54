"""The charts of the section `intents`: confusion and calibration."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.intents.rows import CalibrationRow, ConfusionRow
from .. import svg
from ..chart import Chart, ChartRow, Square, grid, label, rows, span

_MOST_INTENTS = 25


def intents(parts: Parts) -> list[Chart]:
    """What is taken for what, and what stated confidence is worth."""
    return [*_confusion(parts["confusion"]), *_calibration(parts["calibration"])]


def _confusion(given: list[ConfusionRow]) -> list[Chart]:
    seen: dict[str | None, int] = {}
    actual: dict[str, int] = {}
    for row in given:
        actual[row.actual] = actual.get(row.actual, 0) + row.count
        for each in (row.actual, row.predicted):
            seen[each] = seen.get(each, 0) + row.count
    intents = sorted(seen, key=lambda each: (-seen[each], each or ""))[:_MOST_INTENTS]
    counts = {(row.actual, row.predicted): row.count for row in given}

    def square(true: str, routed: str | None) -> Square | None:
        many = counts.get((true, routed))
        if not many:
            return None
        share = many / actual[true]
        said = f"{label(true)} routed to {label(routed)}: {figures.share_of(share, actual[true])}"
        return Square(figures.count(many), "", share if true == routed else -share, said)

    down = [
        (label(true), [square(true, routed) for routed in intents], "")
        for true in intents
        if true is not None and true in actual
    ]
    if not down:
        return []
    note = (
        "Rows are the true intents, columns where they were routed: green is right, red is wrong; "
        "the darker, the larger the share of the row."
    )
    hidden = len(seen) - len(intents)
    note += f" {hidden} rarer intents are not drawn." if hidden else ""
    return [Chart("Confusion matrix", note, grid("Confusion matrix", [*map(label, intents)], down))]


def _calibration(given: list[CalibrationRow]) -> list[Chart]:
    if not given:
        return []
    drawn = [
        ChartRow(
            f"{row.confidence_low:.1f}–{row.confidence_high:.1f}",
            svg.tick(svg.RATES.at(row.confidence_mean), "median")
            + span(svg.RATES, row.accuracy, row.accuracy_low, row.accuracy_high),
            [figures.share_of(row.accuracy, row.n), figures.share(row.confidence_mean)],
        )
        for row in given
    ]
    note = (
        "Thick line: the confidence that was stated; dot and line: how often that was right, with "
        "its 95 % interval. A dot left of the thick line claims too much."
    )
    heads = ["stated confidence", "right", "stated"]
    return [rows("Calibration", note, heads, drawn, svg.RATES)]
