"""The charts of the section `edits`: formats × models."""

from __future__ import annotations

from .... import figures
from ....section import Parts
from ....sections.edits.rows import EditRow
from .. import chart_kinds
from ..chart import MOST, Chart, Row, label

_MOST_FORMATS = 12


def edits(parts: Parts) -> list[Chart]:
    """Formats × models: how often an attempt succeeds."""
    rows: list[EditRow] = [row for row in parts["edits"] if row.attempts]
    formats, models = _weights(rows, "format"), _weights(rows, "model")
    shown_formats, shown_models = formats[:_MOST_FORMATS], models[:MOST]
    by_place = {(row.model, row.format): row for row in rows}
    cells: list[Row] = [
        {
            "down": label(model),
            "across": label(format),
            "shade": row.success_rate,
            "text": f"{figures.share(row.success_rate)}\nn {figures.amount(row.attempts)}",
            "color": "heat",
            "of": figures.share_of(row.success_rate, row.attempts),
            "interval": figures.interval(row.success_low, row.success_high),
        }
        for model in shown_models
        for format in shown_formats
        if (row := by_place.get((model, format)))
    ]
    if not cells:
        return []
    note = "The darker, the more attempts succeed; n is how many there were."
    hidden = len(formats) - len(shown_formats) + len(models) - len(shown_models)
    note += f" {hidden} less tried are in the table alone." if hidden else ""
    fields = {"down": "model", "across": "format", "of": "succeeded", "interval": "95 %"}
    return [chart_kinds.grid("Edit formats × models", note, cells, fields)]


def _weights(rows: list[EditRow], field: str) -> list[str | None]:
    tried: dict[str | None, int] = {}
    for row in rows:
        name = getattr(row, field)
        tried[name] = tried.get(name, 0) + row.attempts
    return sorted(tried, key=lambda each: (-tried[each], each or ""))
