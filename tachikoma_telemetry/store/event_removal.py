"""The store's half of pruning: which events it holds, and deleting old ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from .tables import METRICS, OF_RUN


def merged_ids(store: sqlite3.Connection, events: Iterable[str]) -> set[str]:
    """Of these event ids, those that the store holds."""
    found = (
        store.execute("SELECT event_id FROM events WHERE event_id = ?", (event,)).fetchone()
        for event in events
    )
    return {row[0] for row in found if row is not None}


def prune_store(store: sqlite3.Connection, cutoffs: Mapping[str, int]) -> int:
    """Delete recorded events, and the rows made from them; returns how many events.

    What was read from OpenCode's database stays: it has a history of its own.

    `cutoffs` are, by event type, the time (ms since the epoch) before which they go.
    """
    store.execute("BEGIN IMMEDIATE")
    try:
        store.execute("CREATE TEMP TABLE going (event_id TEXT PRIMARY KEY, run TEXT)")
        for kind, before in cutoffs.items():
            store.execute(
                "INSERT INTO going SELECT event_id, run FROM events WHERE type = ? AND time < ?",
                (kind, before),
            )
        for table in METRICS:
            if table.link is not None and table.link != OF_RUN:
                store.execute(f"DELETE FROM {table.name} WHERE {table.link.among('going')}")
        removed = store.execute(
            "DELETE FROM events WHERE event_id IN (SELECT event_id FROM going)"
        ).rowcount
        # A run of which nothing is left goes; of one that is half gone, its row stays as it was.
        store.execute(
            "DELETE FROM skill_metrics WHERE kind = 'run' "
            "AND run_id IN (SELECT run FROM going WHERE run IS NOT NULL) "
            "AND run_id NOT IN (SELECT run FROM events WHERE run IS NOT NULL)"
        )
        store.execute("DROP TABLE going")
        store.execute("COMMIT")
    except BaseException:
        if store.in_transaction:
            store.execute("ROLLBACK")
        raise
    return int(removed)
