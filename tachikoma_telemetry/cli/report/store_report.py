"""Building a report from a store on disk."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ...clock import now_ms
from ..say import note

if TYPE_CHECKING:
    from ...reports import Filters, Report


def build_report(
    store: Path,
    section: str | None,
    filters: Filters,
    options: Collection[object] = (),
    *,
    utc: bool = False,
    charts: bool = False,
    quiet: bool = False,
    project: str | None = None,
) -> Report:
    """Report what the store at this path holds; unknown names are reported.

    `project` is the project's name, for a title.

    Raises:
        StoreError: when there is none, or it can't be read.
        UnknownNameError: when a filter names what is not known.
        ComparisonError: when what should be compared is not known, or is the same.

    """
    from ...reports import Installed, Thresholds, build
    from ...reports.sections.check.thresholds import CONFIG_NAME
    from ...reports.selection.filter_names import check_filters, unknown_skills
    from ...store.store import read_store, telling

    connection = read_store(store)
    try:
        with telling("read", store):
            installed = next((each.skills for each in options if isinstance(each, Installed)), ())
            limits = next((each.skills for each in options if isinstance(each, Thresholds)), {})
            check_filters(connection, filters, installed)
            for message in unknown_skills(connection, limits, installed):
                note(f"tachikoma-telemetry: {CONFIG_NAME}: {message}", quiet=quiet)
            now = now_ms()
            return build(
                *(connection, section, filters),
                options=options,
                utc=utc,
                now_ms=now,
                charts=charts,
                project=project,
            )
    finally:
        connection.close()
