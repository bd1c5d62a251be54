"""Whether a store is one that this user's merges made.

A cloned repository may bring a ``unified.db`` of its own. So a store is looked at before SQLite
opens it (see also `place`): it has to hold the user's mark, a keyed digest. A store that is moved,
copied or taken from a backup keeps its mark; one that comes with a repository, or takes the place
of ours with a `git pull`, can't have it.

The mark is read from the database file alone, which plays no journal and no log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from ..errors import StoreError
from .place import COMPANIONS
from .user_key import known_mark, own_mark

APPLICATION_ID = 0x7AC41C0A

# SQLite's own words about a damaged file may hold bytes of it, and lengths, too.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError, MemoryError)
# While another process commits, the database file alone may be half old, half new.
_WAIT_SECONDS = 2.0
_CREATE = "CREATE TABLE origin (mark TEXT NOT NULL)"


def require_own(store: Path) -> None:
    """Refuse a store that holds another mark than this user's, or none; an empty file is none yet.

    Raises:
        StoreError: says what to do.
    """
    if _is_empty(store):
        return
    mark = known_mark()
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            if _mark_of(store) == mark is not None:
                return
            damage: str | None = None
        except _DAMAGE as error:
            damage = damage_of(error)
        if not any(os.path.lexists(f"{store}{each}") for each in COMPANIONS[:2]):
            break
        if time.monotonic() > deadline:
            if mark is not None and _copy_holds(store, mark):
                return
            break
        time.sleep(0.05)
    if damage is not None:
        raise StoreError(f"can't use the store {store}: {damage}")
    raise StoreError(
        f"the store {store} was not made by you on this machine, so it is not opened; delete it, "
        "or, if you know where it is from, keep it with `tachikoma-telemetry merge --adopt`"
    )


def damage_of(error: Exception) -> str:
    """What an error says about a store, and what to do where its file is damaged."""
    if isinstance(error, sqlite3.Error) and type(error) is not sqlite3.DatabaseError:
        return str(error)
    said = f" ({error})" if isinstance(error, sqlite3.Error) else ""
    return (
        f"it is damaged{said}; move it away: the next merge makes a new one of what OpenCode and "
        "the journal still hold"
    )


def _is_empty(store: Path) -> bool:
    """Whether nothing was written into the file yet.

    Raises:
        StoreError: it is a database of another program, which is not ours to delete either.
    """
    try:
        with store.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise StoreError(f"can't read the store {store}: {error.strerror}") from error
    of_sqlite = len(head) == 100 and head.startswith(b"SQLite format 3\0")
    if of_sqlite and int.from_bytes(head[68:72]) != APPLICATION_ID:
        raise StoreError(f"{store} is a database, but not a store of tachikoma-telemetry")
    return not head


def _mark_of(store: Path) -> str | None:
    """The mark that the database file by itself holds; "immutable" keeps SQLite from looking for a
    journal or a log.
    """
    uri = f"{store.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as file:
        return _mark_in(file)


def _copy_holds(store: Path, mark: str) -> bool:
    """Whether it holds the mark once its journal or log is played, on a copy of both.

    So it is after a kill in the middle of bringing an older store along.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy.db")
        try:
            for each in ("", *COMPANIONS[:2]):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{store}{each}", copy + each, follow_symlinks=False)
            with closing(sqlite3.connect(copy)) as file:
                return _mark_in(file) == mark
        except (OSError, *_DAMAGE):
            return False


def _mark_in(store: sqlite3.Connection) -> str | None:
    """The mark that a store holds; None when it has none.

    Only a plain table is read: a view of that name could compute for ever.
    """
    store.execute("PRAGMA trusted_schema = OFF")
    if not store.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'origin' AND sql = ?",
        (_CREATE,),
    ).fetchone():
        return None
    row = store.execute("SELECT mark FROM origin LIMIT 1").fetchone()
    return row[0] if row and isinstance(row[0], str) else None


def put_mark(store: sqlite3.Connection) -> None:
    """Make this store the user's, in the transaction that is under way.

    Raises:
        StoreError: the user's key can't be written.
    """
    store.execute("DROP TABLE IF EXISTS origin")
    store.execute(_CREATE)
    store.execute("INSERT INTO origin VALUES (?)", (own_mark(),))


def adopt(store: sqlite3.Connection, path: Path) -> None:
    """Make a store from elsewhere the user's, who said so.

    Raises:
        StoreError: it holds what could act by itself, or another process reads it.
    """
    store.execute("BEGIN IMMEDIATE")
    strange = "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') OR rootpage = 0"
    if found := store.execute(strange).fetchone():
        raise StoreError(f"{path} holds {found[0]}, which no merge makes: drop it, then try again")
    put_mark(store)
    store.execute("COMMIT")
    # The mark is looked for in the database file, not in the log.
    busy, _, _ = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(f"another process reads the store {path}: end it, then try again")
