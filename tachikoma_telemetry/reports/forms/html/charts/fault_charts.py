"""The charts of what goes wrong: of the sections `patterns`, `iterations`, `unused` and `check`."""

from __future__ import annotations

import math
from collections import Counter

from .... import figures
from ....section import Parts
from ....sections.check.crossings import written
from ....sections.check.rows import CrossingRow
from ....sections.iterations.rows import IterationRow
from ....sections.patterns.rows import PatternRow
from ....sections.unused.rows import UnusedRow
from .. import svg
from ..chart import Chart, ChartRow, bars, label, rows, span


def patterns(parts: Parts) -> list[Chart]:
    """How often a call fails after certain others, and how often it fails usually."""
    given: list[PatternRow] = parts["patterns"]
    drawn = [
        ChartRow(
            " → ".join(label(each) for each in (row.before_last, row.before, row.tool) if each),
            svg.tick(svg.RATES.at(row.usual_rate), "median")
            + span(svg.RATES, row.failure_rate, row.failure_low, row.failure_high),
            [figures.share_of(row.failure_rate, row.calls), figures.share(row.usual_rate)],
        )
        for row in given
    ]
    note = "Dot and line: how often the last call fails after the others, with its 95 % interval; "
    note += "thick line: how often it fails usually."
    heads = ["calls in this order", "the last fails", "usually"]
    return [rows("What precedes a failure", note, heads, drawn, svg.RATES, wide=True)]


def iterations(parts: Parts) -> list[Chart]:
    """Which criteria fail most."""
    loops: list[IterationRow] = parts["iterations"]
    failed: Counter[str] = Counter()
    for row in loops:
        failed.update(row.failed_criteria)
    if not failed:
        return []
    worst = sorted(failed.items(), key=lambda each: (-each[1], each[0]))
    given = [(label(each), many, [figures.count(many)]) for each, many in worst]
    note = "Iterations that failed them, over all skills."
    return [bars("Criteria that fail", note, ["criterion", "iterations"], given)]


def unused(parts: Parts) -> list[Chart]:
    """What the descriptions of skills that are not used take in every request."""
    given: list[UnusedRow] = parts["unused"]
    idle = sorted(
        (
            (row.description_tokens, row)
            for row in given
            if row.description_tokens and row.state != "not instrumented"
        ),
        key=lambda each: (-each[0], each[1].skill),
    )
    if not idle:
        return []
    note = "Tokens that their descriptions take in every request, used or not."
    heads = ["skill", "tokens", ""]
    found = [(label(row.skill), many, [figures.count(many), row.state]) for many, row in idle]
    return [bars("What unused skills cost", note, heads, found)]


_MOST = 4  # halvings or doublings of a limit that have a colour of their own


def check(parts: Parts) -> list[Chart]:
    """How far each number is beyond its limit."""
    given: list[CrossingRow] = parts["check"]
    beyond = [row.value / row.limit if row.limit else 2.0**_MOST for row in given]
    far = max(abs(math.log2(max(each, 2.0**-_MOST))) for each in beyond)
    most = max(1, min(math.ceil(far), _MOST))
    ticks = [
        (2.0**power, f"{2**power} ×" if power >= 0 else f"1/{2**-power}")
        for power in range(-most, most + 1)
    ]
    scale = svg.Scale(ticks[0][0], ticks[-1][0], ticks, log=True)
    middle = scale.at(1)
    drawn = []
    for row, times in zip(given, beyond, strict=True):
        at = scale.at(times)
        about = label(*(each for each in (row.skill, row.model, row.format) if each))
        drawn.append(
            ChartRow(
                f"{about or label(None)}: {row.threshold.replace('_', ' ')}",
                svg.bar(min(at, middle), max(at, middle), "amount bad")
                + svg.tick(middle, "median"),
                [written(each, row.threshold) for each in (row.value, row.limit)],
            )
        )
    note = "The bar goes from the limit (thick line) to the number, as a multiple of the limit."
    return [rows("Beyond the limits", note, ["what", "is", "limit"], drawn, scale, wide=True)]
