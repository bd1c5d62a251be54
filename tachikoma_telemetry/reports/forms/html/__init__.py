"""The report as one HTML file that opens offline, with charts.

The tables come from the same sheets as those of the terminal; a section that has sheets is in the
page by itself. `charts` has what is drawn: to give a section a chart, add a function there. The
charts are inline SVG (`svg`), so the page is whole before its script runs.
"""

from __future__ import annotations

from ... import figures
from ...build import Report

__all__ = ["to_html"]


def to_html(report: Report) -> str:
    """The report as one HTML document that needs nothing from anywhere."""
    from .page import page_of

    with figures.in_zone(utc=report.utc):
        return page_of(report)
