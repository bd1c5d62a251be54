"""The section `check`."""

from __future__ import annotations

from ...query import rows
from ...section import Part, Request, Section
from .. import edits
from ..edits.rows import EditRow
from ..skills.section import NEEDS
from ..skills.section import read as read_skills
from . import sheet
from .crossings import crossings
from .rows import CrossingRow
from .thresholds import Thresholds


def _read(request: Request[Thresholds]) -> list[CrossingRow]:
    """Skills and edits, held against the limits."""
    return crossings(
        read_skills(request),
        rows(request.store, edits.__name__, "edits", EditRow),
        request.options,
    )


SECTION = Section(
    name="check",
    question="which numbers cross a threshold",
    parts={"check": Part(CrossingRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["check"]),
    empty="Nothing crosses a threshold.",
    in_overview=False,
    needs=("edit_chains", "edit_sums", *NEEDS),
    options=Thresholds,
    answers_when_empty=True,
    headings={
        "threshold": "threshold",
        "skill": "skill",
        "model": "model",
        "format": "format",
        "is": "value",
        "limit": "limit",
        "n": "n",
    },
)
