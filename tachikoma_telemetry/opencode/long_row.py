"""Rows too long to be loaded: what their two ends say.

A message of 458 MB is a role, some times, and diffs in between. What we want stands at the
beginning or the end of its JSON, never between, because the long values are the ones in the middle.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

_EDGE_BYTES = 1 << 16

_TEXTS = ("type", "role", "tool", "callID", "status", "name", "providerID", "modelID", "agent")
_NUMBERS = ("created", "completed", "start", "end", "exit", "cost")
_PAIR = re.compile(
    rb'"(?:(' + "|".join(_TEXTS).encode() + rb')":"([^"\\]{1,200})"'
    rb"|(" + "|".join(_NUMBERS).encode() + rb')":(-?[0-9.]{1,20}))[,}]'
)


def next_long_row(db: sqlite3.Connection, table: str, behind: int, limit: int) -> int | None:
    """The first row above the rowid `behind` whose `data` is longer than `limit` bytes."""
    for (rowid,) in db.execute(
        f"SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid", (behind,)
    ):
        with db.blobopen(table, "data", rowid, readonly=True) as blob:
            if len(blob) > limit:
                return int(rowid)
    return None


def edges(db: sqlite3.Connection, table: str, rowid: int) -> dict[str, Any]:
    """The fields found at both ends of a row's `data`, shaped like a message and like a part."""
    with db.blobopen(table, "data", rowid, readonly=True) as blob:
        content = blob.read(_EDGE_BYTES)
        blob.seek(-_EDGE_BYTES, 2)
        content += b"," + blob.read()
    found: dict[str, Any] = {}
    for key, word, name, number in _PAIR.findall(content):
        if key:
            found.setdefault(key.decode(), word.decode("utf-8", "replace"))
        else:
            found.setdefault(name.decode(), float(number) if b"." in number else int(number))
    names = ("created", "completed", "start", "end")
    times = {name: found[name] for name in names if name in found}
    metadata = {"exit": found["exit"]} if "exit" in found else {}
    return {
        **found,
        "time": times,
        "state": {
            "status": found.get("status"),
            "input": {"name": found.get("name")},
            "metadata": metadata,
            "time": times,
        },
    }
