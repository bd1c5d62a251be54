"""The section `trend`."""

from __future__ import annotations

from collections import defaultdict

from ...confidence_sequence import ALPHA
from ...figures import VERSION_LENGTH
from ...query import records, row_of
from ...section import Part, Request, Section
from ..compare.section import VERSIONS
from ..compare.verdicts import VersionChange
from . import sheet
from .calendar import Calendar, prepare_calendar
from .rows import TrendChangeRow, TrendRow


def _read(request: Request[Calendar]) -> list[TrendRow]:
    """With the versions that were new in a period."""
    versions: dict[tuple[int, str | None], list[str]] = defaultdict(list)
    if request.options.of == "skills":
        for each in records(request.store, __package__, "trend_versions"):
            version = each["skill_version"][:VERSION_LENGTH]
            versions[each["started"], each["skill"]].append(version)
    return [
        row_of(TrendRow, each, new_versions=versions.get((each["started"], each["skill"]), []))
        for each in records(request.store, __package__, "trend")
    ]


def _changes(request: Request[Calendar]) -> list[TrendChangeRow]:
    """What `compare` says of each skill's newest version, at the level of one question."""
    if request.options.of != "skills":
        return []
    changes: list[VersionChange] = request.rows_of(VERSIONS, "version_changes")
    rows = (each.row(ALPHA) for each in changes if each.metric == "success")
    return [
        TrendChangeRow(
            skill=row.skill or "",
            since=row.first_after,
            version=row.side_after or "",
            version_before=row.side_before or "",
            before=row.before or 0.0,
            after=row.after or 0.0,
            n_before=row.n_before,
            n_after=row.n_after,
            low=row.low,
            high=row.high,
            verdict=row.verdict,
        )
        for row in rows
        if row.n_before and row.n_after
    ]


SECTION = Section(
    name="trend",
    question="how a section's numbers change by hour, day, week or month, skill versions marked",
    parts={"trend": Part(TrendRow, _read), "trend_changes": Part(TrendChangeRow, _changes)},
    blocks=lambda parts: sheet.blocks(parts["trend"], parts["trend_changes"]),
    brief=lambda parts: sheet.shapes(parts["trend"], parts["trend_changes"]),
    size=lambda parts: len({sheet.thing(row) for row in parts["trend"]}),
    empty="Nothing of that kind happened yet.",
    needs=VERSIONS.needs,
    options=Calendar,
    prepare=prepare_calendar,
    shows_times=True,
    columns=[*sheet.SHAPES.values(), *sheet.ROWS.values()],
    headings={
        "first": "period of the first use",
        "last": "period of the last use",
        "success over time": "a bar a period; a line is a new version, a blank has no runs",
        "succeeded": "uses that succeeded, of those whose end is known",
        "in the last period": "the same, of the last period alone",
        "with the newest version": "the change of the success rate that its newest version made",
    },
)
