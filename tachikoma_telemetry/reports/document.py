"""What each section shows a person, as blocks; nothing here knows of terminals or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import figures
from .blocks import Block, Heading, Sentence, Sheet
from .build import Report
from .names import visible
from .nothing import ANSWERS, FILTERED, NO_HISTORY, NOTHING
from .section import SECTIONS
from .sections.compare import sheet as compare
from .sections.edits import sheet as edits
from .sections.intents import sheet as intents
from .sections.iterations import sheet as iterations
from .sections.legacy import sheet as legacy
from .sections.overview import sheet as overview
from .sections.patterns import sheet as patterns
from .sections.rlm import sheet as rlm
from .sections.sessions import sheet as usage
from .sections.skills import sheet as skills
from .sections.trend import sheet as trend
from .sections.unused import sheet as unused
from .selection.filters import Filters

Parts = Mapping[str, list[Any]]

# The overview says it beside the times of its activity.
_WITH_TIMES = frozenset(("skills", "calls", "sessions", "trend", "unused", "patterns"))
_OVERVIEW_ROWS = 8
_OVERVIEW_SLACK = 2  # "1 more" takes the room that the one would

_FULL: Mapping[str, Callable[[Parts], list[Block]]] = {
    "skills": lambda parts: [
        *skills.blocks(parts["skills"]),
        *skills.outside(parts["outside_windows"]),
    ],
    "iterations": lambda parts: iterations.blocks(parts["iterations"]),
    "edits": lambda parts: [
        *edits.best(parts["best_formats"]),
        Heading("format × model"),
        *edits.details(parts["edits"]),
    ],
    "rlm": lambda parts: [*rlm.blocks(parts["rlm"]), *rlm.sizes(parts["chunk_sizes"])],
    "intents": lambda parts: [
        *intents.answer(parts["intents"]),
        *intents.mistakes(parts["confusion"], most=5),
        *intents.by_intent(parts["intents"]),
        *intents.grid(parts["confusion"]),
        *intents.calibration(parts["calibration"]),
    ],
    "calls": lambda parts: usage.calls(parts["calls"]),
    "tools": lambda parts: usage.tools(parts["tools"]),
    "models": lambda parts: usage.models(parts["models"]),
    "sessions": lambda parts: usage.sessions(parts["sessions"], ids=True),
    "legacy": lambda parts: legacy.blocks(parts["legacy"]),
    "trend": lambda parts: trend.blocks(parts["trend"]),
    "unused": lambda parts: unused.unused(parts["unused"]),
    "compare": lambda parts: compare.blocks(parts["compare"]),
    "patterns": lambda parts: [
        *patterns.patterns(parts["patterns"]),
        *patterns.order(parts["skill_order"]),
        *patterns.errors(parts["errors_seen"]),
    ],
    "check": lambda parts: unused.crossed(parts["check"]),
}
_COMPACT: Mapping[str, Callable[[Parts], list[Block]]] = {
    **_FULL,
    "skills": lambda parts: skills.blocks(parts["skills"]),
    "edits": lambda parts: [*edits.best(parts["best_formats"]), *edits.matrix(parts["edits"])],
    "intents": lambda parts: [
        *intents.answer(parts["intents"]),
        *intents.mistakes(parts["confusion"], most=5),
    ],
    "rlm": lambda parts: rlm.blocks(parts["rlm"]),
    "sessions": lambda parts: usage.sessions(parts["sessions"], ids=False),
    "trend": lambda parts: trend.shapes(parts["trend"]),
}


def head_of(report: Report) -> list[Block]:
    """What stands before the sections: how much there is, and how much of it is measured."""
    if report.empty:
        return [Sentence(FILTERED if report.filters.given else NO_HISTORY)]
    return overview.head(report.totals, report.coverage)


def sections_of(report: Report) -> dict[str, list[Block]]:
    """Each section of the report in full, by name: for a form that has the room.

    A section without rows says what would fill it; where nothing fits the filters there is none.
    """
    if report.empty and report.filters.given:
        return {}
    return {
        section: _section(report, section, _FULL)
        for section in _FULL
        if section in report.parts and (section != "legacy" or report.parts[section])
    }


def blocks_of(report: Report) -> list[Block]:
    """The report as headings, sentences and sheets, in reading order."""
    with figures.in_zone(utc=report.utc):
        return _blocks(report)


def _blocks(report: Report) -> list[Block]:
    title = " · ".join([report.section or "overview", *about(report.filters), *_zone(report)])
    blocks: list[Block] = [Heading(title)]
    if report.empty:
        return [*blocks, *head_of(report)]
    if report.section is not None:
        return [*blocks, *_section(report, report.section, _FULL)]
    blocks += head_of(report)
    for section in _FULL:
        if section in report.parts and (section != "legacy" or report.parts[section]):
            blocks += [Heading(section), *_shortened(_section(report, section, _COMPACT), section)]
    return blocks


def _zone(report: Report) -> list[str]:
    told = (report.section or "overview") in _WITH_TIMES
    return [f"times in {figures.zone(report.generated_at)}"] if told else []


def _section(
    report: Report, section: str, views: Mapping[str, Callable[[Parts], list[Block]]]
) -> list[Block]:
    if not any(report.parts[key] for key in SECTIONS[section].parts):
        said = FILTERED if report.filters.given and section not in ANSWERS else NOTHING[section]
        return [Sentence(said, "faint")]
    return views[section](report.parts)


def _shortened(blocks: list[Block], section: str) -> list[Block]:
    shown: list[Block] = []
    for block in blocks:
        if isinstance(block, Sheet) and len(block.rows) > _OVERVIEW_ROWS + _OVERVIEW_SLACK:
            more = len(block.rows) - _OVERVIEW_ROWS
            shown.append(replace(block, rows=block.rows[:_OVERVIEW_ROWS]))
            shown.append(Sentence(f"{more:,} more: tachikoma-telemetry report {section}", "faint"))
        else:
            shown.append(block)
    return shown


def about(filters: Filters) -> list[str]:
    """Each filter that is set, in words."""
    parts = []
    if filters.since is not None:
        parts.append(f"since {figures.moment(filters.since)}")
    if filters.until is not None:
        parts.append(f"until {figures.moment(filters.until)}")
    for word in ("skill", "model", "session", "directory", "tool", "outcome"):
        value = getattr(filters, word)
        if value is not None:
            parts.append(f"{word} {visible(value)}")
    if filters.source != "all":
        parts.append(f"edits from {filters.source}s")
    return parts
