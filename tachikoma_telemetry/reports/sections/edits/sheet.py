"""The section `edits` as users read it: the best format of each model, the matrix, the details."""

from __future__ import annotations

from collections.abc import Sequence

from ....visible import visible
from ....words import counted
from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sheet,
    bar,
    interval,
    name,
    number,
)
from .rows import BestFormatRow, EditRow


def _best_format(row: BestFormatRow) -> Cell:
    if row.format is None:
        return number(figures.UNKNOWN)
    return Cell(visible(row.format), "good" if row.clear else "plain")


def _why(row: BestFormatRow) -> Cell:
    if row.leading is not None:
        return Cell(visible(row.evidence))
    edits = counted(row.edits, "edit")
    return Cell(f"{row.evidence}: the most used format began {edits}", "faint")


_BEST: list[Column[BestFormatRow]] = [
    Column("model", lambda row: name(row.model, "strong"), right=False, shrink=14),
    Column("best format", _best_format, right=False),
    Column("why", _why, right=False, wrap=True, shrink=30),
]
_DETAILS: list[Column[EditRow]] = [
    Column("model", lambda row: name(row.model, "strong"), right=False, shrink=12, grouped=True),
    Column("format", lambda row: name(row.format), right=False, shrink=17),
    Column("succeeded", lambda row: number(figures.share_of(row.success_rate, row.attempts))),
    Column("", lambda row: bar(row.success_rate), drop=4, bar=True),
    Column("95 %", lambda row: interval(row.success_low, row.success_high), drop=2),
    Column("edits", lambda row: number(figures.count(row.edits)), drop=5),
    Column("first try", lambda row: number(figures.share_of(row.first_try_rate, row.edits))),
    Column("attempts per edit", lambda row: number(figures.mean(row.attempts_per_edit)), drop=1),
    Column("wasted tok.", lambda row: number(figures.amount(row.tokens_wasted)), drop=2),
]


def best(rows: Sequence[BestFormatRow]) -> list[Block]:
    """Which format to use with each model, and why."""
    return [Sheet.of(_BEST, rows)]


_OfModel = tuple[str | None, dict[str | None, EditRow]]
"""A model, and its row of each format."""


def matrix(rows: Sequence[EditRow]) -> list[Block]:
    """Formats × models: successes of attempts. Formats with few attempts go first for room."""
    attempts: dict[str | None, int] = {}
    for row in rows:
        attempts[row.format] = attempts.get(row.format, 0) + row.attempts
    formats = sorted(attempts, key=lambda each: (-attempts[each], each or ""))
    by_model: dict[str | None, dict[str | None, EditRow]] = {}
    for row in rows:
        by_model.setdefault(row.model, {})[row.format] = row
    columns: list[Column[_OfModel]] = [
        Column("model", lambda each: name(each[0], "strong"), right=False, shrink=12),
        *(_tallies(format, place) for place, format in enumerate(formats)),
    ]
    return [Sheet.of(columns, by_model.items())]


def _tallies(format: str | None, place: int) -> Column[_OfModel]:
    def tally(of_model: _OfModel) -> Cell:
        return _tally(of_model[1].get(format))

    return Column(name(format).text, tally, drop=place, shrink=17, mention=True)


def _tally(row: EditRow | None) -> Cell:
    if row is None or not row.attempts:
        return Cell("·", "faint")
    tally = f"{row.successes:,}/{row.attempts:,} {figures.share(row.success_rate)}"
    return Cell(figures.Figure(tally, row.successes / row.attempts))


def details(rows: Sequence[EditRow]) -> list[Block]:
    """Each model with each format."""
    return [Sheet.of(_DETAILS, rows)]
