"""Making a report from the unified store."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from .. import clock
from ..errors import ComparisonError, UnknownNameError
from ..store.unknown_kinds import QUERY as UNKNOWN_KINDS
from ..store.unknown_kinds import unknown_kinds
from .engine import Engine, engine_of
from .figures import in_zone
from .query import records, row_of, rows
from .section import MINIMUM_ATTEMPTS, Request, Section
from .sections import SECTIONS, overview
from .sections.overview.rows import Coverage, Totals
from .selection.filters import Filters
from .selection.views import prepare
from .suggestions import unknown_section
from .validity import valid

OVERVIEW = "overview"
SCHEMA = "tachikoma.report/1"
TOTALS_NEED = frozenset(
    (
        *("call_outcomes", "calls_by_name", "call_sums"),
        *("message_sums", "turn_outcomes", "turns_by_session"),
    )
)


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
        utc: whether users read its times in UTC rather than in the local time zone.
        options: those of single sections that it was made with.
        project: the name of the project that it is about; None when it is not known.
        place: where the exports are that it read; None of the store of this machine.
    """

    generated_at: int
    section: str | None
    filters: Filters
    coverage: Coverage
    totals: Totals | None
    parts: dict[str, list[Any]]
    utc: bool = False
    options: Collection[object] = ()
    project: str | None = None
    place: str | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it, filtered out or never there."""
        seen = self.coverage
        rows = any(self.parts.values())
        return not (rows or seen.sessions or seen.calls or seen.copies or seen.events)


def build(
    store: sqlite3.Connection | Engine,
    section: str | None = None,
    filters: Filters | None = None,
    *,
    options: Collection[object] = (),
    utc: bool = False,
    now_ms: int | None = None,
    minimum: int = MINIMUM_ATTEMPTS,
    charts: bool = True,
    project: str | None = None,
) -> Report:
    """Make a report of what the store holds now.

    All of it is read in one transaction: a merge that ends meanwhile changes nothing. The
    connection may be read-only; nothing of the report stays in it.

    Args:
        store: the unified store, or an engine that reads those of many machines.
        section: a name of `SECTIONS`; None is the overview.
        filters: which rows count; None is all.
        options: those of single sections, each an object of its own type:
            `Comparison`, `Calendar`, `Installed`, `Thresholds`. A section without one takes its
            defaults.
        utc: whether days and hours are those of UTC rather than of the local time zone.
        now_ms: when the report is made, ms since the epoch; None is now. It decides which
            unfinished calls are abandoned.
        minimum: edits that an edit format has to begin before it is compared.
        charts: whether to read what only charts show, or in the overview only its files; else
            those parts are empty.
        project: the project's name, for a title; None when it is not known.

    Raises:
        UnknownSectionError: when there is no such section.
        UnknownSessionError: when the filters name a session that the store does not hold.
        ComparisonError: when what should be compared is not known, or is the same.
    """
    name = None if section == OVERVIEW else section
    if name is not None and name not in SECTIONS:
        raise unknown_section(name, (OVERVIEW, *SECTIONS))
    read_report = partial(
        _read,
        *(name, filters or Filters(), options, clock.now_ms() if now_ms is None else now_ms),
        utc=utc,
        minimum=minimum,
        charts=charts,
        project=project,
    )
    engine = engine_of(store)
    try:
        report, read = read_report(engine)
        totals = [report.totals] if report.totals is not None else []
        if valid(chain([report.coverage], totals, *read)):
            return report
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, ComparisonError | UnknownNameError):
            raise
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
    with engine.cleaned() as copy:
        return read_report(copy)[0]


def _read(
    name: str | None,
    filters: Filters,
    options: Collection[object],
    now_ms: int,
    store: Engine,
    *,
    utc: bool,
    minimum: int,
    charts: bool,
    project: str | None,
) -> tuple[Report, Collection[list[Any]]]:
    """The report, and all rows that were read for it, each list once though several need it."""
    sections, requests = _sections(name, filters), dict[str, Request[Any]]()
    found: dict[str, list[Any]] = {}

    def rows_of(section: Section[Any], key: str) -> list[Any]:
        if section.name not in requests:
            own = options_of(section, options)
            request = Request(store, resolved, own, now_ms, utc, coverage, rows_of, minimum)
            requests[section.name] = request
            if section.prepare is not None:
                with in_zone(utc=utc):
                    section.prepare(request)
        if key not in found:
            found[key] = section.parts[key].read(requests[section.name])
        return found[key]

    needs = {each for section in sections for each in section.needs}
    with store.reading():
        needs |= TOTALS_NEED if name is None else set()
        resolved = prepare(store, filters, now_ms=now_ms, needs=needs)
        (counts,) = records(store, overview.__name__, "coverage")
        coverage = row_of(Coverage, counts, unknown=unknown_kinds(store.execute(UNKNOWN_KINDS)))
        read = {
            key: rows_of(each, key) if charts or part.is_in_tables(overview=name is None) else []
            for each in sorted(sections, key=lambda each: each.concludes)
            for key, part in each.parts.items()
        }
        parts = {key: read[key] for each in sections for key in each.parts}
        totals = None
        if name is None:
            (totals,) = rows(store, overview.__name__, "totals", Totals)
    made = (now_ms, name, resolved, coverage, totals, parts, utc, options, project, store.place)
    return Report(*made), found.values()


def _sections(name: str | None, filters: Filters) -> list[Section[Any]]:
    if name is not None:
        return [SECTIONS[name]]
    of_session = filters.session is not None
    return [
        each for each in SECTIONS.values() if each.in_overview or (of_session and each.of_session)
    ]


def options_of(section: Section[Any], options: Collection[object]) -> Any:
    """Those of the options that the section takes, or its defaults; None where it takes none."""
    if section.options is None:
        return None
    defaults = section.options()
    return next((each for each in options if isinstance(each, type(defaults))), defaults)
