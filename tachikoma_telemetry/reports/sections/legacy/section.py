"""The section `legacy`."""

from __future__ import annotations

from ...query import rows
from ...section import Part, Request, Section
from . import sheet
from .rows import LegacyRow


def _read(request: Request[None]) -> list[LegacyRow]:
    """A total has no time, no session and no folder: no filter can choose a part of it."""
    return [] if request.filters.given else rows(request.store, __package__, "legacy", LegacyRow)


SECTION: Section[None] = Section(
    name="legacy",
    question="what the predecessor counted, before anything was recorded event by event",
    parts={"legacy": Part(LegacyRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["legacy"]),
    empty="There are no totals of the predecessor here (metrics.legacy.json).",
    hidden_when_empty=True,
    headings={
        "name": "name",
        "format": "format",
        "uses": "uses",
        "attempts": "attempts",
        "succeeded": "succeeded",
        "tokens": "tokens",
    },
)
