"""The section `compare`."""

from __future__ import annotations

from ...query import records
from ...section import Part, Request, Section
from . import sheet
from .comparison import Comparison, prepare_comparison
from .rows import CompareRow
from .verdicts import compare_rows


def _read(request: Request[Comparison]) -> list[CompareRow]:
    """The values of two sides, made verdicts."""
    sides = {
        (skill, side): name
        for skill, side, name in request.store.execute("SELECT skill, side, name FROM compared")
    }
    return compare_rows(
        records(request.store, __package__, "compare"),
        sides,
        request.filters.skill,
        by=request.options.by,
        measure=request.options.measure,
    )


SECTION = Section(
    name="compare",
    question="whether a change helped: versions of a skill, periods, models or formats",
    parts={"compare": Part(CompareRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["compare"]),
    empty="Nothing to compare yet. Versions need a skill that was loaded in two; `--after 7d` "
    "compares spans of time, `--by model` models, `--by format` edit formats.",
    in_overview=False,
    needs=("edit_chains", "session_projects", "version_spans", "run_versions"),
    options=Comparison,
    prepare=lambda request: prepare_comparison(request.store, request.options, request.filters),
    answers_when_empty=True,
)
