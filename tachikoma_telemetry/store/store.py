"""Opening the unified store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from .. import project
from ..errors import StoreError
from .origin import APPLICATION_ID, damage_of, put_mark, require_own
from .place import check_place

# Raised whenever schema.sql changes; `migrate` brings a store of an earlier one along.
VERSION = 7

__all__ = ["APPLICATION_ID", "VERSION", "open_store", "read_store"]

_BUSY_SECONDS = 30.0


def open_store(path: Path, *, older: bool = False, foreign: bool = False) -> sqlite3.Connection:
    """Open the store at `path` for writing; create it when it is missing.

    `older`: one of an earlier version will do, for a merge that migrates it. `foreign`: so will one
    without this user's mark, for a merge that adopts it.

    Raises:
        StoreError: when it can't be opened, is no store of this user's, or one of another version.
    """
    check_place(path)
    try:
        project.create_private_dir(path.parent)
        if not path.exists():
            flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW
            os.close(os.open(path, flags, 0o600))
        if not foreign:
            require_own(path)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"can't write the store {path}: {_reason(error)}") from error
    try:
        with store_errors("use", path):
            connection.execute("PRAGMA trusted_schema = OFF")
            prepare(connection, path)
            connection.execute("PRAGMA synchronous = NORMAL")
            if not older:
                _require_current(version_of(connection), path)
    except StoreError:
        connection.close()
        raise
    return connection


def read_store(path: Path) -> sqlite3.Connection:
    """Open the store at `path` for reading only.

    Raises:
        StoreError: when there is none, or it is not one of ours.
    """
    check_place(path)
    if not path.exists():
        raise StoreError(f"no store at {path}; run `tachikoma-telemetry merge` first")
    require_own(path)
    try:
        connection = sqlite3.connect(
            path.absolute().as_uri() + "?mode=ro", uri=True, isolation_level=None
        )
    except sqlite3.Error as error:
        raise StoreError(f"can't read the store {path}: {error}") from error
    try:
        with store_errors("read", path):
            connection.execute("PRAGMA trusted_schema = OFF")
            _require_current(_version(connection, path), path)
    except StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def store_at(path: Path) -> Iterator[sqlite3.Connection]:
    """Read the store at `path`: `read_store`, closed in the end, with SQLite's errors as its own.

    Raises:
        StoreError: when there is none, it is not one of ours, or it can't be read.
    """
    connection = read_store(path)
    try:
        with store_errors("read", path):
            yield connection
    finally:
        connection.close()


@contextmanager
def store_errors(what: str, path: Path, then: str = "") -> Iterator[None]:
    """Raise errors of SQLite as those of the store at `path`.

    `what` could not be done with it: read, write; `then` says what is so now.

    Raises:
        StoreError: for every error of SQLite.
    """
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, MemoryError) as error:
        raise StoreError(f"can't {what} the store {path}: {damage_of(error)}{then}") from error


def _require_current(version: int, path: Path) -> None:
    if version == VERSION:
        return
    why = "was written by an earlier version" if version else "is empty"
    raise StoreError(f"the store {path} {why}; run `tachikoma-telemetry merge` first")


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables where there are none.

    Raises:
        StoreError: when it is no store, or one of a later version; the message names `path`.
    """
    version = _version(connection, path)
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        # Another merge may have made the tables while this one waited.
        if _version(connection, path) == 0:
            create_tables(connection)
        connection.execute("COMMIT")


def use_wal(connection: sqlite3.Connection) -> None:
    """From now on a report can read while a merge writes.

    Not while a store is empty: a first merge would write all of it twice, into the log and from
    there into the store, which takes a sixth longer. Until then SQLite keeps a rollback journal,
    which is as safe, and short where everything is new, or none (see `creation`).
    """
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # To change the mode one has to be alone with the store. Another merge, which was waiting
        # for this one, does it when it is done; a report that reads leaves it to the next merge.
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty store, in the transaction that is under way."""
    # Not `executescript`: it commits first, and so would let go of the lock.
    for statement in _statements(_script("schema.sql")):
        connection.execute(statement)
    put_mark(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def new_store() -> sqlite3.Connection:
    """An empty store in memory: to look at its layout."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(_script("schema.sql"))
    return connection


def create_indexes_of_few(connection: sqlite3.Connection) -> None:
    """Create those indexes that are to be there before the rows of a first merge come in."""
    _create(connection, "indexes_of_few.sql")


def create_indexes(connection: sqlite3.Connection) -> None:
    """Create the other indexes that are not there yet; before a first merge there are none."""
    _create(connection, "indexes.sql")


def create_indexes_of_events(connection: sqlite3.Connection) -> None:
    """Create the indexes of the table of events that are not there yet."""
    _create(connection, "indexes_of_events.sql")


def _create(connection: sqlite3.Connection, script: str) -> None:
    for statement in _statements(_script(script)):
        connection.execute(statement)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _script(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def version_of(connection: sqlite3.Connection) -> int:
    """The version that a store was written by; 0 while it is empty."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = version_of(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreError(f"{path} is a database, but not a store of tachikoma-telemetry")
    if version > VERSION:
        raise StoreError(
            f"the store {path} was written by a later tachikoma-telemetry; upgrade this one"
        )
    return version


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
