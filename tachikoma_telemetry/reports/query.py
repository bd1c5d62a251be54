"""Running the .sql files: a file's columns become the fields of its row model."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from ..vocabulary.events import model_key
from .meaning import Bound, hints_of
from .rate_intervals import wilson

R = TypeVar("R")


@cache
def sql_of(package: str, name: str) -> str:
    """The text of the file ``name.sql`` in `package`; `name` may begin with a folder."""
    return files(package).joinpath(f"{name}.sql").read_text("utf-8")


def records(store: sqlite3.Connection, package: str, name: str) -> list[dict[str, Any]]:
    """The rows of the file ``name.sql`` in `package`, a dictionary each."""
    return [*_records(store, package, name)]


def _records(store: sqlite3.Connection, package: str, name: str) -> Iterator[dict[str, Any]]:
    cursor = store.cursor()
    cursor.row_factory = None
    cursor.execute(sql_of(package, name))
    columns = [column[0] for column in cursor.description]
    return (dict(zip(columns, row, strict=True)) for row in cursor)


def rows(store: sqlite3.Connection, package: str, name: str, model: type[R]) -> list[R]:
    """The rows of the file ``name.sql`` in `package`, as objects of their row model."""
    return [row_of(model, record) for record in _records(store, package, name)]


def row_of(model: Callable[..., R], record: Mapping[str, Any], **more: Any) -> R:
    """A record as an object of its row model, the intervals of its rates added.

    Args:
        model: the dataclass of the row.
        record: the columns of the query; those that the model has no field for are left out.
        more: fields that the query does not give, or gives in another type.

    """
    names, bounds = _fields(model)
    values = {name: record[name] for name in names if name in record}
    for name, bound in bounds:
        values[name] = _end(bound, record[bound.successes], record[bound.n])
    return model(**values | more)


def _end(bound: Bound, successes: int | None, n: int | None) -> float | None:
    # What another program wrote as a success may be neither 0 nor 1.
    if successes is None or not n or not 0 <= successes <= n:
        return None
    return wilson(successes, n)[bound.upper]


@cache
def _fields(model: Any) -> tuple[list[str], list[tuple[str, Bound]]]:
    """The names of a row model's fields, and those that are ends of intervals."""
    hints = hints_of(model)
    notes = ((name, note) for name, hint in hints.items() for note in hint.__metadata__)
    return [*hints], [(name, note) for name, note in notes if isinstance(note, Bound)]


def add_functions(store: sqlite3.Connection) -> None:
    """Add the function that the filters compare models by, and the natural logarithm, which not
    every SQLite has.
    """
    store.create_function("model_key", 1, _model_key, deterministic=True)
    store.create_function("ln", 1, _ln, deterministic=True)


def _model_key(model: str | None) -> str | None:
    return model_key(model) if model is not None else None


def _ln(value: float | None) -> float | None:
    return math.log(value) if value is not None and value > 0 else None
