"""The report as one HTML file that opens offline, with charts.

The tables come from the same sheets as those of the terminal; a section that has sheets is in the
page by itself. `charts` has what is drawn: to give a section a chart, add a function there. What
the reader's browser runs is Vega-Lite, which vl-convert brings along, and `page.js`; the page's
Content-Security-Policy allows nothing else, and no request.
"""

from __future__ import annotations

from ....errors import FormError
from ....installed_as import install_command
from ... import figures
from ...build import Report

__all__ = ["to_html"]

_EXTRA = ("altair", "vl_convert")


def to_html(report: Report) -> str:
    """The report as one HTML document that needs nothing from anywhere.

    Raises:
        FormError: when the extra `html` is not installed.

    """
    try:
        from .page import page_of
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise FormError(
            f"HTML needs Altair and vl-convert, the extra `html`: {install_command('html')}"
        ) from None
    with figures.in_zone(utc=report.utc):
        return page_of(report)
