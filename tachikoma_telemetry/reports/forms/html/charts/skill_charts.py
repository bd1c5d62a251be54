"""The charts of the section `skills`: how runs succeed and how long they take."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.skills.rows import SkillRow
from .. import chart_kinds
from ..chart import MOST, RATE_NOTE, Chart, label
from ..chart_kinds import Percentiles


def skills(parts: Parts) -> list[Chart]:
    """How often runs succeed, how long they take; without runs, how often skills are loaded."""
    rows: list[SkillRow] = parts["skills"]
    rated = [row for row in rows if row.success_rate is not None][:MOST]
    charts = []
    if rated:
        charts.append(
            chart_kinds.rates(
                "Runs that succeed",
                RATE_NOTE,
                [
                    {
                        "name": label(row.skill),
                        "rate": row.success_rate,
                        "low": row.success_low,
                        "high": row.success_high,
                        "of": figures.share_of(row.success_rate, row.ended),
                    }
                    for row in rated
                ],
                {"name": "skill", "of": "succeeded"},
            )
        )
    loaded = [row for row in rows if row.loads][:MOST]
    if loaded and not rated:
        charts.append(
            chart_kinds.bars(
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
        charts.append(
            chart_kinds.strips("How long runs take", spread, chart_kinds.first_of(timed), "skill")
        )
    return charts
