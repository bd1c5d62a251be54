"""The section `edits`."""

from __future__ import annotations

from ...blocks import Heading
from ...query import records
from ...section import Part, Request, Section, part
from . import sheet
from .evidence import best_formats
from .pairs import format_pairs
from .rows import BestFormatRow, EditRow, FormatPairRow


def _minimum(request: Request[None]) -> int:
    return int(request.store.execute("SELECT minimum FROM parameters").fetchone()[0])


def _format_pairs(request: Request[None]) -> list[FormatPairRow]:
    """Each format against each, by model."""
    return format_pairs(records(request.store, __package__, "format_sessions"), _minimum(request))


def _best_formats(request: Request[None]) -> list[BestFormatRow]:
    """With the sentence that says how sure the choice is."""
    rows, pairs = (request.rows_of(SECTION, key) for key in ("edits", "format_pairs"))
    return best_formats(rows, pairs, _minimum(request))


SECTION: Section[None] = Section(
    name="edits",
    question="which edit format works with which model",
    parts={
        "edits": part(__package__, "edits", EditRow),
        "best_formats": Part(BestFormatRow, _best_formats),
        "format_pairs": Part(FormatPairRow, _format_pairs, in_brief=False),
    },
    blocks=lambda parts: [
        *sheet.best(parts["best_formats"]),
        Heading("format × model"),
        *sheet.details(parts["edits"]),
    ],
    brief=lambda parts: [*sheet.best(parts["best_formats"]), *sheet.matrix(parts["edits"])],
    size=lambda parts: sum(row.edits for row in parts["edits"]),
    empty="No edit was tried yet: OpenCode's own count by themselves, others with "
    "`run.edit(format, success=…)`.",
    needs=("edit_chains", "row_people", "edit_sums"),
    columns=(*sheet.BEST, *sheet.DETAILS),
    headings={
        "best format": "format that succeeds most often at the first try, where that is clear",
        "succeeded": "attempts in this format that succeeded",
    },
)
