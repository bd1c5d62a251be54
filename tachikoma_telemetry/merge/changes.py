"""What a merge changed, and so what has to be matched and derived again.

A first merge may bring millions of events, so those are kept in temporary tables, by the numbers of
their rows, and not in memory:

    changed_events  row: events that are new, or whose call or run may be another one
    changed_calls   calls that are new, changed or dropped, as they were and as they are: `until`
                    when a shell command may have recorded something at the latest
    changed_runs    run: runs that have, or had, such an event
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from ..store.time_limits import FOREVER

_TABLES = (
    "CREATE TEMP TABLE changed_events (row INTEGER PRIMARY KEY)",
    (
        "CREATE TEMP TABLE changed_calls "
        "(session_id TEXT, call_id TEXT, shell INTEGER, started INTEGER, until INTEGER)"
    ),
    "CREATE TEMP TABLE changed_runs (run TEXT PRIMARY KEY) WITHOUT ROWID",
)


class Changes:
    """What a merge changed.

    Attributes:
        sessions: in which a row is new or changed.
        moved: sessions among these that are new, or whose folder is another one.
        left: sessions in which an event was that has another call now, or none.
        new_events: how many events this merge brought.
    """

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self.sessions: set[str] = set()
        self.moved: set[str] = set()
        self.left: set[str] = set()
        self.new_events = 0
        for table in _TABLES:
            store.execute(table)

    def add_sessions(self, sessions: Collection[str]) -> None:
        """Add sessions in which a row is new or changed."""
        self.sessions.update(sessions)

    def add_events(self, rows: str, each: Iterable[object] | None = None) -> None:
        """Add events.

        `rows` is a query for the numbers of their rows, which runs once for each value of its one
        parameter in `each`.
        """
        query = f"INSERT OR IGNORE INTO changed_events {rows}"
        if each is None:
            self._store.execute(query)
        else:
            self._store.executemany(query, ((value,) for value in each))

    def add_calls(self, calls: str, each: Iterable[str] | None = None) -> None:
        """Add calls as they are in the store at the moment.

        `calls` is what comes after FROM in a query for them, with the table of calls as `c`; `each`
        is as in `add_events`.
        """
        query = (
            "INSERT INTO changed_calls SELECT c.session_id, c.call_id, c.shell, c.started, "
            f"CASE c.outcome WHEN 'running' THEN {FOREVER} ELSE c.ended END FROM {calls}"
        )
        if each is None:
            self._store.execute(query)
        else:
            self._store.executemany(query, ((value,) for value in each))

    def add_runs_of_events(self) -> None:
        """Add the runs that the changed events are of."""
        self._store.execute(
            "INSERT OR IGNORE INTO changed_runs SELECT run FROM events "
            "WHERE rowid IN (SELECT row FROM changed_events) AND run IS NOT NULL"
        )

    def count(self, table: str) -> int:
        """How many rows one of the temporary tables has."""
        return int(self._store.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
