"""The section `legacy`: what the predecessor counted."""

from __future__ import annotations

from collections.abc import Sequence

from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name
from ...query import rows
from ...section import Part, Request, Section
from .rows import LegacyRow

_COLUMNS = [
    Column("", Cell, "kind", "faint", right=False),
    Column("name", name, "name", "strong", right=False, shrink=16),
    Column("format", name, "format", right=False, shrink=10),
    Column("uses", figures.count, "uses"),
    Column("attempts", figures.count, "attempts", drop=2),
    Column("succeeded", figures.count, "succeeded"),
    Column("tokens", figures.count, "tokens", drop=1),
]


def _read(request: Request[None]) -> list[LegacyRow]:
    """A total has no time, no session and no folder: no filter can choose a part of it."""
    return [] if request.filters.given else rows(request.store, __package__, "legacy", LegacyRow)


def _blocks(rows: Sequence[LegacyRow]) -> list[Block]:
    """Totals as they were, with the span of time that the file names."""
    begun = min((row.first for row in rows if row.first), default=None)
    ended = max((row.last for row in rows if row.last), default=None)
    span = f" from {begun[:10]} to {ended[:10]}" if begun and ended else ""
    text = f"Totals of the predecessor{span}: no sessions, no times, in no other number."
    return [Sentence(text), Sheet(_COLUMNS, rows)]


SECTION: Section[None] = Section(
    name="legacy",
    question="what the predecessor counted, before anything was recorded event by event",
    parts={"legacy": Part(LegacyRow, _read)},
    blocks=lambda parts: _blocks(parts["legacy"]),
    empty="There are no totals of the predecessor here (metrics.legacy.json).",
    hidden_when_empty=True,
    columns=_COLUMNS,
)
