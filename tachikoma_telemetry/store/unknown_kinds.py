"""Kinds of OpenCode's rows that the merges met and this version does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import orjson

# An adapter counts at most about a hundred kinds; any program can write into a store.
_KINDS_MAX = 1_000
_MANY = 10**15


QUERY = "SELECT unknown FROM merge_state WHERE unknown <> '{}'"


def unknown_kinds(found_by_query: Iterable[tuple[str]]) -> dict[str, int]:
    """How many there were of each kind, by its name, the most frequent first.

    What another program wrote there and is no such count is left out.
    """
    found: Counter[str] = Counter()
    for (text,) in found_by_query:
        try:
            kinds = orjson.loads(text)
        except (TypeError, ValueError):
            continue
        for kind, many in kinds.items() if isinstance(kinds, dict) else ():
            if type(many) is int and 0 < many <= _MANY:
                found[kind] += many
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0]))[:_KINDS_MAX])
