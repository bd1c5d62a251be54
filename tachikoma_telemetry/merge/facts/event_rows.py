"""Inserting the events of the journals into the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from ...vocabulary.cleaning import clean_fields
from ...vocabulary.credentials import mask
from ...vocabulary.events import EVENT_TYPES, TEXT_MAX
from ...vocabulary.ranges import TIME
from ..changes import Changes
from .merge_state import Losses
from .named_runs import first_run

_INSERT_EVENT = """
INSERT INTO events (event_id, type, time, run_id, skill, session_id, call_id, skill_call_id, model,
                    agent, opencode, project, match, label_of, body, source, run)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'none', ?, ?, ?, ?)
ON CONFLICT (event_id) DO NOTHING
"""


def load_events(
    store: sqlite3.Connection,
    events: Iterable[dict[str, Any]],
    project: str | None,
    source: str,
    changes: Changes,
) -> Losses:
    """Insert events that are not in the store yet; returns what of them was of no use.

    An event never changes once it is written, so one that is there is skipped.

    `project` is the root of the journal's project; None when it comes from elsewhere.
    """
    malformed, problems = 0, list[str]()

    def usable() -> Iterator[tuple[Any, ...]]:
        nonlocal malformed
        for event in events:
            row = _event_row(event, project, source, problems)
            if row is None:
                malformed += 1
            else:
                yield row

    before = _last_row(store)
    store.executemany(_INSERT_EVENT, usable())
    # A new row gets the next number.
    changes.new_events += _last_row(store) - before
    changes.add_events(f"SELECT rowid FROM events WHERE rowid > {before}")
    changes.add_events(
        "SELECT o.rowid FROM events e CROSS JOIN events o ON o.event_id = e.label_of "
        f"WHERE e.rowid > {before} AND +e.label_of IS NOT NULL"
    )
    return Losses(malformed, len(problems))


def _last_row(store: sqlite3.Connection) -> int:
    (last,) = store.execute("SELECT coalesce(max(rowid), 0) FROM events").fetchone()
    return int(last)


_TEXTS = ("run_id", "skill", "session_id", "call_id", "skill_call_id", "model", "agent")


def _event_row(
    event: dict[str, Any], project: str | None, source: str, problems: list[str]
) -> tuple[Any, ...] | None:
    """The row of an event; None for an unknown type.

    `problems` gets a sentence for each value that was dropped: another program may have written the
    line, or an earlier version of this one, and what is no valid value is unknown.
    """
    kind = event["type"]
    if kind not in EVENT_TYPES:
        return None
    run_id, *texts = (_text(event.get(name)) for name in _TEXTS)
    event_id = mask(event["id"])[:TEXT_MAX]
    label_of = event.get("event_id") if kind == "label" else None
    return (
        event_id,
        kind,
        _moment(event["time"], problems),
        run_id,
        *texts,
        event.get("opencode") is True,
        project,
        mask(label_of)[:TEXT_MAX] if isinstance(label_of, str) else None,
        _body(event, kind, problems),
        source,
        first_run(event_id, kind, run_id),
    )


def _text(value: object) -> str | None:
    return (mask(value.strip())[:TEXT_MAX] or None) if isinstance(value, str) else None


def _moment(time: int, problems: list[str]) -> int:
    """The time of an event (ms), or the nearest one there is, of one that can't be right.

    Such a time is of a clock that was never set, or of another unit. An event has to be at some
    time, and among those at either end the ids still say which came first.
    """
    if TIME.holds(time):
        return time
    problems.append("time")
    return int(TIME.low if time < TIME.low else TIME.high)


def _body(event: dict[str, Any], kind: str, problems: list[str]) -> str:
    """The fields of an event's type, as JSON."""
    fields = EVENT_TYPES[kind].fields
    # In the order of the table of fields: one history makes one store, byte by byte.
    named = {name: event[name] for name in fields if name in event}
    return orjson.dumps(clean_fields(named, fields, problems)).decode()
