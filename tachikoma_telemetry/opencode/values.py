"""JSON values and columns that may hold anything, read as what they ought to be."""

from __future__ import annotations

from typing import Any

import orjson

_NOTHING: dict[str, Any] = {}


def json_object(data: object) -> dict[str, Any] | None:
    """The JSON object in `data`, None when it holds none."""
    if isinstance(data, dict):
        return data
    try:
        value = orjson.loads(data)  # type: ignore[arg-type]
    except (orjson.JSONDecodeError, TypeError):
        return None
    return value if isinstance(value, dict) else None


def section(value: object) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def name(value: object) -> str:
    """An id as text, whatever type its column has."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
