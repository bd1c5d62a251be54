"""What the numbers in a store may be, and dropping those that can't be right.

What a merge takes in is within these ranges already. A store may hold others all the same: an
earlier version had wider ranges, and any program can write into a database. Such a value becomes
unknown; a time that a row can't be without becomes the nearest one that there is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

import orjson

from ..vocabulary.cleaning import clean_fields
from ..vocabulary.events import EVENT_TYPES
from ..vocabulary.ranges import COST, DURATION, INDEX, SHARE, SIZE, TIME, TOKENS, Range

_TOKENS_OF_A_MESSAGE = {
    f"tokens_{name}": TOKENS for name in ("input", "output", "reasoning", "cache_read")
}
_FACTS: Mapping[str, Mapping[str, Range]] = {
    "sessions": {
        **dict.fromkeys(("created", "updated", "archived"), TIME),
        **dict.fromkeys(("todos", "todos_completed"), INDEX),
    },
    "messages": {
        **dict.fromkeys(("created", "completed", "updated"), TIME),
        **_TOKENS_OF_A_MESSAGE,
        "tokens_cache_write": TOKENS,
        "cost": COST,
    },
    "calls": {
        **dict.fromkeys(("started", "ended", "updated"), TIME),
        "duration_ms": DURATION,
        "exit_code": Range(-(2**32), 2**32),
        "context_chars": SIZE,
    },
    "events": {"time": TIME},
    "legacy_metrics": {
        **dict.fromkeys(("uses", "attempts", "succeeded", "escalated", "iterations"), TOKENS),
        **dict.fromkeys(("tokens", "duration_ms"), TOKENS),
        "confidence": SHARE,
    },
}
_METRICS: Mapping[str, Mapping[str, Range]] = {
    "skill_metrics": {
        # A run without a start began its duration before its end.
        **dict.fromkeys(("started", "ended"), Range(TIME.low - DURATION.high, TIME.high)),
        **dict.fromkeys(("load_ms", "window_ms", "run_ms"), Range(0, TIME.high)),
        "context_chars": SIZE,
        **dict.fromkeys(("tokens_input", "tokens_output", "tokens_cache_read"), Range(0, 1e15)),
        "cost": Range(0, 1e15),
        **dict.fromkeys(("tool_calls", "failed_tool_calls", "iterations", "retries"), INDEX),
        **dict.fromkeys(("run_tokens_input", "run_tokens_output"), TOKENS),
    },
    "iteration_metrics": {
        "time": TIME,
        **dict.fromkeys(("number", "maximum"), INDEX),
        "score": SHARE,
        "duration_ms": DURATION,
        "tokens": TOKENS,
    },
    "edit_metrics": {"time": TIME, "tokens": TOKENS, "duration_ms": DURATION},
    "rlm_metrics": {
        "time": TIME,
        **dict.fromkeys(("chunk", "total", "wave", "depth"), INDEX),
        "size": SIZE,
        "duration_ms": DURATION,
        "tokens": TOKENS,
        "accuracy": SHARE,
    },
    "intent_metrics": {"time": TIME, "confidence": SHARE},
}
# What is in no list above: whether something is so, 0 or 1, and what a later version adds.
_ANY = Range(-(2**53), 2**53)
# Ten digits in a row, an exponent or a minus: what a body without them holds is within its ranges.
_SUSPECT = (
    f"(body GLOB '*{'[0-9]' * 10}*' OR body GLOB '*[0-9][eE]*' OR body GLOB '*-*' "
    "OR NOT json_valid(body))"
)


def drop_impossible_facts(store: sqlite3.Connection) -> None:
    """Drop what can't be right from the facts, in the transaction that is under way."""
    for table, columns in _FACTS.items():
        _drop(store, table, columns)
    _drop_in_bodies(store)


def drop_impossible_metrics(store: sqlite3.Connection) -> None:
    """Drop what can't be right from the metrics, too: for those who can't make them again."""
    for table, columns in _METRICS.items():
        _drop(store, table, columns)


def _drop(store: sqlite3.Connection, table: str, columns: Mapping[str, Range]) -> None:
    """Drop values of a table, reading it once."""
    changes, wrong = [], []
    for _, name, kind, required, _, key in store.execute(f"PRAGMA table_info({table})").fetchall():
        if key:
            continue
        if kind == "TEXT":
            is_wrong, value = f"typeof({name}) = 'blob'", "''" if required else "NULL"
        else:
            low, high = columns.get(name, _ANY)
            is_number = f"typeof({name}) IN ('integer', 'real')"
            is_wrong = (
                f"({name} IS NOT NULL AND NOT ({is_number} AND {name} BETWEEN {low} AND {high}))"
            )
            nearest = f"max({low}, min({high}, {name}))"
            value = f"CASE WHEN {is_number} THEN {nearest} ELSE {low} END" if required else "NULL"
        changes.append(f"{name} = CASE WHEN {is_wrong} THEN {value} ELSE {name} END")
        wrong.append(is_wrong)
    store.execute(f"UPDATE {table} SET {', '.join(changes)} WHERE {' OR '.join(wrong)}")


def _drop_in_bodies(store: sqlite3.Connection) -> None:
    suspects = store.execute(f"SELECT event_id, type, body FROM events WHERE {_SUSPECT}").fetchall()
    for event_id, kind, body in suspects:
        cleaned = orjson.dumps(dict(_cleaned(kind, body))).decode()
        if cleaned != body:
            store.execute("UPDATE events SET body = ? WHERE event_id = ?", (cleaned, event_id))


def _cleaned(kind: str, body: str) -> Iterator[tuple[str, object]]:
    try:
        values = orjson.loads(body)
    except (orjson.JSONDecodeError, TypeError):
        return
    if kind in EVENT_TYPES and isinstance(values, dict):
        fields = EVENT_TYPES[kind].fields
        named = {name: value for name, value in values.items() if name in fields}
        yield from clean_fields(named, fields, []).items()
