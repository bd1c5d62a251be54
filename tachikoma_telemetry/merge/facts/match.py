"""Which call an event belongs to.

    exact      the event names a call by session and call id, and that call is here
    inferred   it names none, was recorded inside OpenCode, and exactly one shell call of its
               session, else of its project, was running at that moment; of several, exactly one
               was running a file of the event's skill
    orphan     it names a call that is not in the store (yet)
    ambiguous  more than one call fits; none is guessed
    none       it names no call, and none fits

A call without an end runs, at the moment of the event, until the model's next message in its
session, and for 6 hours after its row last changed. What comes after that moment does not matter:
a message of the user waits for the call, and a session that is continued after a kill takes no
event from the call that was killed.

Call ids are not unique: many providers number the calls of each conversation from 1, and a fork
holds copies of calls beside new ones of the same id. Only time distinguishes them.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from ...project import is_inside
from ...store.time_limits import ABANDONED_AFTER_MS
from ..changes import Changes
from ..phase_progress import Track


class Match(NamedTuple):
    """How an event got its call; the last two are None without one."""

    match: str
    call_key: str | None = None
    session_id: str | None = None


class EventLocation(NamedTuple):
    """What an event says of where it was recorded."""

    event_id: str
    time: int
    session_id: str | None
    call_id: str | None
    opencode: bool
    project: str | None
    skill: str | None


class Candidate(NamedTuple):
    """An event that is matched again: the number of its row, and its match until now."""

    row: int
    before: Match
    event: EventLocation


class Matcher:
    """Finds the calls of events in one store."""

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store
        self._inside: dict[tuple[str, str], bool] = {}

    def match(self, event: EventLocation) -> Match:
        """The call that `event` belongs to."""
        if event.call_id is not None:
            return self._named(event)
        if event.opencode or event.session_id is not None:
            return self._running(event)
        return Match("none")

    def _named(self, event: EventLocation) -> Match:
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

    def _running(self, event: EventLocation) -> Match:
        """The one shell call of the event's session or project that ran at its time."""
        found: list[tuple[str, str, str | None, str | None]] = self._store.execute(
            _RAN, {"time": event.time, "session": event.session_id}
        ).fetchall()
        begun = bisect_right(self._still_running, event.time, key=itemgetter(0))
        for _, until, call, session, folder, skill in self._still_running[:begun]:
            if event.time <= until and event.session_id in (None, session):
                found.append((call, session, folder, skill))
        if event.session_id is None:
            found = [row for row in found if self._is_inside(row[2], event.project)]
        if not found:
            return Match("none")
        if len(found) > 1 and event.skill is not None:
            found = [row for row in found if row[3] == event.skill]
        if len(found) != 1:
            return Match("ambiguous")
        return Match("inferred", found[0][0], found[0][1])

    @cached_property
    def _still_running(self) -> list[tuple[int, int, str, str, str | None, str | None]]:
        """Calls without an end that may have recorded something: from when until when (ms), the
        call, its session, the folder it ran in and the skill of which it ran a file.
        """
        return self._store.execute(_STILL_RUNNING).fetchall()

    def _is_inside(self, directory: str | None, project: str | None) -> bool:
        if directory is None or project is None:
            return False
        key = (directory, project)
        if key not in self._inside:
            self._inside[key] = is_inside(directory, project)
        return self._inside[key]


# Few calls last longer than this (ms); they have an index of their own (indexes_of_few.sql).
_LONG_MS = 600_000

_RAN = f"""
SELECT c.call_key, c.session_id, coalesce(m.directory, s.directory), c.script_skill
FROM calls c INDEXED BY calls_started
LEFT JOIN sessions s ON s.session_id = c.session_id
LEFT JOIN messages m ON m.message_id = c.message_id
WHERE c.shell = 1 AND c.copied = 0
  AND c.started BETWEEN :time - {_LONG_MS} AND :time AND c.ended >= :time
  AND (:session IS NULL OR c.session_id = :session)
UNION ALL
SELECT c.call_key, c.session_id, coalesce(m.directory, s.directory), c.script_skill
FROM calls c INDEXED BY calls_long
LEFT JOIN sessions s ON s.session_id = c.session_id
LEFT JOIN messages m ON m.message_id = c.message_id
WHERE c.shell = 1 AND c.copied = 0 AND c.ended - c.started > {_LONG_MS}
  AND c.started < :time - {_LONG_MS} AND c.ended >= :time
  AND (:session IS NULL OR c.session_id = :session)
"""

_STILL_RUNNING = f"""
SELECT c.started,
       min(max(coalesce(c.updated, 0), c.started) + {ABANDONED_AFTER_MS},
           coalesce((SELECT min(m.created) - 1 FROM messages m WHERE m.session_id = c.session_id
                     AND m.role = 'assistant' AND m.created > c.started), {2**62})),
       c.call_key, c.session_id, coalesce(n.directory, s.directory), c.script_skill
FROM calls c INDEXED BY calls_open
LEFT JOIN sessions s ON s.session_id = c.session_id
LEFT JOIN messages n ON n.message_id = c.message_id
WHERE c.outcome = 'running' AND c.shell = 1 AND c.copied = 0 AND c.started IS NOT NULL
ORDER BY c.started
"""


def match_events(store: sqlite3.Connection, changes: Changes, track: Track[Candidate]) -> None:
    """Match events again that may fit another call now; adds those whose match changed."""
    store.execute("CREATE TEMP TABLE candidates (row INTEGER PRIMARY KEY)")
    store.execute("INSERT INTO candidates SELECT row FROM changed_events")
    (any_other,) = store.execute(
        "SELECT (SELECT max(rowid) FROM events) > (SELECT count(*) FROM candidates)"
    ).fetchone()
    if any_other:
        _add_candidates(store, changes)
    if store.execute(_ANY_WITHOUT_SESSION).fetchone()[0]:
        store.execute("CREATE INDEX IF NOT EXISTS calls_named ON calls (call_id)")
    matcher = Matcher(store)
    updates: list[tuple[str, str | None, str | None, int]] = []

    def write() -> None:
        store.executemany(
            "UPDATE events SET match = ?, call_key = ?, session = ? WHERE rowid = ?", updates
        )
        changes.add_events("VALUES (?)", [update[-1] for update in updates])
        updates.clear()

    for row, before, event in track(_candidates(store), changes.count("candidates")):
        found = matcher.match(event)
        if found != before:
            updates.append((*found, row))
            if before.session_id is not None:
                changes.left.add(before.session_id)
            if len(updates) >= _AT_A_TIME:
                write()
    write()
    store.execute("DROP TABLE candidates")


def _candidates(store: sqlite3.Connection) -> Iterator[Candidate]:
    """The events to match, some at a time: meanwhile their rows may be written."""
    row = 0
    while found := store.execute(_CANDIDATES, (row, _AT_A_TIME)).fetchall():
        for row, match, call_key, session, *event in found:
            yield Candidate(row, Match(match, call_key, session), EventLocation(*event))


_AT_A_TIME = 2000

_CANDIDATES = """
SELECT a.row, e.match, e.call_key, e.session,
       e.event_id, e.time, e.session_id, e.call_id, e.opencode, e.project,
       e.skill
FROM candidates a CROSS JOIN events e ON e.rowid = a.row
WHERE a.row > ? ORDER BY a.row LIMIT ?
"""

_ANY_WITHOUT_SESSION = """
SELECT EXISTS (SELECT 1 FROM candidates a CROSS JOIN events e ON e.rowid = a.row
               WHERE e.session_id IS NULL AND e.call_id IS NOT NULL)
"""


def _add_candidates(store: sqlite3.Connection, changes: Changes) -> None:
    """Add the events that may have got, or lost, a call by what changed.

    One that names a call can only get or lose calls of that name. The others can those that ran at
    their time: shell calls that changed, and those of sessions that moved or that went on. Of the
    latter only calls without an end depend on what comes after them.
    """
    loose = store.execute(
        f"SELECT EXISTS (SELECT 1 FROM events INDEXED BY events_loose WHERE {_IS_LOOSE.format('')})"
    ).fetchone()[0]
    if loose:
        shell = "main.calls c WHERE c.session_id = ? AND c.shell = 1"
        changes.add_calls(shell, sorted(changes.moved))
        running = f"{shell} AND c.outcome = 'running'"
        changes.add_calls(running, sorted(changes.sessions - changes.moved))
    at_its_time = (
        "c.shell = 1 AND e.time BETWEEN c.started AND c.until "
        "AND coalesce(e.session_id, c.session_id) = c.session_id"
    )
    for which in (
        "events_call ON e.session_id = c.session_id AND e.call_id = c.call_id",
        "events_named ON e.session_id IS NULL AND e.call_id = c.call_id",
        f"events_loose ON {at_its_time} AND {_IS_LOOSE.format('e.')}",
    ):
        store.execute(
            "INSERT OR IGNORE INTO candidates SELECT e.rowid FROM changed_calls c "
            f"CROSS JOIN events e INDEXED BY {which}"
        )


_IS_LOOSE = "{0}call_id IS NULL AND ({0}opencode = 1 OR {0}session_id IS NOT NULL)"
