"""What a place of OpenCode's history holds, in numbers: versions, types of rows, states of calls.

For a maintainer who has to see what was never seen before, and must see nothing else: no text, no
name, no path. A type or state of OpenCode's is a short identifier; anything of another form is
counted as ``other``.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..vocabulary.credentials import mask
from .database import Reader, open_database, reading
from .shapes import Session
from .source import open_source

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,39}")
_OTHER = "other"
_KINDS_MAX = 200  # of a table; what comes after them is counted as other

_BLOCK = 20_000  # rows in a query
_ROW_BYTES_MAX = 16 << 20  # a longer one is counted without being read


class _RowKinds(NamedTuple):
    """What tells the rows of a table apart, in SQL over ``json``, its ``data`` if that is JSON."""

    table: str
    words: str
    where: str = ""


# The parts of 2.x are inside of its messages, and have no rows of their own.
_KINDS = {
    "message": _RowKinds(
        "message", "json_extract(json, '$.role'), json_extract(json, '$.error.name'), NULL"
    ),
    "part": _RowKinds(
        "part", "json_extract(json, '$.type'), json_extract(json, '$.state.status'), NULL"
    ),
    "session_message": _RowKinds(
        "session_message",
        "row.type, json_extract(json, '$.status'), json_extract(json, '$.outcome')",
    ),
    "content of session_message": _RowKinds(
        "session_message",
        "json_extract(value, '$.type'), json_extract(value, '$.state.status'), "
        "json_extract(value, '$.state.error.type')",
        ", json_each(row.json, '$.content') AS each "
        "WHERE row.type = 'assistant' AND each.type = 'object'",
    ),
}


class Census(NamedTuple):
    """A place of OpenCode's history in numbers.

    Attributes:
        storages: the storage versions that were found, the oldest first.
        unknown: tables of a later layout, which nothing reads yet.
        versions: sessions by the version of OpenCode that began them.
        rows: by table, the rows by type, state and kind of error.
    """

    storages: list[str]
    unknown: list[str]
    versions: Mapping[str, int]
    rows: Mapping[str, Mapping[str, int]]


class SessionList(NamedTuple):
    """Every session of a place, once, and whether it has tables that nothing reads."""

    sessions: list[Session]
    unknown: bool


def sessions_of(path: Path) -> SessionList:
    """The sessions of a database, or of a folder of JSON files.

    Raises:
        DatabaseError: when it can't be read.
    """
    with open_source(path) as (storages, unknown), reading(path):
        every = (session for storage in storages for session in storage.sessions())
        found = {session.session_id: session for session in every}
        return SessionList(list(found.values()), bool(unknown))


def take_census(path: Path) -> Census:
    """Count what a database holds, or the versions in a folder of JSON files.

    Every row is looked at: a minute for some gigabytes.

    Raises:
        DatabaseError: when it can't be read.
    """
    with open_source(path) as (storages, unknown):
        found = [storage.version for storage in storages], [_word(table) for table in unknown]
    versions = Counter(_version(session.version) for session in sessions_of(path).sessions)
    rows: dict[str, Mapping[str, int]] = {}
    if not path.is_dir():
        with open_database(path) as reader, reading(path):
            for name, kinds in _KINDS.items():
                if reader.has(kinds.table, "data"):
                    rows[name] = _counted(_kinds(reader, kinds))
    return Census(*found, _counted(versions.items()), rows)


def _kinds(reader: Reader, kinds: _RowKinds) -> Iterator[tuple[str, int]]:
    """The kinds of a table's rows, each with a number; the same kind may come again."""
    db, after, block = reader.connection, -(1 << 63), _BLOCK
    named = "type" if reader.has(kinds.table, "type") else "NULL AS type"
    limits = (
        f"SELECT max(rowid) FROM (SELECT rowid FROM {kinds.table} WHERE rowid > ? "
        "ORDER BY rowid LIMIT ?)"
    )
    query = (
        f"SELECT {kinds.words}, count(*) FROM ("
        f"SELECT {named}, CASE WHEN json_valid(data) THEN data END AS json FROM {kinds.table} "
        f"WHERE rowid > ? AND rowid <= ?) AS row{kinds.where} GROUP BY 1, 2, 3"
    )
    while (last := db.execute(limits, (after, block)).fetchone()[0]) is not None:
        try:
            with reader.at_most(_ROW_BYTES_MAX):
                found = db.execute(query, (after, last)).fetchall()
        except sqlite3.DataError:  # one of these rows is too long
            if block > 1:
                block = max(1, block // 16)
                continue
            found = [(b"longer_than_16_MiB", None, None, 1)]
        after, block = last, min(block * 16, _BLOCK)
        for *words, count in found:
            yield " ".join(_word(word) for word in words if word is not None) or _OTHER, count


def _counted(found: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for kind, count in found:
        counts[kind if kind in counts or len(counts) < _KINDS_MAX else _OTHER] += count
    return dict(sorted(counts.items()))


def _word(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if _WORD.fullmatch(text) and mask(text) == text else _OTHER


def _version(value: str | None) -> str:
    if value is None:
        return "unknown"
    return value if _VERSION.fullmatch(value) and mask(value) == value else _OTHER
