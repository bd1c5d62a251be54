"""The first screen of the overview: four numbers, what stands out, and the two main charts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ...build import Report, options_of
from ...key_figures import key_figures
from ...sections import SECTIONS
from ...sections.check.thresholds import Thresholds
from ...sections.findings.rows import FindingRow
from ...sections.skills.section import BAD
from .chart import Chart
from .charts import edit_charts, trend_charts

SHOWN = ("findings", "trend", "edits")
"""Sections whose findings or charts are here, and not below."""


def first_screen(report: Report, nothing: str) -> str:
    """Of an overview that has rows.

    `nothing` is what users read where nothing stands out.
    """
    over_time = trend_charts.success(report.parts, *_limit(report))
    charts = [("success", each) for each in over_time]
    charts += [("formats", each) for each in edit_charts.edits(report.parts)]
    return "\n".join(
        [
            _tiles(report),
            conclusion(report, nothing),
            *(_chart(identifier, chart) for identifier, chart in charts),
        ]
    )


def _limit(report: Report) -> tuple[trend_charts.Limit, str]:
    """The success below which a skill is marked, and whose limit that is; as in the tables."""
    own: Thresholds = options_of(SECTIONS["findings"], report.options)
    if own in report.options:
        return lambda skill: own.of(skill, "skill_success"), "your threshold, "
    return lambda _: BAD, ""


def conclusion(report: Report, nothing: str) -> str:
    """What stands out, under its heading; `nothing` is what users read where nothing does."""
    return (
        '<section id="findings" aria-labelledby="findings-title">\n'
        '<h2 id="findings-title">What to look at first</h2>\n'
        f"{_findings(report.parts['findings'], nothing)}\n</section>"
    )


def _tiles(report: Report) -> str:
    if report.totals is None:
        return ""
    tiles = "".join(
        f"<div><dt>{escape(each.title)}</dt><dd><strong>{escape(each.value)}</strong> "
        f"<span>{escape(each.note)}</span></dd></div>"
        for each in key_figures(report.parts, report.totals)
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _findings(rows: Sequence[FindingRow], nothing: str) -> str:
    if not rows:
        return f'<p class="card">{escape(nothing)}</p>'
    return '<ul class="findings">\n' + "\n".join(map(_finding, rows)) + "\n</ul>"


def _finding(row: FindingRow) -> str:
    about, _, rest = row.text.partition(": ")
    said = f"{escape(rest)}." if rest else ""
    return (
        f'<li class="{row.level}"><p><strong>{escape(about)}</strong> '
        f"{said} <span>{escape(row.evidence)}</span></p>"
        f"<code>{escape(row.command.removeprefix('tachikoma-telemetry '))}</code></li>"
    )


def _chart(identifier: str, chart: Chart) -> str:
    return (
        f'<section id="{identifier}" aria-labelledby="{identifier}-title">\n'
        f'<h2 id="{identifier}-title">{escape(chart.title)} <small>{escape(chart.note)}</small>'
        f"</h2>\n{chart.drawn}\n</section>"
    )
