"""The rows of `merge_state`: how far each source was read, and what of it was not kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import orjson

_NONE: Mapping[str, int] = MappingProxyType({})


class Losses(NamedTuple):
    """Counts of what was read and not kept.

    Attributes:
        malformed: rows or lines that could not be understood.
        dropped: values of others that can't be right.
    """

    malformed: int = 0
    dropped: int = 0

    def plus(self, malformed: int, dropped: int) -> Losses:
        """These and some more."""
        return Losses(self.malformed + malformed, self.dropped + dropped)


def remember(
    store: sqlite3.Connection,
    source: str,
    kind: Literal["database", "journal", "spill"],
    state: dict[str, Any],
    losses: Losses,
    now: int,
    unknown: Mapping[str, int] = _NONE,
) -> None:
    """Write the row of a source.

    `state` is where the next merge goes on; `losses` and `unknown` count over all that was read of
    it so far. `now` is ms since the epoch.
    """
    kinds = orjson.dumps(dict(unknown), option=orjson.OPT_SORT_KEYS).decode()
    store.execute(
        "INSERT OR REPLACE INTO merge_state "
        "(source, kind, state, malformed, dropped, unknown, merged) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (source, kind, orjson.dumps(state).decode(), *losses, kinds, now),
    )
