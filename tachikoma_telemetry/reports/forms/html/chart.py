"""What a chart is: a picture, how to read it, and its numbers as a table for those who can't."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from ....visible import visible
from ...blocks import Cell, Column, Sheet
from ...figures import UNKNOWN, Figure

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart
Row = dict[str, Any]

MOST = 15
"""Rows that a chart shows of many."""

RATE_NOTE = "The dot is the rate, the line its 95 % interval: the longer, the less is known."

COLOR = {
    "ink": "var(--ink)",
    "faint": "var(--faint)",
    "line": "var(--line)",
    "accent": "var(--accent)",
    "heat": "var(--heat)",
    "good": "var(--good)",
    "bad": "var(--bad)",
    "card": "var(--card)",
}
"""Colours are the style sheet's, so that charts turn dark with the page, and light on paper."""

CONFIG = {
    "background": None,
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    "padding": {"left": 2, "right": 18, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": COLOR["ink"],
        "labelFontSize": 12,
        "labelPadding": 8,
        "titleColor": COLOR["faint"],
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": COLOR["line"],
        "domainColor": COLOR["line"],
        "tickColor": COLOR["line"],
    },
    "axisBand": {"grid": False},
    "axisQuantitative": {
        "labelColor": COLOR["faint"],
        "domain": False,
        "ticks": False,
        "tickCount": 5,
        "labelFlush": False,
        "labelSeparation": 8,
    },
    "axisTemporal": {"labelColor": COLOR["faint"], "grid": False, "tickCount": 6},
    "legend": {
        "labelColor": COLOR["ink"],
        "titleColor": COLOR["faint"],
        "labelFontSize": 12,
        "symbolType": "square",
    },
}
"""How every chart looks."""

SERIES = tuple(f"var(--series-{number})" for number in range(1, 7))


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a section.

    Attributes:
        title: what it shows.
        note: how to read it, one sentence.
        drawn: the picture; its width is the page's.
        numbers: the same as a table.
        least: px; where there is less room than that, it scrolls.

    """

    title: str
    note: str
    drawn: Drawn
    numbers: Sheet
    least: int = 280

    def spec(self) -> dict[str, Any]:
        """As Vega-Lite; the page's own configuration holds for all charts."""
        spec: dict[str, Any] = self.drawn.properties(
            width="container",
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            description=f"{self.title}. {self.note}",
        ).to_dict()
        # The first names a host, the second is Altair's own theme.
        return {key: value for key, value in spec.items() if key not in ("$schema", "config")}


# Vega keeps the labels of an axis as keys of plain objects, where "toString" and "__proto__" are
# something else already: with such a name it drew nothing. With a mark before it, it is a name.
_MARK = ":"
AXIS_LABEL = f"slice(datum.value, {len(_MARK)})"
_AT_AXES = ("name", "down", "across")


@dataclass(frozen=True, slots=True)
class Marks:
    """Rows of a chart, and what a tooltip, a screen reader and the table say of each.

    Attributes:
        rows: with the fields that the picture needs, and the `fields`, as texts.
        fields: the heading of each field that the reader sees.

    """

    rows: Sequence[Row]
    fields: Mapping[str, str]

    def data(self) -> alt.InlineData:
        """The rows for Vega-Lite: with a sentence for screen readers, and keys for axes."""
        rows = []
        for row in self.rows:
            said = ", ".join(f"{title} {row[field]}" for field, title in self.fields.items())
            keys = {f"{field}_key": _MARK + row[field] for field in _AT_AXES if field in row}
            rows.append({**row, **keys, "said": said})
        return alt.InlineData(values=rows)

    def tooltip(self) -> list[alt.Tooltip]:
        """What the tooltip of a mark says."""
        return [alt.Tooltip(f"{field}:N", title=title) for field, title in self.fields.items()]

    def numbers(self) -> Sheet:
        """The same as a table."""
        return Sheet.of(itertools.starmap(self._column, self.fields.items()), self.rows)

    def _column(self, field: str, title: str) -> Column[Row]:
        right = any(isinstance(row[field], Figure) for row in self.rows)
        return Column(title, lambda row: Cell(row[field]), right=right)


def label(*names: str | None) -> str:
    """Names from the data as one label; what is unknown is a dash."""
    return " · ".join(UNKNOWN if each is None else visible(each) for each in names)


def keys(rows: Sequence[Row], field: str) -> list[str]:
    """The labels on the axis of a field, in the rows' order, each once."""
    return list(dict.fromkeys(_MARK + row[field] for row in rows))
