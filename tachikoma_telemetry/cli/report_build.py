"""Building a report from a store on disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from .say import note

if TYPE_CHECKING:
    from ..reports import Asked, Filters, Report


def build_report(
    store: Path,
    section: str | None,
    filters: Filters,
    asked: Asked | None = None,
    *,
    charts: bool = False,
    quiet: bool = False,
) -> Report:
    """Report what the store at this path holds; names that nobody knows are told.

    Raises:
        StoreError: when there is none, or it can't be read.
        UnknownNameError: when a filter names what nobody has heard of.
        ComparisonError: when what should be compared is not known, or is the same.

    """
    from ..reports import Asked, build
    from ..reports.selection.known_names import check_filters, unknown_limits
    from ..store.store import read_store, telling

    asked = asked or Asked()
    connection = read_store(store)
    try:
        with telling("read", store):
            check_filters(connection, filters, asked.installed)
            for message in unknown_limits(connection, asked.thresholds, asked.installed):
                note(f"tachikoma-telemetry: {message}", quiet=quiet)
            now = time.time_ns() // 1_000_000
            return build(connection, section, filters, asked=asked, now_ms=now, charts=charts)
    finally:
        connection.close()
