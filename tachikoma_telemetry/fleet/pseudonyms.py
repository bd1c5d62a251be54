"""Names and folders as keyed digests: the same name gives the same digest, which hides it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

# What names a place or its owner, and titles, which may be anybody's words.
_FOLDERS = {
    "sessions": ("directory", "source"),
    "messages": ("directory", "source"),
    "calls": ("source",),
    "events": ("project", "source"),
    "legacy_metrics": ("source",),
    "merge_state": ("source",),
}
TITLES = {"sessions": ("title",)}
_LENGTH = 16


def pseudonym(key: bytes, text: str) -> str:
    """The keyed digest of a name, 16 characters: HMAC-SHA-256 (RFC 2104), cut."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[
        :_LENGTH
    ]


def masks(key: bytes | None, table: str) -> dict[str, Callable[[str], str | None]]:
    """What becomes of the values of a table's columns; without a key nothing does."""
    if key is None:
        return {}
    hidden: dict[str, Callable[[str], str | None]] = {
        column: lambda text: pseudonym(key, text) for column in _FOLDERS.get(table, ())
    }
    return hidden | {column: lambda _: None for column in TITLES.get(table, ())}
