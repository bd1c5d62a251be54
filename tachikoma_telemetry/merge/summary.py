"""What a merge did."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from ..store.unknown_kinds import QUERY as UNKNOWN_KINDS
from ..store.unknown_kinds import unknown_kinds
from .changes import Changes


@dataclass(frozen=True)
class Summary:
    """What the store holds after a merge, and what this merge brought.

    Attributes:
        sessions: sessions in the store.
        calls: tool calls that count.
        copies: calls that are a fork's copies of those.
        events: events in the store.
        matches: events by how they got their call.
        malformed: rows and lines that could not be read.
        unknown: kinds of rows that are not known here, and how many there are of each.
        dropped: values of events that can't be right, as a duration of a million years.
        new_events: events that this merge brought.
        changed_sessions: sessions that this merge brought or changed.
        warnings: what was read only in part, one sentence each.
    """

    sessions: int
    calls: int
    copies: int
    events: int
    matches: dict[str, int]
    malformed: int
    unknown: dict[str, int]
    dropped: int
    new_events: int
    changed_sessions: int
    warnings: list[str]


# A load by the user, which is no tool call.
_LOAD = "tool IS NULL AND skill IS NOT NULL"


def summarise(store: sqlite3.Connection, changes: Changes, warnings: list[str]) -> Summary:
    """What the store holds now."""

    def number(query: str) -> int:
        value: Any = store.execute(query).fetchone()[0]
        return int(value or 0)

    # A count of all rows reads the smallest index; the copies have one of their own.
    copies = number(
        f"SELECT count(*) FROM calls WHERE copied = 1 AND counted = 0 AND NOT ({_LOAD})"
    )
    loads = number(f"SELECT count(*) FROM calls WHERE {_LOAD}")
    matches = dict.fromkeys(("exact", "inferred", "orphan", "ambiguous", "none"), 0)
    matches.update(
        store.execute(
            "SELECT match, count(*) FROM events INDEXED BY events_open "
            "WHERE match <> 'exact' GROUP BY match"
        ).fetchall()
    )
    events = number("SELECT count(*) FROM events")
    matches["exact"] = events - sum(matches.values())
    return Summary(
        sessions=number("SELECT count(*) FROM sessions"),
        calls=number("SELECT count(*) FROM calls") - loads - copies,
        copies=copies,
        events=events,
        matches=matches,
        malformed=number("SELECT sum(malformed) FROM merge_state"),
        unknown=unknown_kinds(store.execute(UNKNOWN_KINDS)),
        dropped=number("SELECT sum(dropped) FROM merge_state"),
        new_events=changes.new_events,
        changed_sessions=len(changes.sessions),
        warnings=warnings,
    )
