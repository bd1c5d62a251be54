"""JSON values and columns that may hold anything, read as what they ought to be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from ..vocabulary.credentials import mask

_TEXT_MAX = 1000
_SHORT = 64
# Ids of rows, and of calls by Anthropic and by OpenAI: no credential begins as they go on.
_ID = re.compile(
    r"(?:msg|ses|prt)_[0-9a-f]{12}[0-9A-Za-z]{0,24}"
    r"|toolu_(?:bdrk_|vrtx_)?01[0-9A-Za-z]{22}"
    r"|call_(?![AcdEGLoS])[0-9A-Za-z]{24}"
)
_NOTHING: dict[str, Any] = {}

# An escape: half of a pair that stands for no character by itself, or (in the group) any other.
_ESCAPE = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\[^u])"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def json_object(data: object) -> dict[str, Any] | None:
    """The JSON object in `data`, None when it holds none."""
    if isinstance(data, dict):
        return data
    try:
        value = orjson.loads(data)  # type: ignore[arg-type] # what is no text is a TypeError
    except orjson.JSONDecodeError:
        value = _without_half_characters(data)
    except TypeError:
        return None
    return value if isinstance(value, dict) else None


def _without_half_characters(data: object) -> object:
    """JSON in which halves of characters are replaced; None when that is not what is wrong with it.

    OpenCode cuts long outputs and lines by UTF-16 units, also in the middle of an emoji, and
    JavaScript writes what is left of it as an escape, which orjson refuses.
    """
    if not isinstance(data, bytes) or b"\\u" not in data:
        return None
    whole = _ESCAPE.sub(lambda found: found[1] or rb"\ufffd", data)
    try:
        return orjson.loads(whole) if whole != data else None
    except orjson.JSONDecodeError:
        return None


def section(value: object) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def name(value: object) -> str:
    """An id as text, whatever type its column has."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def text(value: object) -> str | None:
    """`value` if it is a text that says something: at most 1,000 characters of it, credentials
    masked. Each text of OpenCode's that the store holds comes through here.
    """
    if type(value) is bytes:
        value = value.decode("utf-8", "replace")
    if type(value) is not str:
        return None
    # Ids come once each, so to remember them would not pay.
    if "_" in value[3:6] and _ID.fullmatch(value):
        return value
    return _short_text(value) if len(value) <= _SHORT else _long_text(value)


def _long_text(value: str) -> str | None:
    # Masked before it is cut, or half a key would no longer look like one.
    return mask(value.strip()[: _TEXT_MAX * 4])[:_TEXT_MAX] or None


# Names of models, tools and sessions come again and again.
_short_text = lru_cache(2048)(_long_text)
