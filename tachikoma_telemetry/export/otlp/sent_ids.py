"""What was sent where: the ids that a backend acknowledged, by signal and endpoint.

Beside the store ``unified.db`` there is ``unified.exported.db``, a database of SQLite:

    target (target, signal, endpoint, since, totals, last)   the last three of the metrics only
    sent (target, id)                                        8 bytes an id

An id is written when its batch was acknowledged: a kill in between sends that one batch once more,
under the same ids. A time alone is no watermark: merges bring in rows of any age, such as those of
a database that is named for the first time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ... import project
from ...errors import ExportError, StoreError
from ...store.origin import APPLICATION_ID, put_mark, require_own
from ...store.place import check_place

_BUSY_SECONDS = 30.0
_TARGETS = """
    CREATE TABLE target (
        target INTEGER PRIMARY KEY, signal TEXT NOT NULL, endpoint TEXT NOT NULL,
        since INTEGER, totals TEXT, last TEXT, UNIQUE (signal, endpoint)
    )
"""
_SENT = """
    CREATE TABLE sent (
        target INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (target, id)
    ) WITHOUT ROWID
"""
_SIGN = 2**64


def sent_path(store: Path) -> Path:
    """Where it is written what of a store was sent."""
    return store.with_name(f"{store.stem}.exported.db")


class SentIds:
    """The record of what was sent. Close it when done."""

    def __init__(self, store: Path, *, keep: bool) -> None:
        """Open the record of a store, or begin one.

        Without `keep` it writes into memory only, for a look at what would be sent.

        Raises:
            ExportError: it can't be read or written, or is not this user's.

        """
        self._path = sent_path(store)
        try:
            self._connection = self._open(keep=keep)
        except (sqlite3.Error, OSError, StoreError) as error:
            raise self._unusable(error) from error

    def _open(self, *, keep: bool) -> sqlite3.Connection:
        there = self._path.exists()
        check_place(self._path)
        if there:
            require_own(self._path)
        if not keep:
            copy = sqlite3.connect(":memory:", isolation_level=None)
            if there and self._path.stat().st_size:
                kept = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
                with suppress(sqlite3.Error):
                    kept.backup(copy)
                kept.close()
        else:
            if not there:
                project.create_private_dir(self._path.parent)
                self._path.touch(0o600)
            copy = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        copy.execute("PRAGMA trusted_schema = OFF")
        copy.execute("PRAGMA synchronous = NORMAL")
        _prepare(copy)
        return copy

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def target(self, signal: str, endpoint: str) -> Destination:
        """What was sent of a signal to an endpoint."""
        digest = sha256(endpoint.encode()).hexdigest()
        try:
            self._connection.execute(
                "INSERT OR IGNORE INTO target (signal, endpoint) VALUES (?, ?)", (signal, digest)
            )
            (number,) = self._connection.execute(
                "SELECT target FROM target WHERE signal = ? AND endpoint = ?", (signal, digest)
            ).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return Destination(self._connection, number)

    def _unusable(self, error: Exception) -> ExportError:
        return ExportError(
            f"can't use {self._path}, which records what was sent: {error}. If you delete it, "
            "everything is sent again, under the same ids"
        )


@dataclass
class KeptTotals:
    """The metrics of a target.

    Attributes:
        since: when they begin, ms.
        totals: what was counted, as JSON.
        last: the digest of the totals that the backend has acknowledged.
        ids: records the ids of what is counted now.

    """

    since: int | None
    totals: str | None
    last: str | None
    ids: Callable[[Iterable[int]], None]


class Destination:
    """What was sent of one signal to one endpoint."""

    def __init__(self, connection: sqlite3.Connection, number: int) -> None:
        self._connection, self._number = connection, number

    def unsent(self, ids: Collection[int]) -> set[int]:
        """Those of these ids that were not sent."""
        marks = ",".join("?" * len(ids))
        found = self._connection.execute(
            f"SELECT id FROM sent WHERE target = ? AND id IN ({marks})",
            (self._number, *map(_signed, ids)),
        )
        return set(ids) - {each % _SIGN for (each,) in found}

    def has(self, id: int) -> bool:
        """Whether one id was sent."""
        return not self.unsent([id])

    def add(self, ids: Iterable[int]) -> None:
        """Record ids that the backend has acknowledged.

        Raises:
            ExportError: they can't be written; the next export sends them once more.

        """
        with self._writing():
            self._insert(ids)

    @contextmanager
    def counting(self) -> Iterator[KeptTotals]:
        """The metrics as they were counted, to go on with: all of it is written, or nothing.

        Raises:
            ExportError: it can't be written.

        """
        with self._writing():
            since, totals, last = self._connection.execute(
                "SELECT since, totals, last FROM target WHERE target = ?", (self._number,)
            ).fetchone()
            kept = KeptTotals(since, totals, last, self._insert)
            yield kept
            self._connection.execute(
                "UPDATE target SET since = ?, totals = ? WHERE target = ?",
                (kept.since, kept.totals, self._number),
            )

    def acknowledge(self, digest: str) -> None:
        """Record which totals the backend has acknowledged.

        Raises:
            ExportError: it can't be written.

        """
        with self._writing():
            self._connection.execute(
                "UPDATE target SET last = ? WHERE target = ?", (digest, self._number)
            )

    def _insert(self, ids: Iterable[int]) -> None:
        marked = [(self._number, _signed(each)) for each in ids]
        with _recording():
            self._connection.executemany("INSERT OR IGNORE INTO sent VALUES (?, ?)", marked)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with _recording():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with _recording():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled back by itself
                self._connection.execute("ROLLBACK")
            raise


@contextmanager
def _recording() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ExportError(
            f"can't record what was sent, so the next export sends some of it again: {error}"
        ) from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sent'").fetchone():
        connection.execute(_TARGETS)
        connection.execute(_SENT)
        put_mark(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def _signed(id: int) -> int:
    # SQLite's integers have a sign.
    return id - _SIGN if id >= _SIGN // 2 else id
