"""Opening an OpenCode database without ever changing it."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from ..errors import DatabaseError, LockedError
from ..regular_file import require_regular

# How long a reader waits for a writer that holds the database exclusively (a vacuum, a migration).
_BUSY_SECONDS = 2.0


@contextmanager
def open_database(path: Path) -> Iterator[Reader]:
    """Open the database at `path` read-only, in one read transaction.

    What is done with it inside raises SQLite's own errors; `reading` makes them errors of this
    database.

    Never ``immutable=1``: right after a short session all rows are in the ``-wal`` file, which an
    immutable open does not read, and the answer would be an empty history without any error.

    Raises:
        LockedError: when another process holds it exclusively.
        DatabaseError: when it is no database, or can't be opened.

    """
    _check_file(path)
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    with reading(path):
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        with reading(path):
            connection.execute("PRAGMA query_only = 1")
            # Rows hold whatever bytes a model produced: what is no UTF-8 must not end the merge,
            # and what is never looked at need not be decoded.
            connection.text_factory = bytes
            # One snapshot for all that is read: a message and its parts belong together.
            connection.execute("BEGIN")
            reader = Reader(path, connection)
        yield reader
    finally:
        connection.close()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an error of SQLite into one of the database at `path`.

    Raises:
        LockedError: when another process holds it exclusively.
        DatabaseError: for everything else that went wrong.

    """
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except (UnicodeDecodeError, MemoryError) as error:
        # SQLite's own words about a damaged file may hold bytes of it, and lengths, too.
        raise DatabaseError(f"{path} is damaged") from error


class Reader:
    """A database opened for reading, and what tables it has."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self.tables: dict[str, frozenset[str]] = {
            name.decode("utf-8", "replace"): frozenset(
                column.decode("utf-8", "replace")
                for (column,) in connection.execute(
                    "SELECT name FROM pragma_table_info(?)", (name.decode("utf-8", "replace"),)
                )
            )
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).fetchall()
        }

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is a `table` with at least these columns."""
        return table in self.tables and self.tables[table].issuperset(columns)

    @contextmanager
    def at_most(self, limit: int) -> Iterator[None]:
        """Inside, SQLite refuses to load a value of more bytes, before it reads it."""
        before = self.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
        try:
            yield
        finally:
            # A merge that is broken off closes its database before its generators end.
            with suppress(sqlite3.ProgrammingError):
                self.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)

    def has_rows(self, table: str) -> bool:
        """Whether there is a `table` with anything in it."""
        if table not in self.tables:
            return False
        return self.connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is not None


def _check_file(path: Path) -> None:
    # Without opening it: closing a file lets go of all locks on it that SQLite holds in this
    # process, and a program that ends would take the -wal away from under another reader here.
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DatabaseError(f"{path} is a folder, not a database")
        require_regular(status, path)
    except OSError as error:
        raise DatabaseError(f"can't read {path}: {error.strerror}") from error
    if not os.access(path, os.R_OK):
        raise DatabaseError(f"can't read {path}: {os.strerror(errno.EACCES)}")


def _explain(path: Path, error: sqlite3.Error) -> DatabaseError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return LockedError(f"{path} is locked by another process; nothing was read, try again")
    if "unable to open" in text or "readonly" in text:
        return DatabaseError(
            f"can't open {path} ({text}): its folder can't be written and has no -shm file; "
            "copy the .db and its -wal to a folder of yours and name it with --db"
        )
    if "not a database" in text:
        return DatabaseError(f"{path} is not a SQLite database")
    if "malformed" in text:
        return DatabaseError(f"{path} is damaged ({text})")
    return DatabaseError(f"can't read {path}: {text}")
