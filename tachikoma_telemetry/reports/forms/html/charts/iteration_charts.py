"""The charts of the section `iterations`: what passes, and what fails."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.iterations.rows import IterationRow
from ..chart import Chart, bars, label, rates


def iterations(parts: Parts) -> list[Chart]:
    """How often each stage passes, and which criteria fail."""
    rows: list[IterationRow] = parts["iterations"]
    judged = [
        (
            label(row.skill, *([row.stage] if row.stage else [])),
            *(row.pass_rate, row.pass_low, row.pass_high, row.verdicts),
        )
        for row in rows
        if row.pass_rate is not None
    ]
    charts = [rates("Iterations that pass", ("skill · stage", "passed"), judged)] if judged else []
    failed: dict[str, int] = {}
    for row in rows:
        for criterion, many in row.failed_criteria.items():
            failed[criterion] = failed.get(criterion, 0) + many
    worst = sorted(failed.items(), key=lambda each: (-each[1], each[0]))
    if worst:
        given = [(label(each), many, [figures.count(many)]) for each, many in worst]
        note = "Iterations that failed them, over all skills."
        charts.append(bars("Criteria that fail", note, ["criterion", "iterations"], given))
    return charts
