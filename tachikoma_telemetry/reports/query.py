"""Running the .sql files: a file's columns become the fields of its row model."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from ..vocabulary.events import model_key

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
    return [model(**record) for record in _records(store, package, name)]


def add_functions(store: sqlite3.Connection) -> None:
    """What the SQL needs and not every SQLite has, and what the filters compare models by."""
    # Only a SQLite that was built with its mathematical functions has this one.
    store.create_function("sqrt", 1, _sqrt, deterministic=True)
    store.create_function("model_key", 1, _model_key, deterministic=True)


def _sqrt(value: float | None) -> float | None:
    return math.sqrt(value) if value is not None and value >= 0 else None


def _model_key(model: str | None) -> str | None:
    return model_key(model) if model is not None else None
