"""A place where OpenCode keeps its history, opened: which storage versions it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..errors import DatabaseError
from .database import Reader, open_database, reading
from .storage import ADAPTERS, Adapter

# A table with a version behind it: what a later OpenCode may bring, as 2.0 did.
_VERSIONED = re.compile(r"^(?:session|message|part|session_message|session_part)_v(\d+)$")
_LATEST = 2


class Source(NamedTuple):
    """A database, or the folder of JSON files from before 1.2.

    Attributes:
        storages: an adapter for each version that has written there, the oldest first. OpenCode 2
            adds its tables to the file of 1.x; each is read, and rows of both are one row (`v2`).
        unknown: tables of OpenCode with rows that no adapter reads.
    """

    storages: list[Adapter]
    unknown: list[str]


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a database or a folder read-only.

    Both lists are empty for a database in which nothing was written yet.

    Raises:
        DatabaseError: when it is neither, or can't be read.
    """
    if path.is_dir():
        source = Source(_detect(path), [])
        if not source.storages:
            raise DatabaseError(
                f"{path} is a folder without sessions of OpenCode (session/PROJECT/SESSION.json)"
            )
        yield source
        return
    with open_database(path) as reader:
        with reading(path):
            storages = _detect(reader)
            source = Source(storages, _unknown(reader, storages))
        # In 2.x all of them are empty once its sessions were deleted.
        if reader.tables and not reader.tables.keys() & _known_tables():
            raise DatabaseError(
                f"{path} has no tables of OpenCode (session, message, part); "
                "is it another program's database?"
            )
        yield source


def _detect(place: Reader | Path) -> list[Adapter]:
    found = (adapter.detect(place) for adapter in ADAPTERS)
    return [each for each in found if each is not None]


def _known_tables() -> frozenset[str]:
    return frozenset[str]().union(*(adapter.tables for adapter in ADAPTERS))


def _unknown(reader: Reader, storages: list[Adapter]) -> list[str]:
    """Tables of a later layout, and those of a known one without the columns that it has."""
    names = _known_tables()
    read = frozenset[str]().union(*(storage.tables for storage in storages))
    ours = (table for table in reader.tables if table in names or _is_of_later_version(table))
    return sorted(table for table in ours if table not in read and reader.has_rows(table))


def _is_of_later_version(table: str) -> bool:
    version = _VERSIONED.match(table)
    return version is not None and int(version[1]) > _LATEST
