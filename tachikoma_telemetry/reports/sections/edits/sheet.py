"""The section `edits` for people: the best format of each model, the matrix, the details."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import (
    Block,
    Cell,
    Column,
    Sheet,
    Tone,
    bar,
    first_of_each,
    name,
    number,
)
from ...names import visible
from .rows import BestFormatRow, EditRow

_BEST = [
    Column("model", right=False, shrink=14),
    Column("best format", right=False),
    Column("why", right=False, wrap=True, shrink=30),
]
_DETAILS = [
    Column("model", right=False, shrink=12),
    Column("format", right=False, shrink=17),
    Column("succeeded"),
    Column("", drop=4, bar=True),
    Column("95 %", drop=2),
    Column("edits", drop=3),
    Column("first try"),
    Column("tries/edit", drop=1),
    Column("wasted tok.", drop=2),
]


def best(rows: Sequence[BestFormatRow]) -> list[Block]:
    """Which format to use with each model, and why."""
    return [Sheet(_BEST, [_best_cells(row) for row in rows])]


def _best_cells(row: BestFormatRow) -> list[Cell]:
    if row.format is None:
        why = f"{row.evidence}: the most used format began {figures.counted(row.edits, 'edit')}"
        return [name(row.model, "strong"), number(figures.UNKNOWN), Cell(why, "faint")]
    tones: dict[bool | None, Tone] = {True: "good", False: "doubtful", None: "plain"}
    return [
        name(row.model, "strong"),
        Cell(visible(row.format), tones[row.clear]),
        Cell(visible(row.evidence)),
    ]


def matrix(rows: Sequence[EditRow]) -> list[Block]:
    """Formats × models: successes of attempts. Formats with few attempts go first for room."""
    attempts: dict[str | None, int] = {}
    for row in rows:
        attempts[row.format] = attempts.get(row.format, 0) + row.attempts
    formats = sorted(attempts, key=lambda each: (-attempts[each], each or ""))
    by_model: dict[str | None, dict[str | None, EditRow]] = {}
    for row in rows:
        by_model.setdefault(row.model, {})[row.format] = row
    columns = [Column("model", right=False, shrink=12)]
    columns += [
        Column(name(each).text, drop=place, shrink=17, tell=True)
        for place, each in enumerate(formats)
    ]
    cells = [
        [name(model, "strong"), *(_tally(of_model.get(each)) for each in formats)]
        for model, of_model in by_model.items()
    ]
    return [Sheet(columns, cells)]


def _tally(row: EditRow | None) -> Cell:
    if row is None or not row.attempts:
        return Cell("·", "faint")
    tally = f"{row.successes}/{row.attempts} {figures.share(row.success_rate)}"
    return Cell(figures.Figure(tally, row.successes / row.attempts))


def details(rows: Sequence[EditRow]) -> list[Block]:
    """Each model with each format."""
    models = first_of_each(row.model for row in rows)
    cells = [[model, *_cells(row)] for model, row in zip(models, rows, strict=True)]
    return [Sheet(_DETAILS, cells)]


def _cells(row: EditRow) -> list[Cell]:
    return [
        name(row.format),
        number(figures.share_of(row.success_rate, row.attempts)),
        bar(row.success_rate),
        number(figures.interval(row.success_low, row.success_high), "faint"),
        number(figures.count(row.edits)),
        number(figures.share_of(row.first_try_rate, row.edits)),
        number(figures.mean(row.attempts_per_edit)),
        number(figures.amount(row.tokens_wasted)),
    ]
