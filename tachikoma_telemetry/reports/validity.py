"""The validity of rows: whether they are what their models declare.

They are, unless a program other than the merge wrote into the store: SQLite takes any value into
any column, and a sum of such values may be no number at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from .meaning import meanings_of

R = TypeVar("R")

# Far beyond every sum of what a store may hold (see `ranges`), and yet a number that can be drawn.
_MOST = 1e18
# What `sqlite3` may give for each. A count of nothing is an int where a mean is a float.
_TYPES: dict[Any, tuple[type, ...]] = {
    int: (int,),
    float: (float, int),
    bool: (bool, int),
    str: (str,),
    NoneType: (NoneType,),
    None: (NoneType,),
}


class _FieldRange(NamedTuple):
    """A field of a row model: the types that its values have, and the range of its numbers."""

    name: str
    types: frozenset[type]
    low: float
    high: float


def valid(rows: Iterable[Any]) -> bool:
    """Whether each value of each row has the type and the range that its model declares."""
    return not any(map(_impossible, rows))


def without_impossible(row: R) -> R:
    """The row, and unknown in it what can't be: for lists, which show rows as they are."""
    wrong = _impossible(row)
    return replace(row, **dict.fromkeys(wrong)) if wrong else row  # type: ignore[type-var]  # rows are dataclasses


def _impossible(row: Any) -> list[str]:
    wrong = []
    model: Any = type(row)
    for name, types, low, high in _columns(model):
        value = getattr(row, name)
        kind = type(value)
        if kind not in types or ((kind is int or kind is float) and not low <= value <= high):
            wrong.append(name)
    return wrong


@cache
def _columns(model: type) -> tuple[_FieldRange, ...]:
    """The plain fields of a row model; lists and mappings are made by the code, not read."""
    columns = []
    meanings = meanings_of(model)
    for name, kind in get_type_hints(model).items():
        types, meaning = _types(kind), meanings[name]
        if types is not None:
            low = -_MOST if meaning.low is None else meaning.low
            high = _MOST if meaning.high is None else math.nextafter(meaning.high, math.inf)
            columns.append(_FieldRange(name, frozenset(types), low, high))
    return tuple(columns)


def _types(kind: Any) -> set[type] | None:
    if get_origin(kind) is UnionType:
        found: set[type] = set()
        for each in get_args(kind):
            types = _types(each)
            if types is None:
                return None
            found |= types
        return found
    if get_origin(kind) is Literal:
        return set(map(type, get_args(kind)))
    return {*_TYPES[kind]} if kind in _TYPES else None
