"""The section `edits`."""

from __future__ import annotations

from ...blocks import Heading
from ...query import records
from ...section import Part, Request, Section, part
from . import sheet
from .evidence import best_format_rows
from .rows import BestFormatRow, EditRow


def _best_formats(request: Request[None]) -> list[BestFormatRow]:
    """With the sentence that says how sure the choice is."""
    ((minimum,),) = request.store.execute("SELECT minimum FROM parameters").fetchall()
    return best_format_rows(records(request.store, __package__, "best_formats"), minimum)


SECTION: Section[None] = Section(
    name="edits",
    question="which edit format works with which model",
    parts={
        "edits": part(__package__, "edits", EditRow),
        "best_formats": Part(BestFormatRow, _best_formats),
    },
    blocks=lambda parts: [
        *sheet.best(parts["best_formats"]),
        Heading("format × model"),
        *sheet.details(parts["edits"]),
    ],
    brief=lambda parts: [*sheet.best(parts["best_formats"]), *sheet.matrix(parts["edits"])],
    empty="No edit was tried yet: OpenCode's own count by themselves, others with "
    "`run.edit(format, success=…)`.",
    needs=("edit_chains",),
    headings={
        "model": "model",
        "best format": "format that succeeds most often at the first try, where that is clear",
        "why": "evidence",
        "format": "format",
        "succeeded": "attempts in this format that succeeded",
        "edits": "edits",
        "first try": "first_try_rate",
        "attempts per edit": "attempts_per_edit",
        "wasted tok.": "tokens_wasted",
    },
)
