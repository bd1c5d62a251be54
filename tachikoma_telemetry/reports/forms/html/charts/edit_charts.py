"""The chart of the section `edits`: models × formats."""

from __future__ import annotations

from collections.abc import Sequence

from .... import figures
from ....section import Parts
from ....sections.edits.rows import BestFormatRow, EditRow
from ..chart import MOST, Chart, Square, grid, label

TITLE = "Which edit format for which model"
_NOTE = "Attempts that succeed, and how many there were; green is above the rate of all, red below."
_MOST_FORMATS = 12
_STRONGEST = 0.25  # so far from the rate of all, the shade is at its strongest


def edits(parts: Parts) -> list[Chart]:
    """How often an attempt succeeds; the format that is ahead beyond chance is outlined."""
    rows: list[EditRow] = [row for row in parts["edits"] if row.attempts]
    attempts = sum(row.attempts for row in rows)
    if not attempts:
        return []
    usual = sum(row.successes for row in rows) / attempts
    best = {row.model: row for row in parts["best_formats"]}
    formats, models = _weights(rows, "format"), _weights(rows, "model")
    by_place = {(row.model, row.format): row for row in rows}

    def square(model: str | None, format: str | None) -> Square | None:
        row = by_place.get((model, format))
        ahead = best.get(model)
        outlined = ahead is not None and bool(ahead.clear) and ahead.format == format
        return None if row is None else _square(row, usual, best=outlined)

    down = [
        (
            label(model),
            [square(model, format) for format in formats[:_MOST_FORMATS]],
            _conclusion(best.get(model)),
        )
        for model in models[:MOST]
    ]
    hidden = max(0, len(formats) - _MOST_FORMATS) + max(0, len(models) - MOST)
    clear = any(row.clear and row.format in formats[:_MOST_FORMATS] for row in best.values())
    note = _NOTE + (" Outlined: clearly ahead." if clear else "")
    note += f" {hidden} less tried are in the table alone." if hidden else ""
    across = [*map(label, formats[:_MOST_FORMATS])]
    return [Chart(TITLE, note, grid(TITLE, across, down, last="at the first try"))]


def _square(row: EditRow, usual: float, *, best: bool) -> Square:
    rate = row.success_rate or 0.0
    interval = figures.interval(row.success_low, row.success_high)
    first = figures.share_of(row.first_try_rate, row.edits)
    return Square(
        figures.share(rate),
        figures.count(row.attempts),
        max(-1.0, min(1.0, (rate - usual) / _STRONGEST)),
        f"{label(row.model)}, {label(row.format)}: {figures.share_of(rate, row.attempts)}, "
        f"95 % {interval}; right at the first try {first}",
        best,
    )


def _conclusion(best: BestFormatRow | None) -> str:
    if best is None or best.leading is None:
        return "too few edits"
    if best.clear is None:
        return "no other format to compare"
    if best.clear:
        return f"→ use {label(best.format)}"
    return f"not {', '.join(map(label, best.behind))}" if best.behind else "no clear difference yet"


def _weights(rows: Sequence[EditRow], field: str) -> list[str | None]:
    tried: dict[str | None, int] = {}
    for row in rows:
        name = getattr(row, field)
        tried[name] = tried.get(name, 0) + row.attempts
    return sorted(tried, key=lambda each: (-tried[each], each or ""))
