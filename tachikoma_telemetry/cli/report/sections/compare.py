"""`report compare --by --before --after --measure`: which sides are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import typer

from ...option_group import one_of
from ...time_words import parse_time, time_of
from .section_options import SectionOptions, SectionRequest

if TYPE_CHECKING:
    from ....reports.sections.compare.comparison import TimeSpan
    from ....reports.sections.compare.rows import By, Metric


def _options(given: SectionRequest) -> list[object]:
    from ....reports.sections.compare.comparison import Comparison
    from ....reports.sections.compare.rows import By, Metric

    by, before, after = (given.value(name) for name in ("by", "before", "after"))
    if by is None:
        by = "period" if any(side and _is_time(side) for side in (before, after)) else "version"
    wanted: By = one_of(by, get_args(By), "--by")
    measure: Metric = one_of(given.value("measure") or "success", get_args(Metric), "--measure")
    if wanted != "period":
        return [Comparison(wanted, before, after, measure)]
    return [
        Comparison(
            wanted,
            _span(before, "--before", utc=given.utc) if before else None,
            _span(after, "--after", utc=given.utc) if after else None,
            measure,
        )
    ]


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return ".." in text
    return True


def _span(text: str, option: str, *, utc: bool) -> TimeSpan:
    """``from..to``, either of which may be left out; a time alone is the edge of its side."""
    start, dots, end = text.partition("..")
    if not dots:
        start, end = ("", text) if option == "--before" else (text, "")
    since, until = (time_of(each.strip() or None, option, utc=utc) for each in (start, end))
    if since is not None and until is not None and until <= since:
        raise typer.BadParameter("the period ends before it begins", param_hint=option)
    return since, until


OPTIONS = SectionOptions(
    section="compare",
    values={
        "by": "version (the default), period, model or format.",
        "before": "the side before: how a version begins, a time or from..to, a model or a "
        "format. Default: the version, or the time, before --after.",
        "after": "the side after, written likewise. Default: the newest version, or the time "
        "after --before.",
        "measure": "the metric that the verdict is about: success (the default), duration, "
        "tokens, iterations, ... The others are hints.",
    },
    options=_options,
)
