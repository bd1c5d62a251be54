"""The section `trend`."""

from __future__ import annotations

from collections import defaultdict

from ...figures import VERSION_LENGTH
from ...query import records, row_of
from ...section import Part, Request, Section
from . import sheet
from .calendar import Calendar, prepare_calendar
from .rows import TrendRow


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


SECTION = Section(
    name="trend",
    question="how a section's numbers change by hour, day, week or month, skill versions marked",
    parts={"trend": Part(TrendRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["trend"]),
    brief=lambda parts: sheet.shapes(parts["trend"]),
    empty="Nothing of that kind happened yet.",
    needs=("session_projects", "version_spans"),
    options=Calendar,
    prepare=prepare_calendar,
    shows_times=True,
    headings={
        "first": "period of the first use",
        "last": "period of the last use",
        "uses over time": "a bar a period",
        "uses": "uses",
        "succeeded": "uses that succeeded, of those whose end is known",
        "in the last period": "the same, of the last period alone",
        "new versions": "how many versions there were",
        "period": "period",
        "p50": "duration_p50_ms",
        "tokens": "tokens",
        "cost": "cost",
        "new version": "new_versions",
    },
)
