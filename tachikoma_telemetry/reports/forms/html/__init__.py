"""The report as one HTML file that opens offline, with charts.

The tables come from the same sheets as those of the terminal; a section that has sheets is in the
page by itself. `charts` has what is drawn: to give a section a chart, add a function there. The
charts are inline SVG (`svg`), so the page is whole before its script runs.
"""

from .page import to_html

__all__ = ["to_html"]
