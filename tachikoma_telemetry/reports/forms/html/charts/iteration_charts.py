"""The chart of the section `iterations`: what fails."""

from __future__ import annotations

from collections import Counter

from .... import figures
from ....section import Parts
from ....sections.iterations.rows import IterationRow
from ..chart import Chart, bars, label


def iterations(parts: Parts) -> list[Chart]:
    """Which criteria fail most."""
    rows: list[IterationRow] = parts["iterations"]
    failed: Counter[str] = Counter()
    for row in rows:
        failed.update(row.failed_criteria)
    if not failed:
        return []
    worst = sorted(failed.items(), key=lambda each: (-each[1], each[0]))
    given = [(label(each), many, [figures.count(many)]) for each, many in worst]
    note = "Iterations that failed them, over all skills."
    return [bars("Criteria that fail", note, ["criterion", "iterations"], given)]
