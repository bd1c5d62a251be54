"""What each section shows a person, as blocks; nothing here knows of terminals or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .. import figures
from ..blocks import Block, Heading, Sentence, Sheet
from ..build import Report
from ..filters import Filters
from ..names import visible
from . import edits, intents, iterations, legacy, overview, rlm, skills, usage
from .nothing import FILTERED, NO_HISTORY, NOTHING

Parts = Mapping[str, list[Any]]

_OVERVIEW_ROWS = 8
_OVERVIEW_SLACK = 2  # "1 more" takes the room that the one would

_FULL: Mapping[str, Callable[[Parts], list[Block]]] = {
    "skills": lambda parts: skills.blocks(parts["skills"]),
    "iterations": lambda parts: iterations.blocks(parts["iterations"]),
    "edits": lambda parts: [
        *edits.best(parts["best_formats"]),
        Heading("format × model"),
        *edits.details(parts["edits"]),
    ],
    "rlm": lambda parts: rlm.blocks(parts["rlm"]),
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
}
_COMPACT: Mapping[str, Callable[[Parts], list[Block]]] = {
    **_FULL,
    "edits": lambda parts: [*edits.best(parts["best_formats"]), *edits.matrix(parts["edits"])],
    "intents": lambda parts: [
        *intents.answer(parts["intents"]),
        *intents.mistakes(parts["confusion"], most=5),
    ],
    "sessions": lambda parts: usage.sessions(parts["sessions"], ids=False),
}


def blocks_of(report: Report) -> list[Block]:
    """The report as headings, sentences and sheets, in reading order."""
    title = report.section or "overview"
    blocks: list[Block] = [Heading(f"{title}{_about(report.filters)}")]
    if report.empty:
        return [*blocks, Sentence(FILTERED if report.filters.given else NO_HISTORY)]
    if report.section is not None:
        return [*blocks, *_section(report, report.section, _FULL)]
    if report.totals is not None:
        blocks += overview.head(report.totals, report.coverage)
    for section in _FULL:
        if section in report.parts and (section != "legacy" or report.parts[section]):
            blocks += [Heading(section), *_shortened(_section(report, section, _COMPACT), section)]
    return blocks


def _section(
    report: Report, section: str, views: Mapping[str, Callable[[Parts], list[Block]]]
) -> list[Block]:
    if not report.parts[section]:
        return [Sentence(FILTERED if report.filters.given else NOTHING[section], "faint")]
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


def _about(filters: Filters) -> str:
    parts = []
    if filters.since is not None:
        parts.append(f"since {figures.moment(filters.since)}")
    if filters.until is not None:
        parts.append(f"until {figures.moment(filters.until)}")
    for word in ("skill", "model", "session", "directory"):
        value = getattr(filters, word)
        if value is not None:
            parts.append(f"{word} {visible(value)}")
    if filters.source != "all":
        parts.append(f"edits from {filters.source}s")
    return "".join(f" · {part}" for part in parts)
