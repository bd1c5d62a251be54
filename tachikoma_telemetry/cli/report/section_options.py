"""The options of `report` that belong to one section: what each section adds, in one entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

from ...errors import ConfigError
from ...project import telemetry_dir
from ..option_group import one_of
from ..time_words import parse_time, time_of

if TYPE_CHECKING:
    from ...reports import Report
    from ...reports.sections.compare.comparison import TimeSpan
    from ...reports.sections.compare.rows import By, Metric

_CROSSED = 3


@dataclass(frozen=True, kw_only=True)
class SectionRequest:
    """What the user gave, for the section that is shown.

    Attributes:
        section: its name; None is the overview.
        values: the values of its own options by their names; None where one was not given.
        skill: the skill that the filters name; None is any.
        root: the project's root.
        utc: whether times are in UTC rather than in the local time zone.

    """

    section: str | None
    values: Mapping[str, str | None] = field(default_factory=dict)
    skill: str | None = None
    root: Path
    utc: bool = False

    def value(self, name: str) -> str | None:
        """The value of the option ``--name``; None where it was not given."""
        return self.values.get(name)


@dataclass(frozen=True, kw_only=True)
class SectionOptions:
    """What one section adds to `report`.

    Attributes:
        section: its name.
        values: the help of each option that takes a value, by its name without dashes. Sections
            may share one: its help is then theirs, one after the other.
        flag: the help of ``--SECTION``, which is a way to name the section; None where it has none.
        options: makes the `options` of `reports.build` from what the user gave.
        filters: makes filters of the section's own.
        needed: whether `options` are needed for what the user gave; None is for this section only.
        exit_code: how `report` exits when the report is written.

    """

    section: str
    values: Mapping[str, str] = field(default_factory=dict)
    flag: str | None = None
    options: Callable[[SectionRequest], list[object]] = lambda _: []
    filters: Callable[[SectionRequest], dict[str, Any]] = lambda _: {}
    needed: Callable[[SectionRequest], bool] | None = None
    exit_code: Callable[[Report], int] = lambda _: 0

    def is_needed(self, given: SectionRequest) -> bool:
        """Whether its `options` are needed for what the user gave."""
        return self.section == given.section if self.needed is None else self.needed(given)


def _of_calls(given: SectionRequest) -> dict[str, Any]:
    """Which calls."""
    from ...reports.selection.filters import Outcome

    outcome = given.value("outcome")
    if outcome is not None:
        outcome = one_of(outcome.replace("-", "_"), get_args(Outcome), "--outcome")
    return {"tool": given.value("tool"), "outcome": outcome}


def _of_trend(given: SectionRequest) -> list[object]:
    """Of which section, by which periods."""
    from ...reports.sections.trend.calendar import Calendar, Period, Subject

    by = given.value("by")
    return [
        Calendar(
            of=one_of(given.value("of") or "skills", get_args(Subject), "--of"),
            by=one_of(by, get_args(Period), "--by") if by is not None else None,
        )
    ]


def _of_compare(given: SectionRequest) -> list[object]:
    """Which sides are compared."""
    from ...reports.sections.compare.comparison import Comparison
    from ...reports.sections.compare.rows import By, Metric

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


def _of_check(given: SectionRequest, *, by_default: bool = True) -> list[object]:
    from ...reports.sections.check.thresholds import CONFIG_NAME, read_thresholds

    path = telemetry_dir(given.root) / CONFIG_NAME
    return [read_thresholds(path)] if by_default or path.exists() else []


def _of_findings(given: SectionRequest) -> list[object]:
    # A broken file is the business of --check.
    with suppress(ConfigError):
        return _of_check(given, by_default=False)
    return []


def _needs_installed(given: SectionRequest) -> bool:
    # A filter or a threshold that names an installed skill is not misspelt, though it was never
    # used.
    return given.section in (None, "findings", "unused", "check") or given.skill is not None


def _of_unused(given: SectionRequest) -> list[object]:
    """It has no options of its own, but needs to know which skills are installed."""
    from ...reports import Installed, find_installed

    return [Installed(find_installed(given.root, later=True))]


SECTION_OPTIONS: tuple[SectionOptions, ...] = (
    SectionOptions(
        section="calls",
        values={
            "tool": "only calls of this tool, by its old or its new name.",
            "outcome": "only those that ended so: succeeded, failed, timed_out, invalid, "
            "cancelled, abandoned or running.",
        },
        filters=_of_calls,
    ),
    SectionOptions(
        section="trend",
        values={
            "by": "hour, day, week or month.",
            "of": "of skills (the default), iterations, edits, rlm, intents, tools, models or "
            "sessions.",
        },
        options=_of_trend,
    ),
    SectionOptions(
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
        options=_of_compare,
    ),
    SectionOptions(
        section="check",
        flag="List what crosses the thresholds of .opencode/telemetry/config.toml, and exit with 3 "
        "when anything does.",
        options=_of_check,
        exit_code=lambda report: _CROSSED if report.parts["check"] else 0,
    ),
    SectionOptions(
        section="findings",
        needed=lambda given: given.section in (None, "findings"),
        options=_of_findings,
    ),
    SectionOptions(section="unused", needed=_needs_installed, options=_of_unused),
)
