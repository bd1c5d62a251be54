"""What may be exported: the id of a span, and how to build it where it was not sent yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import NamedTuple

from .span import Span


class SpanCandidate(NamedTuple):
    """A span that is final, not built yet."""

    id: int
    build: Callable[[], Span]


def rows(store: sqlite3.Connection, query: str) -> Iterator[sqlite3.Row]:
    """The rows of the query in this folder's file `query`, one after the other."""
    cursor = store.cursor()
    cursor.row_factory = sqlite3.Row
    yield from cursor.execute(files(__package__).joinpath(query).read_text("utf-8"))
