"""Merging in tests, and looking at what came of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from tachikoma_telemetry.merge.merge import MergeRequest, Summary, merge
from tachikoma_telemetry.opencode import batches
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.store.session_sums import SUMS
from tachikoma_telemetry.store.tables import TABLES


def merge_project(
    root: Path,
    *databases: Path,
    journals: Iterable[Path] | None = None,
    store: Path | None = None,
    all_projects: bool = False,
) -> Summary:
    """Merge these databases, and the project's journal or the ones named, into its store."""
    return merge(
        MergeRequest(
            store=store or store_path(root),
            root=root,
            journals=[journal_path(root)] if journals is None else list(journals),
            named_journals=journals is not None,
            databases=list(databases),
            all_projects=all_projects,
        )
    )


@contextmanager
def few_at_a_time(rows: int) -> Iterator[None]:
    """Inside, a merge takes in so few rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "ROWS_OF_BATCH", rows)
        yield


def rows(root: Path, query: str, *values: object, store: Path | None = None) -> list[Any]:
    """What a query of the project's store says; rows of one column as plain values."""
    connection = sqlite3.connect(store or store_path(root))
    try:
        found = connection.execute(query, values).fetchall()
    finally:
        connection.close()
    return [row[0] if len(row) == 1 else row for row in found]


def contents(root: Path, store: Path | None = None) -> dict[str, list[str]]:
    """All that the store says, row by row, but for where the merge left off."""
    return {
        table: sorted(
            orjson.dumps(row).decode() for row in rows(root, f"SELECT * FROM {table}", store=store)
        )
        for table in (*(each.name for each in TABLES), *SUMS)
    }
