"""Making a report from the unified store."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from .asked import Asked
from .errors import unknown_section
from .figures import in_zone
from .filters import Filters
from .query import add_functions, rows
from .rows import Coverage, Totals
from .sections import SECTIONS, Section
from .shadows import prepare

OVERVIEW = "overview"
_TOTALS_NEED = frozenset(("call_outcomes", "calls_by_tool", "calls_by_session", "messages_by"))
MINIMUM_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be written in any form.

    Attributes:
        generated_at: ms since the epoch.
        section: the section's name; None is the overview.
        filters: what it is about, with `last` resolved and the folder's real path.
        coverage: how much of the history is measured.
        totals: the whole in a few numbers; None but in the overview.
        parts: the rows by their key in the JSON document, in order.
        utc: whether people are shown its times in UTC rather than in the local time zone.

    """

    generated_at: int
    section: str | None
    filters: Filters
    coverage: Coverage
    totals: Totals | None
    parts: dict[str, list[Any]]
    utc: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it, filtered out or never there."""
        seen = self.coverage
        rows = any(self.parts.values())
        return not (rows or seen.sessions or seen.calls or seen.copies or seen.events)


def build(
    connection: sqlite3.Connection,
    section: str | None = None,
    filters: Filters | None = None,
    *,
    asked: Asked | None = None,
    now_ms: int | None = None,
    minimum: int = MINIMUM_ATTEMPTS,
    charts: bool = True,
) -> Report:
    """Make a report of what the store holds now.

    All of it is read in one transaction: a merge that ends meanwhile changes nothing. The
    connection may be read-only; nothing of the report stays in it.

    Args:
        connection: the unified store.
        section: a name of `SECTIONS`; None is the overview.
        filters: which rows count; None is all.
        asked: what `compare`, `trend`, `unused` and `check` need to know beside the filters.
        now_ms: when the report is made, ms since the epoch; None is now. It decides which
            unfinished calls are abandoned.
        minimum: edits that an edit format has to begin before it is compared.
        charts: whether to read what only a chart shows; else those parts are empty.

    Raises:
        UnknownSectionError: when there is no such section.
        UnknownSessionError: when the filters name a session that the store does not hold.
        ComparisonError: when what should be compared is not known, or is the same.

    """
    name = None if section == OVERVIEW else section
    if name is not None and name not in SECTIONS:
        raise unknown_section(name, (OVERVIEW, *SECTIONS))
    moment = int(time.time() * 1000) if now_ms is None else now_ms
    sections = _sections(name)
    needs = {each for section in sections for each in section.needs}
    if name is None:
        needs |= _TOTALS_NEED
    asked = asked or Asked()
    add_functions(connection)
    connection.execute("SAVEPOINT report")
    try:
        resolved = prepare(
            connection, filters or Filters(), now_ms=moment, minimum=minimum, needs=needs
        )
        for section_wanted in sections:
            if section_wanted.prepare is not None:
                with in_zone(utc=asked.calendar.utc):
                    section_wanted.prepare(connection, asked, resolved, moment)
        (coverage,) = rows(connection, "coverage", Coverage)
        totals = rows(connection, "totals", Totals)[0] if name is None else None
        parts = {
            key: part.read(connection, asked, resolved) if charts or not part.for_charts else []
            for each in sections
            for key, part in each.parts.items()
        }
    finally:
        # Takes the temp tables and views with it.
        connection.execute("ROLLBACK TO report")
        connection.execute("RELEASE report")
    return Report(moment, name, resolved, coverage, totals, parts, asked.calendar.utc)


def _sections(name: str | None) -> list[Section]:
    if name is not None:
        return [SECTIONS[name]]
    return [each for each in SECTIONS.values() if each.in_overview]
