"""The chart of the section `compare`: each difference with its interval."""

from __future__ import annotations

import math
from itertools import groupby

from ....section import Parts
from ....sections.compare import wording
from ....sections.compare.rows import CompareRow
from .. import svg
from ..chart import Chart, ChartRow, label, rows, span

_NOTE = (
    "The dot is the change, the line its interval: clear of the line in the middle, it is no "
    "chance. At the edges a rate changed by 50 points, anything else to half or double."
)
_SCALE = svg.Scale(-1, 1, [(-1, "less"), (0, "same"), (1, "more")])
_KINDS = {"better": "good", "worse": "bad"}


def compare(parts: Parts) -> list[Chart]:
    """What differs between two sides, of each skill."""
    given: list[CompareRow] = parts["compare"]
    several = len({row.skill for row in given}) > 1
    charts = []
    for skill, group in groupby(given, key=lambda row: row.skill):
        drawn = [each for row in group if (each := _row(row)) is not None]
        title = f"What changed in {label(skill)}" if several else "What changed"
        if drawn:
            heads = ["", "before → after", "interval of the change", "verdict"]
            charts.append(rows(title, _NOTE, heads, drawn, _SCALE, wide=True))
    return charts


def _row(row: CompareRow) -> ChartRow | None:
    at = _place(row, row.difference)
    if at is None:
        return None
    marks = span(_SCALE, at, _place(row, row.low), _place(row, row.high))
    marks = svg.rule(50, "zero") + f'<g class="{_KINDS.get(row.verdict, "open")}">{marks}</g>'
    unit = " points" if row.measure == "difference" and row.low is not None else ""
    said = [wording.values(row), f"{wording.interval(row)}{unit}", row.verdict]
    return ChartRow(wording.label(row), marks, said)


def _place(row: CompareRow, value: float | None) -> float | None:
    """A change on the scale; None where it is unknown, or of a mean of 0."""
    if value is None:
        return None
    if row.measure == "difference":
        return value / 0.5
    if row.measure == "ratio":
        return math.log2(max(value, 1e-9))
    return math.log2(max(1 + value / row.before, 1e-9)) if row.before else None
