"""What the numbers in a store may be, and dropping those that can't be right.

What a merge takes in is within these ranges already. A store may hold others all the same: an
earlier version had wider ranges, and any program can write into a database. Such a value becomes
unknown; a time that a row can't be without becomes the nearest one that there is.
"""

from __future__ import annotations

import sqlite3

import orjson

from ..vocabulary.cleaning import clean_fields
from ..vocabulary.events import EVENT_TYPES
from ..vocabulary.ranges import Range
from .tables import FACTS, METRICS, Table

ANY = Range(-(2**53), 2**53)
"""Of columns without a range of their own: flags, 0 or 1, and what a later version adds."""

# Ten digits in a row, an exponent or a minus: what a body without them holds is within its ranges.
_SUSPECT = (
    f"(body GLOB '*{'[0-9]' * 10}*' OR body GLOB '*[0-9][eE]*' OR body GLOB '*-*' "
    "OR NOT json_valid(body))"
)


def drop_impossible_facts(store: sqlite3.Connection) -> None:
    """Drop what can't be right from the facts, in the transaction that is under way."""
    for table in FACTS:
        _drop(store, table)
    _drop_in_bodies(store)


def drop_impossible_metrics(store: sqlite3.Connection) -> None:
    """Drop what can't be right from the metrics, too: for reports, which can't derive them."""
    for table in METRICS:
        if table.ranges:
            _drop(store, table)


def _drop(store: sqlite3.Connection, table: Table) -> None:
    """Drop values of a table, reading it once."""
    changes, wrong = [], []
    columns = store.execute(f"PRAGMA table_info({table.name})").fetchall()
    for _, name, kind, required, _, key in columns:
        if key:
            continue
        if kind == "TEXT":
            is_wrong, value = f"typeof({name}) = 'blob'", "''" if required else "NULL"
        else:
            low, high = table.ranges.get(name, ANY)
            is_number = f"typeof({name}) IN ('integer', 'real')"
            is_wrong = (
                f"({name} IS NOT NULL AND NOT ({is_number} AND {name} BETWEEN {low} AND {high}))"
            )
            nearest = f"max({low}, min({high}, {name}))"
            value = f"CASE WHEN {is_number} THEN {nearest} ELSE {low} END" if required else "NULL"
        changes.append(f"{name} = CASE WHEN {is_wrong} THEN {value} ELSE {name} END")
        wrong.append(is_wrong)
    store.execute(f"UPDATE {table.name} SET {', '.join(changes)} WHERE {' OR '.join(wrong)}")


def _drop_in_bodies(store: sqlite3.Connection) -> None:
    suspects = store.execute(f"SELECT event_id, type, body FROM events WHERE {_SUSPECT}").fetchall()
    for event_id, kind, body in suspects:
        cleaned = cleaned_body(kind, body)
        if cleaned != body:
            store.execute("UPDATE events SET body = ? WHERE event_id = ?", (cleaned, event_id))


def cleaned_body(kind: str, body: str) -> str:
    """The fields of an event that can be right, by the rules of today, as JSON."""
    try:
        values = orjson.loads(body)
    except (orjson.JSONDecodeError, TypeError):
        values = None
    if kind not in EVENT_TYPES or not isinstance(values, dict):
        return "{}"
    fields = EVENT_TYPES[kind].fields
    named = {name: value for name, value in values.items() if name in fields}
    return orjson.dumps(clean_fields(named, fields, [])).decode()
