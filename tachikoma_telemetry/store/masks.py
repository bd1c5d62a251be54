"""Masks on what the store holds already.

Each text is masked when it comes in. This masks again, by the rules of today, what came in under
those of an earlier version: a rebuild reads what its source still holds, and where that is gone the
row in the store is all there is.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from ..vocabulary.credentials import mask
from ..vocabulary.events import EVENT_TYPES
from .limits import cleaned_body
from .tables import FACTS

# No texts of a model or user: where a row is from, and JSON, which has masks of its own.
_OTHERS = ("source", "body")


def mask_again(store: sqlite3.Connection) -> None:
    """Mask each text of the facts, in the transaction that is under way; ids of rows stay."""
    store.create_function("masked", 1, _masked, deterministic=True)
    store.create_function("masked_reason", 1, _masked_reason, deterministic=True)
    store.create_function("masked_body", 2, _masked_body, deterministic=True)
    for table in (each.name for each in FACTS):
        for _, name, kind, _, _, key in store.execute(f"PRAGMA table_info({table})").fetchall():
            # The totals of the predecessor have their names as their key.
            if kind != "TEXT" or name in _OTHERS or (key and table != "legacy_metrics"):
                continue
            function = "masked_reason" if name == "reason" else "masked"
            _apply(store, table, name, f"{function}({name})")
    _apply(store, "events", "body", "masked_body(type, body)")


def _apply(store: sqlite3.Connection, table: str, column: str, value: str) -> None:
    store.execute(f"UPDATE OR REPLACE {table} SET {column} = {value} WHERE {column} <> {value}")


def _masked(value: Any) -> Any:
    return mask(value) if isinstance(value, str) else value


def _masked_reason(value: Any) -> Any:
    """An error's first words, in which earlier versions replaced the digits before they looked."""
    if not isinstance(value, str):
        return value
    masked = mask(value)
    with_digits = mask(masked.replace("#", "00"))
    return masked if with_digits == masked.replace("#", "00") else with_digits.replace("00", "#")


def _masked_body(kind: str, body: str) -> str:
    return cleaned_body(kind, body) if kind in EVENT_TYPES else body
