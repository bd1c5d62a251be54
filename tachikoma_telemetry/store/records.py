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
from .tables import TABLES, Table

SCHEMA = "tachikoma.unified/1"
# Events are the journal's, which has a format of its own.
RECORDS = tuple(table for table in TABLES if table.name != "events")
_JSON_TYPES = {"TEXT": "string", "INTEGER": "integer", "REAL": "number"}


def unified_records(store: sqlite3.Connection) -> Iterator[bytes]:
    """The records of the store, as the pieces of one JSON document."""
    yield b'{"schema":"%b"' % SCHEMA.encode()
    for table in RECORDS:
        yield b',\n"%b":[' % table.name.encode()
        cursor = store.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2")
        names = [column[0] for column in cursor.description]
        lead = b"\n"
        for row in cursor:
            yield lead + orjson.dumps(_record(table, names, row))
            lead = b",\n"
        yield b"]"
    yield b"}\n"


def _record(table: Table, names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for name, value in zip(names, row, strict=True):
        if name in table.flags and value is not None:
            record[name] = bool(value)
        else:
            # No merge puts bytes into a store, but any program can, and JSON has none.
            record[name] = value.decode("utf-8", "replace") if type(value) is bytes else value
    return record


def unified_schema() -> dict[str, Any]:
    """The JSON Schema of the document, made from the store's own tables."""
    store = new_store()
    tables = {table.name: _table_schema(store, table) for table in RECORDS}
    store.close()
    return {
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            **{table: {"type": "array", "items": schema} for table, schema in tables.items()},
        },
        "required": ["schema", *tables],
        "additionalProperties": False,
    }


def _table_schema(store: sqlite3.Connection, table: Table) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for _, name, kind, required, _, key in store.execute(f"PRAGMA table_info({table.name})"):
        json_type = "boolean" if name in table.flags else _JSON_TYPES[kind]
        properties[name] = {"type": json_type if required or key else [json_type, "null"]}
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
