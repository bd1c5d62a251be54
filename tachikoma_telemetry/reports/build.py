"""Making a report from the unified store."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ..errors import ComparisonError, UnknownNameError
from ..store.limits import drop_impossible_facts, drop_impossible_metrics
from ..store.unknown_kinds import unknown_kinds
from .figures import in_zone
from .query import add_functions, records, row_of, rows
from .section import Request, Section
from .sections import SECTIONS, overview
from .sections.overview.rows import Coverage, Totals
from .selection.filters import Filters
from .selection.views import prepare
from .suggestions import unknown_section
from .validity import valid

OVERVIEW = "overview"
SCHEMA = "tachikoma.report/1"
_TOTALS_NEED = frozenset(
    (
        *("call_outcomes", "calls_by_name", "calls_by_session"),
        *("messages_by", "turn_outcomes", "turns_by_session"),
    )
)
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
        utc: whether users read its times in UTC rather than in the local time zone.
        options: those of single sections that it was made with.
        project: the name of the project that it is about; None when it is not known.

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
        connection: the unified store.
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
    moment = int(time.time() * 1000) if now_ms is None else now_ms
    arguments = _Arguments(
        name, filters or Filters(), options, utc, moment, minimum, charts, project
    )
    add_functions(connection)
    try:
        report, read = _read(connection, arguments)
        totals = [report.totals] if report.totals is not None else []
        if valid(chain([report.coverage], totals, *read)):
            return report
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, ComparisonError | UnknownNameError):
            raise
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
    with _cleaned(connection) as copy:
        return _read(copy, arguments)[0]


@dataclass(frozen=True, slots=True)
class _Arguments:
    """The arguments of `build`."""

    name: str | None
    filters: Filters
    options: Collection[object]
    utc: bool
    now_ms: int
    minimum: int
    charts: bool
    project: str | None


@contextmanager
def _cleaned(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A copy of the store without the values that can't be right.

    A merge puts none into a store, but any program can.
    """
    # A private file that SQLite deletes: a store may be larger than memory.
    with closing(sqlite3.connect("", isolation_level=None)) as copy:
        connection.backup(copy)
        copy.execute("BEGIN")
        drop_impossible_facts(copy)
        drop_impossible_metrics(copy)
        copy.execute("COMMIT")
        add_functions(copy)
        yield copy


def _read(store: sqlite3.Connection, arguments: _Arguments) -> tuple[Report, Collection[list[Any]]]:
    """The report, and all rows that were read for it."""
    name = arguments.name
    sections = _sections(name, arguments.filters)
    needs = {each for section in sections for each in section.needs}
    if name is None:
        needs |= _TOTALS_NEED
    store.execute("SAVEPOINT report")
    try:
        resolved = prepare(
            store,
            arguments.filters,
            now_ms=arguments.now_ms,
            minimum=arguments.minimum,
            needs=needs,
        )
        (counts,) = records(store, overview.__name__, "coverage")
        coverage = row_of(Coverage, counts, unknown=unknown_kinds(store))
        reader = _Reader(store, resolved, arguments, coverage)
        read = {
            key: reader.rows_of(each, key)
            if arguments.charts or part.is_in_tables(overview=name is None)
            else []
            for each in sorted(sections, key=lambda each: each.concludes)
            for key, part in each.parts.items()
        }
        parts = {key: read[key] for each in sections for key in each.parts}
        totals = None
        if name is None:
            (totals,) = rows(store, overview.__name__, "totals", Totals)
    finally:
        # Takes the temp tables and views with it.
        store.execute("ROLLBACK TO report")
        store.execute("RELEASE report")
    report = Report(
        *(arguments.now_ms, name, resolved, coverage, totals, parts),
        *(arguments.utc, arguments.options, arguments.project),
    )
    return report, reader.rows.values()


class _Reader:
    """Reads the rows of sections, each list once, though several sections use it."""

    def __init__(
        self,
        store: sqlite3.Connection,
        filters: Filters,
        arguments: _Arguments,
        coverage: Coverage,
    ) -> None:
        self._about = (store, filters, arguments, coverage)
        self._requests: dict[str, Request[Any]] = {}
        self.rows: dict[str, list[Any]] = {}

    def rows_of(self, section: Section[Any], key: str) -> list[Any]:
        """The rows of a section under one of its keys."""
        if key not in self.rows:
            self.rows[key] = section.parts[key].read(self._request(section))
        return self.rows[key]

    def _request(self, section: Section[Any]) -> Request[Any]:
        if section.name not in self._requests:
            store, filters, arguments, coverage = self._about
            options = options_of(section, arguments.options)
            request = Request(
                *(store, filters, options, arguments.now_ms, arguments.utc),
                coverage,
                self.rows_of,
            )
            self._requests[section.name] = request
            if section.prepare is not None:
                with in_zone(utc=arguments.utc):
                    section.prepare(request)
        return self._requests[section.name]


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
