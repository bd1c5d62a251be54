"""Building a report from a store on disk, or from what many machines have exported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...clock import now_ms
from ..say import note

if TYPE_CHECKING:
    from ...fleet.readable_exports import Period
    from ...reports import Filters, Report
    from ...reports.engine import Engine


# Sections that ask of what was ever used only whether a skill records events.
_OF_ALL_TIMES = dict.fromkeys(("skills", "check"), frozenset({"events"}))


class Fleet(NamedTuple):
    """What many machines have exported.

    Attributes:
        place: the folder or bucket.
        engine: what reads it, as `fleet_engine` has it.

    """

    place: str
    engine: str = "duckdb"


def build_report(
    store: Path | Fleet,
    section: str | None,
    filters: Filters,
    options: Collection[object],
    *,
    utc: bool = False,
    charts: bool = False,
    quiet: bool = False,
    project: str | None = None,
) -> Report:
    """Report what the store at this path, or a fleet, holds; unknown names are reported.

    `project` is the project's name, for a title.

    Raises:
        StoreError: when there is none, or it can't be read.
        FleetError: when the fleet's folder can't be read.
        UnknownNameError: when a filter names what is not known.
        ComparisonError: when what should be compared is not known, or is the same.

    """
    from ...reports import Installed, Thresholds, build
    from ...reports.sections.check.thresholds import CONFIG_NAME
    from ...reports.selection.filter_names import check_filters, unknown_skills

    with _opened(store, section, filters, quiet=quiet) as engine:
        installed = next((each.skills for each in options if isinstance(each, Installed)), ())
        limits = next((each.skills for each in options if isinstance(each, Thresholds)), {})
        check_filters(engine, filters, installed)
        for message in unknown_skills(engine, limits, installed):
            note(f"tachikoma-telemetry: {CONFIG_NAME}: {message}", quiet=quiet)
        return build(
            *(engine, section, filters),
            options=options,
            utc=utc,
            now_ms=now_ms(),
            charts=charts,
            project=project,
        )


@contextmanager
def _opened(
    store: Path | Fleet, section: str | None, filters: Filters, *, quiet: bool
) -> Iterator[Engine]:
    if isinstance(store, Fleet):
        from ...fleet.fleet_engine import fleet_engine

        period = period_of(section, filters)
        with fleet_engine(store.place, store.engine, period) as (engine, problems):
            known = len(problems)
            _report_problems(problems, quiet=quiet)
            yield engine
            # A file may turn out to be damaged when it is read.
            _report_problems(problems[known:], quiet=quiet)
        return
    from ...reports.engine import SqliteEngine
    from ...store.store import store_at

    with store_at(store) as connection:
        yield SqliteEngine(connection)


def period_of(section: str | None, filters: Filters) -> Period | None:
    """What of a fleet a report needs when it is of a period; None is all.

    What was ever used needs all of it, and so does choosing sessions, or finding a name.
    """
    from ...fleet.readable_exports import Period
    from ...reports import SECTIONS

    chosen = (filters.skill, filters.model, filters.session, filters.directory)
    if filters.since is None or section is None or section not in SECTIONS or any(chosen):
        return None
    if "skill_uses" not in SECTIONS[section].needs:
        return Period(filters.since)
    return Period(filters.since, _OF_ALL_TIMES[section]) if section in _OF_ALL_TIMES else None


def _report_problems(problems: Iterable[str], *, quiet: bool) -> None:
    for problem in problems:
        note(f"tachikoma-telemetry: {problem}", quiet=quiet)
