"""The merge: everything that is new, joined, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

from ..progress import Progress
from ..store.creation import make_store
from ..store.limits import drop_impossible_facts
from ..store.masks import mask_again
from ..store.migrate import migrate
from ..store.origin import adopt
from ..store.session_sums import SUMS
from ..store.store import (
    create_indexes,
    create_indexes_of_events,
    create_indexes_of_few,
    open_store,
    store_errors,
    use_wal,
)
from ..store.tables import METRICS
from .changes import Changes
from .derivation import derive
from .facts.duplicates import drop_duplicates
from .facts.named_runs import reset_runs
from .request import MergeRequest
from .sources import read_databases, read_journals
from .summary import Summary, summarise

__all__ = ["MergeRequest", "Summary", "merge"]


def merge(request: MergeRequest, progress: Progress | None = None) -> Summary:
    """Bring the store up to date; killed anywhere, it leaves the old state or the new.

    Args:
        request: what to merge, and where to.
        progress: is called with a phase, what of it is done and the total (None if unknown).

    Raises:
        DatabaseError: a database can't be read; the store is as it was.
        JournalError: so for a journal.
        StoreError: the store can't be written.
    """

    def fill(store: sqlite3.Connection) -> Summary:
        return _merge_into(store, request, progress or _silent)

    def fill_cleaned(store: sqlite3.Connection) -> Summary:
        return _merge_into(store, replace(request, rebuild=True), progress or _silent)

    return make_store(request.store, fill) or _update(request, fill, fill_cleaned)


_Fill = Callable[[sqlite3.Connection], Summary]


def _update(request: MergeRequest, fill: _Fill, fill_cleaned: _Fill) -> Summary:
    """Let `fill` change the store that is there, or `fill_cleaned` where it can't."""
    path = request.store
    store = open_store(path, older=True, foreign=request.adopt)
    try:
        with store_errors("write", path):
            try:
                if request.adopt:
                    adopt(store, path)
                summary = _fill_or_clean(store, fill, fill_cleaned)
                use_wal(store)
            except BaseException:
                if store.in_transaction:
                    store.execute("ROLLBACK")
                raise
    finally:
        store.close()
    return summary


def _fill_or_clean(store: sqlite3.Connection, fill: _Fill, fill_cleaned: _Fill) -> Summary:
    """Let `fill` change a store; where it meets values there that can't be, the other one does."""
    try:
        return fill(store)
    except (ArithmeticError, TypeError, ValueError):
        # Another program wrote into the store: no merge puts such values there.
        if store.in_transaction:
            store.execute("ROLLBACK")
        return fill_cleaned(store)


def _merge_into(store: sqlite3.Connection, request: MergeRequest, progress: Progress) -> Summary:
    # What is new in a first merge may be more than memory should hold.
    store.execute("PRAGMA temp_store = FILE")
    # KB. More makes nothing faster: rows come in the order in which they are looked at again.
    store.execute("PRAGMA cache_size = -8192")
    store.execute("BEGIN IMMEDIATE")
    changes = Changes(store)
    if migrate(store) or request.rebuild:
        drop_impossible_facts(store)
        _drop_metrics(store, changes)
    create_indexes_of_few(store)
    warnings = read_databases(store, request, changes, progress)
    progress("joining", 0, None)
    create_indexes(store)
    if store.execute("SELECT EXISTS (SELECT 1 FROM events)").fetchone()[0]:
        create_indexes_of_events(store)
    drop_duplicates(store, changes)
    warnings += read_journals(store, request, changes)
    derive(store, changes, progress)
    summary = summarise(store, changes, warnings)
    store.execute("COMMIT")
    return summary


def _silent(*_progress: object) -> None:
    return None


def _drop_metrics(store: sqlite3.Connection, changes: Changes) -> None:
    """Drop the metrics and how far each source was read; mask the facts by the rules of today."""
    mask_again(store)
    for table in (*(each.name for each in METRICS), *SUMS, "merge_state"):
        store.execute(f"DELETE FROM {table}")
    for table in ("messages", "calls"):
        store.execute(f"UPDATE {table} SET active_skill = NULL WHERE active_skill IS NOT NULL")
    reset_runs(store)
    changes.add_sessions([row[0] for row in store.execute("SELECT session_id FROM sessions")])
    changes.add_events("SELECT rowid FROM events")
