"""Which call an event belongs to.

    exact      the event names a call by session and call id, and that call is here
    inferred   it names none, was recorded inside OpenCode, and exactly one `bash` call of its
               project was running at that moment
    orphan     it names a call that is not in the store (yet)
    ambiguous  more than one call fits; none is guessed
    none       it names no call, and none fits

A call without an end runs, at the moment of the event, until the model's next message in its
session, and for 6 hours after its row last changed. What comes after that moment does not matter:
a message of the user waits for the call, and a session that is continued after a kill takes no
event from the call that was killed.

Call ids are not unique: many providers number the calls of each conversation anew, and a fork holds
copies of calls beside new ones of the same id. Time tells them apart or nothing does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from ..project import is_inside

# How long a session may be silent before an unfinished call in it is taken for dead.
ABANDONED_AFTER_MS = 6 * 3600 * 1000


class Match(NamedTuple):
    """How an event got its call; the last two are None without one."""

    match: str
    call_key: str | None = None
    session_id: str | None = None


class Unmatched(NamedTuple):
    """What an event says of where it was recorded."""

    event_id: str
    time: int
    session_id: str | None
    call_id: str | None
    opencode: bool
    project: str | None


class Matcher:
    """Finds the calls of events in one store."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._inside: dict[tuple[str, str], bool] = {}

    @cached_property
    def _longest(self) -> int:
        """The longest bash call (ms): how far back one that still ran can have begun."""
        # Looks at all calls, so only when an event asks.
        (longest,) = self._store.execute(
            "SELECT coalesce(max(duration_ms), 0) FROM calls WHERE tool = 'bash'"
        ).fetchone()
        return int(longest)

    def match(self, event: Unmatched) -> Match:
        """The call that `event` belongs to."""
        if event.call_id is not None:
            return self._named(event)
        if event.opencode or event.session_id is not None:
            return self._running(event)
        return Match("none")

    def _named(self, event: Unmatched) -> Match:
        where = "call_id = ?" if event.session_id is None else "call_id = ? AND session_id = ?"
        values = (event.call_id,) if event.session_id is None else (event.call_id, event.session_id)
        # A copy's process ran long ago, in the session that was forked: no event comes from it.
        found = self._store.execute(
            f"SELECT call_key, session_id, started, ended FROM calls WHERE {where} AND copied = 0",
            values,
        ).fetchall()
        if not found:
            return Match("orphan")
        if len(found) > 1 or event.session_id is None:
            found = [
                row
                for row in found
                if row[2] is not None
                and row[2] <= event.time
                and (row[3] is None or event.time <= row[3])
            ]
        if len(found) != 1:
            return Match("ambiguous")
        return Match("exact" if event.session_id else "inferred", found[0][0], found[0][1])

    def _running(self, event: Unmatched) -> Match:
        """The one `bash` call of the event's session or project that ran at its time."""
        rows = self._store.execute(
            """
            SELECT c.call_key, c.session_id, s.directory FROM calls c
            LEFT JOIN sessions s ON s.session_id = c.session_id
            WHERE c.tool = 'bash' AND c.copied = 0
              AND c.started BETWEEN :time - :longest AND :time AND c.ended >= :time
              AND (:session IS NULL OR c.session_id = :session)
            UNION ALL
            SELECT c.call_key, c.session_id, s.directory FROM calls c
            LEFT JOIN sessions s ON s.session_id = c.session_id
            WHERE c.outcome = 'running' AND c.tool = 'bash' AND c.copied = 0 AND c.started <= :time
              AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.session_id = c.session_id
                              AND m.role = 'assistant' AND m.created > c.started
                              AND m.created <= :time)
              AND :time - max(coalesce(c.updated, 0), c.started) <= :silence
              AND (:session IS NULL OR c.session_id = :session)
            """,
            {
                "time": event.time,
                "session": event.session_id,
                "silence": ABANDONED_AFTER_MS,
                "longest": self._longest,
            },
        ).fetchall()
        if event.session_id is None:
            rows = [row for row in rows if self._is_inside(row[2], event.project)]
        if not rows:
            return Match("none")
        if len(rows) > 1:
            return Match("ambiguous")
        return Match("inferred", rows[0][0], rows[0][1])

    def _is_inside(self, directory: str | None, project: str | None) -> bool:
        if directory is None or project is None:
            return False
        key = (directory, project)
        if key not in self._inside:
            self._inside[key] = is_inside(directory, project)
        return self._inside[key]


def match_events(
    store: sqlite3.Connection, new: Iterable[str], sessions: Iterable[str]
) -> set[str]:
    """Match events again that may fit another call now; returns those whose match changed.

    Args:
        store: the unified store.
        new: events that were just loaded.
        sessions: sessions whose calls changed.

    """
    (any_event,) = store.execute("SELECT EXISTS (SELECT 1 FROM events)").fetchone()
    if not any_event:
        return set()
    store.execute("CREATE TEMP TABLE asked (event_id TEXT PRIMARY KEY)")
    store.executemany("INSERT OR IGNORE INTO asked VALUES (?)", ((each,) for each in new))
    # An event that named its call exactly can lose it only to a second call of the same name. All
    # the others may find one as soon as any call is new, but for those recorded outside OpenCode.
    store.executemany(
        "INSERT OR IGNORE INTO asked SELECT event_id FROM events WHERE session_id = ?",
        ((each,) for each in sessions),
    )
    store.execute(
        "INSERT OR IGNORE INTO asked SELECT event_id FROM events WHERE match <> 'exact' "
        "AND (opencode = 1 OR call_id IS NOT NULL OR session_id IS NOT NULL)"
    )
    matcher = Matcher(store)
    changed = set()
    rows = store.execute(
        "SELECT e.event_id, e.time, e.session_id, e.call_id, e.opencode, e.project, "
        "e.match, e.call_key, e.session FROM asked JOIN events e USING (event_id)"
    ).fetchall()
    for *event, match, call_key, session in rows:
        found = matcher.match(Unmatched(*event))
        if found != (match, call_key, session):
            changed.add(event[0])
            store.execute(
                "UPDATE events SET match = ?, call_key = ?, session = ? WHERE event_id = ?",
                (*found, event[0]),
            )
    store.execute("DROP TABLE asked")
    return changed
