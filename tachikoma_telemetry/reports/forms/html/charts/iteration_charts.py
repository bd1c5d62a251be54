"""The charts of the section `iterations`: what passes, and what fails."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.iterations.rows import IterationRow
from .. import chart_kinds
from ..chart import MOST, RATE_NOTE, Chart, label


def iterations(parts: Parts) -> list[Chart]:
    """How often each stage passes, and which criteria fail."""
    rows: list[IterationRow] = parts["iterations"]
    charts = []
    judged = [row for row in rows if row.pass_rate is not None][:MOST]
    if judged:
        charts.append(
            chart_kinds.rates(
                "Iterations that pass",
                RATE_NOTE,
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
        worst = sorted(failed.items(), key=lambda each: (-each[1], each[0]))[:MOST]
        charts.append(
            chart_kinds.bars(
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
