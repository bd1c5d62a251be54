"""The unified records as JSON, for other programs: ``merge --json``.

    {"schema":"tachikoma.unified/1",
    "sessions":[
    {"session_id":"ses_…",…},
    …]}

One array a table of the store, one record a line, fields as in schema.sql; booleans are true and
false there. Written piece by piece: a store may be larger than memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import orjson

from .store import new_store

SCHEMA = "tachikoma.unified/1"
TABLES = (
    "sessions",
    "messages",
    "calls",
    "skill_metrics",
    "also_active",
    "iteration_metrics",
    "iteration_criteria",
    "edit_metrics",
    "rlm_metrics",
    "intent_metrics",
    "legacy_metrics",
)

_FLAGS = frozenset(
    (
        "opens_turn",
        "copied",
        "counted",
        "passed",
        "last",
        "success",
        "correct",
        "escalated",
        "left_open",
    )
)
_JSON_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


def unified_records(store: sqlite3.Connection) -> Iterator[bytes]:
    """The records of the store, as the pieces of one JSON document."""
    yield b'{"schema":"%b"' % SCHEMA.encode()
    for table in TABLES:
        yield b',\n"%b":[' % table.encode()
        cursor = store.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        names = [column[0] for column in cursor.description]
        lead = b"\n"
        for row in cursor:
            yield lead + orjson.dumps(_record(names, row))
            lead = b",\n"
        yield b"]"
    yield b"}\n"


def _record(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, value in zip(names, row, strict=True):
        if name in _FLAGS and value is not None:
            record[name] = bool(value)
        else:
            # No merge puts bytes into a store, but any program can, and JSON has none.
            record[name] = value.decode("utf-8", "replace") if type(value) is bytes else value
    return record


def unified_schema() -> dict[str, Any]:
    """The JSON Schema of the document, made from the store's own tables."""
    store = new_store()
    tables = {table: _table_schema(store, table) for table in TABLES}
    store.close()
    return {
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            **{table: {"type": "array", "items": schema} for table, schema in tables.items()},
        },
        "required": ["schema", *TABLES],
        "additionalProperties": False,
    }


def _table_schema(store: sqlite3.Connection, table: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for _, name, kind, required, _, key in store.execute(f"PRAGMA table_info({table})"):
        json_type = "boolean" if name in _FLAGS else _JSON_TYPES[kind]
        properties[name] = {"type": json_type if required or key else [json_type, "null"]}
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
