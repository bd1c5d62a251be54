"""The section `check`: what crosses a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, name
from ...query import rows
from ...section import Part, Request, Section
from .. import edits
from ..edits.rows import EditRow
from ..skills.section import NEEDS
from ..skills.section import read as read_skills
from .crossings import crossings, written
from .rows import CrossingRow
from .thresholds import Thresholds


def _read(request: Request[Thresholds]) -> list[CrossingRow]:
    """Skills and edits, held against the limits."""
    return crossings(
        read_skills(request), rows(request.store, edits.__name__, "edits", EditRow), request.options
    )


_COLUMNS = [
    Column("threshold", Cell, "threshold", "bad", right=False),
    Column("skill", name, "skill", "strong", right=False, drop=1, shrink=14),
    Column("model", name, "model", right=False, drop=1, shrink=14),
    Column("format", name, "format", right=False, drop=1, shrink=14),
    Column("is", written, ("value", "threshold")),
    Column("limit", written, ("limit", "threshold")),
    Column("n", figures.count, "n"),
]


def _blocks(rows: Sequence[CrossingRow]) -> list[Block]:
    text = f"{counted(len(rows), 'number')} beyond a threshold."
    return [Sentence(text, "bad"), Sheet(_COLUMNS, rows)]


SECTION = Section(
    name="check",
    question="which numbers cross a threshold",
    parts={"check": Part(CrossingRow, _read)},
    blocks=lambda parts: _blocks(parts["check"]),
    empty="Nothing crosses a threshold.",
    in_overview=False,
    needs=("edit_chains", "edit_sums", *NEEDS),
    options=Thresholds,
    answers_when_empty=True,
    columns=_COLUMNS,
)
