"""The section `compare`."""

from __future__ import annotations

from typing import Any

from ...query import records
from ...section import Part, Request, Section
from . import sheet
from .comparison import Comparison, prepare_comparison
from .rows import CompareRow
from .verdicts import VersionChange, compare_rows, version_changes


def _read(request: Request[Comparison]) -> list[CompareRow]:
    """The values of two sides, made verdicts."""
    return compare_rows(
        records(request.store, __package__, "compare"),
        _sides(request),
        request.filters.skill,
        by=request.options.by,
        measure=request.options.measure,
    )


def _changes(request: Request[Any]) -> list[VersionChange]:
    """Every comparison of a skill's newest version with the one before it, untested."""
    prepare_comparison(request.store, Comparison(), request.filters)
    return version_changes(records(request.store, __package__, "compare"), _sides(request))


def _sides(request: Request[Any]) -> dict[tuple[str | None, str], str]:
    return {
        (skill, side): name
        for skill, side, name in request.store.execute("SELECT skill, side, name FROM compared")
    }


_NEEDS = ("row_people", "edit_chains", "session_projects", "version_spans", "run_versions")

VERSIONS: Section[None] = Section(
    name="versions",
    question="what other sections read of the comparison of each skill's two newest versions",
    parts={"version_changes": Part(VersionChange, _changes)},
    blocks=lambda _parts: [],
    empty="",
    needs=_NEEDS,
)

SECTION = Section(
    name="compare",
    question="whether a change helped: versions of a skill, periods, models or formats",
    parts={"compare": Part(CompareRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["compare"]),
    empty="Nothing to compare yet. Versions need a skill that was loaded in two; `--after 7d` "
    "compares spans of time, `--by model` models, `--by format` edit formats.",
    in_overview=False,
    needs=_NEEDS,
    options=Comparison,
    prepare=lambda request: prepare_comparison(request.store, request.options, request.filters),
    answers_when_empty=True,
    columns=sheet.COLUMNS,
    headings={
        "before": "the side before: a rate, a mean, or of durations and tokens a geometric mean",
        "after": "the side after, likewise",
        "change": "after less before, of runs of the same person, model, agent, project, request",
        "interval": "where the true change is, with 95 % certainty",
        "less · more": "that interval, drawn: left of the middle is less, right of it more",
        "crude": "the same, whatever the people, model, agent, project and request",
        "sessions": "sessions before and after",
        "people": "people before and after: where there are several, they are the units",
        "n": "runs, windows or edits before and after",
        "more runs": "about how many more runs it takes until a change of a tenth would show",
    },
)
