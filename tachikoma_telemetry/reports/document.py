"""A report as headings, sentences and sheets, in reading order; the forms draw these."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from ..visible import visible
from ..words import counted
from . import figures
from .blocks import Block, Heading, Sentence, Sheet
from .build import Report
from .section import Parts, Section
from .sections import SECTIONS
from .sections.findings import sheet as findings
from .sections.overview import sheet as overview
from .selection.command import report_command
from .selection.filters import Filters
from .short_ids import LEAST
from .table_view import TableView, in_view

NO_HISTORY = (
    "Nothing is recorded yet. `tachikoma-telemetry init` installs the OpenCode plugin; after the "
    "next session, ask again. `tachikoma-telemetry doctor` shows what is found."
)
NO_EXPORT = (
    "No machine has exported anything as a whole yet: `tachikoma-telemetry export parquet` begins "
    "or completes an export."
)
FILTERED = "Nothing fits these filters."

_MORE = " `report skills` shows one, `report --all` all."
_OVERVIEW_ROWS = 8
_FOUND = 3  # of a session, in few lines
_OF_THE_PROJECT = frozenset(("unused", "not measured"))
_OVERVIEW_SLACK = 2  # "1 more" takes the room that the one would


def head_of(report: Report) -> list[Block]:
    """What comes before the sections: how much there is, and how much of it is measured."""
    if report.empty:
        nothing = NO_EXPORT if report.place is not None else NO_HISTORY
        return [Sentence(FILTERED if report.filters.given else nothing, code=True)]
    return overview.head(report.totals, report.coverage)


def sections_of(report: Report, *, brief: Collection[str] = ()) -> dict[str, list[Block]]:
    """Each section of the report in full, by name: for a form that has the room.

    A section without rows says what would fill it; where nothing fits the filters there is none.

    Those in `brief` are shown as the overview of a terminal shows them.
    """
    if report.empty and report.filters.given:
        return {}
    shown = {
        section.name: _blocks_of(
            report, section, (section.name in brief and section.brief) or section.blocks
        )
        for section in SECTIONS.values()
        if _is_shown(report, section)
    }
    if report.section is None and "timeline" in shown:  # of one session: what it was about
        shown = {"timeline": [*_about_session(report), *shown.pop("timeline")], **shown}
    return shown


def has_rows(report: Report, section: str) -> bool:
    """Whether a section of the report has any, so that it is more than a sentence."""
    return any(report.parts[key] for key in SECTIONS[section].parts)


def blocks_of(
    report: Report, view: TableView | None = None, *, conclusion_last: bool = False
) -> list[Block]:
    """The report as headings, sentences and sheets, in reading order.

    `conclusion_last` puts what stands out at the end, where a terminal leaves the eye.

    Raises:
        UnknownNameError: when the view names a column that no table of the section has.

    """
    with figures.in_zone(utc=report.utc):
        return _document(report, view or TableView(), conclusion_last=conclusion_last)


def _document(report: Report, view: TableView, *, conclusion_last: bool) -> list[Block]:
    of_session = report.section is None and "timeline" in report.parts and not view.everything
    named = [] if of_session else [report.section or "overview"]
    title = " · ".join([*named, *filter_words(report.filters), *_zone(report)])
    blocks: list[Block] = [Heading(title)]
    if report.empty:
        return [*blocks, *head_of(report)]
    if report.section is not None:
        section = SECTIONS[report.section]
        return [*blocks, *in_view(_blocks_of(report, section, section.blocks), view)]
    if of_session:
        return [*blocks, *_of_session(report, view)]
    blocks += head_of(report)
    for section in sorted(SECTIONS.values(), key=lambda each: conclusion_last and each.concludes):
        if _is_shown(report, section):
            brief = _blocks_of(report, section, section.brief or section.blocks)
            blocks += [Heading(section.name), *_shortened(brief, report, section.name, view.rows)]
    return blocks


def _of_session(report: Report, view: TableView) -> list[Block]:
    """One session: what it was about, how it ended, and what happened, call by call.

    Where lines are few, what stands out in it comes before the newest calls.
    """
    from .sections.timeline import section as timeline  # other reports need not wait for it

    about, parts = _about_session(report), report.parts
    # `--all` without a section is every section.
    source = f" --source {shlex.quote(visible(report.place))}" if report.place else ""
    view = replace(view, whole=f"`report timeline --session {_short(report)}{source} --all`")
    if view.lines is None or view.screen is None:
        return [*about, *in_view(timeline.blocks(parts["timeline"]), view)]
    found = [each for each in parts["findings"] if each.kind not in _OF_THE_PROJECT]
    if found:
        about += findings.blocks(found[:_FOUND])
    lines, width = view.screen
    # What stands out takes two lines each; so does, on 80 columns, that rows are missing.
    room = replace(view, screen=(lines - len(found[:_FOUND]) - (width < 100), width))
    return in_view([*about, *timeline.blocks(parts["timeline"], most=timeline.ROWS_SHOWN)], room)


def _short(report: Report) -> str:
    session = visible(report.filters.session or "last")
    return session[:LEAST] if session.startswith("ses_") else session


def _about_session(report: Report) -> list[Block]:
    from .sections.timeline import section as timeline

    parts = report.parts
    return timeline.about(parts["sessions"], parts["endings"], parts["timeline"])


def summary_of(report: Report, view: TableView | None = None) -> list[Block]:
    """The overview on one screen: how much there is, which sections there are, what stands out.

    Args:
        report: the report.
        view: how many findings; None is all.

    """
    if report.empty or report.section is not None or report.totals is None:
        return blocks_of(report, view)
    if "timeline" in report.parts:
        return blocks_of(report, view)
    with figures.in_zone(utc=report.utc):
        title = visible(report.project) if report.project else "overview"
        blocks: list[Block] = [Heading(" · ".join([title, *filter_words(report.filters)]))]
        blocks += overview.line(report.totals, report.coverage)
        shown = [each for each in SECTIONS.values() if _is_shown(report, each)]
        numbers = [f"{each.name} {_size(report, each):,}" for each in shown if not each.concludes]
        blocks += [Sentence(""), Sentence(f"Sections: {', '.join(numbers)}.{_MORE}", "faint")]
        for section in shown:
            if section.concludes:
                whole = _blocks_of(report, section, section.blocks)
                rows = view.rows if view is not None else None
                blocks += [
                    Heading(section.name),
                    *_shortened(whole, report, section.name, rows, slack=0),
                ]
    return blocks


def _size(report: Report, section: Section[Any]) -> int:
    seen = {"calls": report.coverage.calls, "sessions": report.coverage.sessions}
    if section.size is not None:
        return section.size(report.parts)
    return seen.get(section.name, len(report.parts[section.name]))


def _is_shown(report: Report, section: Section[Any]) -> bool:
    rows = report.parts.get(section.name)
    return rows is not None and bool(rows or not section.hidden_when_empty)


def _zone(report: Report) -> list[str]:
    # The overview says it beside the times of its activity.
    if report.section is None or not SECTIONS[report.section].shows_times:
        return []
    return [f"times in {figures.zone(report.generated_at)}"]


def _blocks_of(
    report: Report, section: Section[Any], view: Callable[[Parts], list[Block]]
) -> list[Block]:
    if has_rows(report, section.name):
        return view(report.parts)
    filtered = report.filters.given and not section.answers_when_empty
    sessions = counted(report.coverage.sessions, "session")
    empty = section.empty.replace("{sessions}", sessions)
    return [Sentence(FILTERED if filtered else empty, "faint", code=True)]


def _shortened(
    blocks: list[Block],
    report: Report,
    section: str,
    most: int | None = None,
    slack: int = _OVERVIEW_SLACK,
) -> list[Block]:
    most = _OVERVIEW_ROWS if most is None else most
    shown: list[Block] = []
    for block in blocks:
        if not isinstance(block, Sheet):
            shown.append(block)
        elif len(block.given) > most + slack:
            more = len(block.given) - most
            shown.append(replace(block, given=block.given[:most]).drawn())
            command = report_command(section, report.filters, report.place)
            shown.append(Sentence(f"{more:,} more: {command}", "faint"))
        else:
            shown.append(block.drawn())
    return shown


def filter_words(filters: Filters) -> list[str]:
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
