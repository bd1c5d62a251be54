"""Running the .sql files: a file's columns become the fields of its row model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from .engine import Engine
from .meaning import Bound, meanings_of
from .rate_intervals import wilson

R = TypeVar("R")


@cache
def sql_of(package: str, name: str) -> str:
    """The text of the file ``name.sql`` in `package`; `name` may begin with a folder."""
    return files(package).joinpath(f"{name}.sql").read_text("utf-8")


def records(store: Engine, package: str, name: str) -> list[dict[str, Any]]:
    """The rows of the file ``name.sql`` in `package`, a dictionary each."""
    return [*_records(store, package, name)]


def _records(store: Engine, package: str, name: str) -> Iterator[dict[str, Any]]:
    cursor = store.execute(sql_of(package, name))
    columns = [column[0] for column in cursor.description]
    return (dict(zip(columns, row, strict=True)) for row in cursor)


def rows(store: Engine, package: str, name: str, model: type[R]) -> list[R]:
    """The rows of the file ``name.sql`` in `package`, as objects of their row model."""
    return [row_of(model, record) for record in _records(store, package, name)]


def row_of(model: Callable[..., R], record: Mapping[str, Any], **more: Any) -> R:
    """A record as an object of its row model, the intervals of its rates added.

    Columns that the model has no field for are left out; `more` are fields that the query does not
    give. SQL has numbers for truth values.
    """
    names, truths, bounds = _fields(model)
    values = {name: record[name] for name in names if name in record}
    for name in truths:
        if values.get(name) in (0, 1):
            values[name] = bool(values[name])
    for name, bound in bounds:
        values[name] = _end(bound, record[bound.successes], record[bound.n])
    return model(**values | more)


def _end(bound: Bound, successes: int | None, n: int | None) -> float | None:
    # What another program wrote as a success may be neither 0 nor 1.
    if successes is None or not n or not 0 <= successes <= n:
        return None
    return wilson(successes, n)[bound.upper]


@cache
def _fields(model: Any) -> tuple[list[str], list[str], list[tuple[str, Bound]]]:
    """The names of a row model's fields; of these, truth values and the ends of intervals."""
    meanings = meanings_of(model)
    truths = [each.name for each in fields(model) if each.type in (bool, "bool")]
    bounds = [(name, at) for name, at in meanings.items() if isinstance(at, Bound)]
    return [*meanings], truths, bounds
