"""`report trend --of --by`: of which section, by which periods."""

from __future__ import annotations

from typing import get_args

from ...option_group import one_of
from .section_options import SectionOptions, SectionRequest


def _options(given: SectionRequest) -> list[object]:
    from ....reports.sections.trend.calendar import Calendar, Period, Subject

    by = given.value("by")
    return [
        Calendar(
            of=one_of(given.value("of") or "skills", get_args(Subject), "--of"),
            by=one_of(by, get_args(Period), "--by") if by is not None else None,
        )
    ]


OPTIONS = SectionOptions(
    section="trend",
    values={
        "by": "hour, day, week or month.",
        "of": "of skills (the default), iterations, edits, rlm, intents, tools, models or "
        "sessions.",
    },
    options=_options,
)
