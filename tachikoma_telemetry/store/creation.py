"""Creating a store: beside its place, and then put there whole.

No other process sees it meanwhile. So it needs no journal to go back by, and its transactions may
be short: that lets rows be copied from images (the bytes of a database in memory), which SQLite
attaches and detaches only between transactions.

A merge that is killed leaves its file under a name of its own; the next merge into that store
removes it, whether the store is there by then or not.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from .. import project
from ..errors import StoreError
from ..vocabulary import process
from .place import COMPANIONS, check_place
from .store import prepare, use_wal

# Unless Python was built without it, the bytes of a database can be attached to another one.
HAS_IMAGES = hasattr(sqlite3.Connection, "deserialize")

# The name that the database of an image is attached as.
IMAGE = "image"

# To see whether a file can have a second name, it is given one that ends so.
_LINK = "-link"
# A database that is being made, and the files that may be beside it.
_BESIDE = ("", *COMPANIONS, _LINK)

# The names of what this process is making: its threads may make stores, too.
_being_made: set[str] = set()

Result = TypeVar("Result")


def make_store(path: Path, fill: Callable[[sqlite3.Connection], Result]) -> Result | None:
    """Make a store with what `fill` writes into it, and put it at `path`.

    Returns:
        What `fill` returned; None where there is a store, or another process was faster, or this
        can't be done here: then nothing has happened.

    Raises:
        StoreError: when it can't be written.
    """
    check_place(path)
    _remove_left_over(path)
    beside = _begin(path)
    if beside is None:
        return None
    connection = None
    try:
        connection = sqlite3.connect(beside, isolation_level=None)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        prepare(connection, path)
        connection.execute(f"ATTACH ':memory:' AS {IMAGE}")
        result = fill(connection)
        connection.execute(f"DETACH {IMAGE}")
        connection.execute("PRAGMA locking_mode = NORMAL")
        use_wal(connection)
        connection.close()
        return result if _put(beside, path) else None
    except sqlite3.Error as error:
        raise StoreError(f"can't write the store {path}: {error}") from error
    except OSError as error:
        raise StoreError(f"can't write the store {path}: {error.strerror or error}") from error
    finally:
        if connection is not None:
            connection.close()
        _remove(beside)


def is_being_made(store: sqlite3.Connection) -> bool:
    """Whether it is one of `make_store`'s, which takes images."""
    query = "SELECT 1 FROM pragma_database_list WHERE name = ?"
    return store.execute(query, (IMAGE,)).fetchone() is not None


def attach_image(store: sqlite3.Connection, image: bytes) -> None:
    """In a store that is being made: let statements read the database in `image` as `IMAGE`."""
    store.execute("COMMIT")
    store.deserialize(image, name=IMAGE)
    store.execute("BEGIN")


def _begin(path: Path) -> Path | None:
    """An empty file beside `path`; None when nothing can be put at `path` that is made there."""
    # Another process gets the same number later, in a container soon.
    beside = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}.new")
    # A log that is there without its store would be taken for the new one's.
    if not HAS_IMAGES or any(os.path.lexists(f"{path}{each}") for each in ("", *COMPANIONS)):
        return None
    _being_made.add(beside.name)
    try:
        project.create_private_dir(path.parent)
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # Not every file system can give a file a second name.
        probe = f"{beside}{_LINK}"
        os.link(beside, probe)
        os.unlink(probe)
    except OSError:
        _remove(beside)
        return None
    return beside


def _put(made: Path, path: Path) -> bool:
    """Give the store its name, if no other process has taken that."""
    try:
        file = os.open(made, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
        os.link(made, path)
    except (FileExistsError, FileNotFoundError):
        # Another process was faster, or took ours for left over: another container's merge,
        # which can't see this process.
        return False
    return True


def _remove_left_over(path: Path) -> None:
    """Remove what merges that were killed have left."""
    ours = re.compile(re.escape(path.name) + rf"\.(\d+)-[0-9a-f]{{8}}\.new({'|'.join(_BESIDE)})")
    with suppress(OSError):
        for name in os.listdir(path.parent):
            found = ours.fullmatch(name)
            if found and not _is_being_made(name.removesuffix(found[2]), int(found[1])):
                with suppress(OSError):
                    os.unlink(path.with_name(name))


def _is_being_made(name: str, pid: int) -> bool:
    return name in _being_made if pid == os.getpid() else process.is_running(pid)


def _remove(beside: Path) -> None:
    for each in _BESIDE:
        with suppress(OSError):
            os.unlink(f"{beside}{each}")
    _being_made.discard(beside.name)
