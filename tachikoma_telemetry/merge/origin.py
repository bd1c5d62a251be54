"""Whether a store is one that this user's merges made.

A cloned repository may bring a ``unified.db`` of its own, and files beside it that SQLite obeys
when it opens that: a rollback journal can name a further file, which SQLite then deletes, and a log
that is a link is written over. So a store is looked at before SQLite opens it:

- It, and what is beside it, are regular files of this user, and no link leads to them.
- No rollback journal names a further file. A merge writes one database, so none of ours does.
- It holds the user's mark: a keyed digest, whose key is in the user's state folder, outside of any
  project. A store that is moved, copied or taken from a backup keeps its mark; one that comes with
  a repository, or takes the place of ours with a `git pull`, can't have it.

The mark is read from the database file alone, which plays no journal and no log.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from .. import project
from ..atomic_file import discard, write_new
from ..errors import StoreError

APPLICATION_ID = 0x7AC41C0A

# What SQLite may have beside a database.
COMPANIONS = ("-journal", "-wal", "-shm")

_PURPOSE = b"tachikoma-telemetry unified store"
_KEY_BYTES = 32
# The last bytes of a rollback journal that names a further file: "super-journal" in SQLite's words
# (https://www.sqlite.org/fileformat2.html, pager.c: readSuperJournal).
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
# While another process commits, the database file alone may be half old, half new.
_WAIT_SECONDS = 2.0
_CREATE = "CREATE TABLE origin (mark TEXT NOT NULL)"


def check_place(store: Path) -> None:
    """Refuse a store that SQLite must not open, whoever made it; a missing one is fine.

    Raises:
        StoreError: says what is there, and what to do.

    """
    path = store.absolute()
    # A store named by hand may be anywhere; what leads to a project's own one comes with the clone.
    in_project = (path.parent.name, path.parent.parent.name) == ("telemetry", ".opencode")
    if in_project:
        for folder in (path.parent, path.parent.parent):
            if folder.is_symlink():
                raise StoreError(
                    f"{folder} is a link, through which no store is opened: name the real place by "
                    "--store or TACHIKOMA_TELEMETRY_DIR"
                )
    for each in ("", *COMPANIONS):
        # What a user names, a folder or a device by mistake, is nothing to remove.
        ours = in_project or each
        _check_file(f"{path}{each}", store, "remove it" if ours else "name another by --store")
    if _names_another_file(f"{path}{COMPANIONS[0]}"):
        raise StoreError(
            f"{store}-journal names another file, which SQLite would delete, so no merge of ours "
            f"wrote it: remove it, and {store.name} with it unless you know where that is from"
        )


def _check_file(path: str, store: Path, advice: str) -> None:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StoreError(f"can't read the store {store}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise StoreError(f"can't read the store {store}: {error}") from error
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(f"{path} is a link, through which no store is opened: remove it")
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path} is no regular file: {advice}")
    if not project.is_own(found):
        raise StoreError(f"{path} belongs to another user: name a store of your own by --store")


def _names_another_file(journal: str) -> bool:
    with suppress(OSError):
        descriptor = os.open(journal, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
        try:
            size = os.fstat(descriptor).st_size
            os.lseek(descriptor, max(size - len(_JOURNAL_MAGIC), 0), os.SEEK_SET)
            return os.read(descriptor, len(_JOURNAL_MAGIC)) == _JOURNAL_MAGIC
        finally:
            os.close(descriptor)
    return False


def require_own(store: Path) -> None:
    """Refuse a store that holds another mark than this user's, or none; an empty file is none yet.

    Raises:
        StoreError: says what to do.

    """
    if _is_empty(store):
        return
    mark = _known_mark()
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            if _mark_of(store) == mark is not None:
                return
            damage = None
        except sqlite3.Error as error:
            damage = error
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
        f"the store {store} was not made by you on this machine, so it is not opened: delete it, "
        "or, if you know where it is from, keep it with `tachikoma-telemetry merge --adopt`"
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
        except (OSError, sqlite3.Error):
            return False


def _mark_in(store: sqlite3.Connection) -> str | None:
    """The mark that a store holds; None when it has none.

    Only a plain table is asked: a view of that name could compute for ever.
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


def own_mark() -> str:
    """The mark of this user's stores; makes the user's key where there is none.

    Raises:
        StoreError: the key can't be read or written.

    """
    path = _key_path()
    key = _read_key(path)
    try:
        if key is None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = _make_key(path)
    except OSError as error:
        key = None
        reason = error.strerror
    else:
        reason = "it is no key file of this user"
    if key is None:
        raise StoreError(
            f"can't use {path}, by which your stores are known: {reason}; XDG_STATE_HOME can name "
            "another folder"
        )
    return _mark_by(key)


def _known_mark() -> str | None:
    key = _read_key(_key_path())
    return None if key is None else _mark_by(key)


def _mark_by(key: bytes) -> str:
    return hmac.new(key, _PURPOSE, hashlib.sha256).hexdigest()


def _key_path() -> Path:
    """``$XDG_STATE_HOME/tachikoma-telemetry/key``, else below ``~/.local/state``."""
    state = os.environ.get("XDG_STATE_HOME", "")
    # As the XDG specification has it, a relative path counts as unset.
    base = state if os.path.isabs(state) else os.path.expanduser("~/.local/state")
    return Path(base) / "tachikoma-telemetry" / "key"


def _read_key(path: Path) -> bytes | None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and project.is_own(found):
                key = os.read(descriptor, _KEY_BYTES)
                return key if len(key) == _KEY_BYTES else None
        finally:
            os.close(descriptor)
    return None


def _make_key(path: Path) -> bytes | None:
    """A new key at `path`, or the one that another merge has put there meanwhile."""
    fresh = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    write_new(fresh, [os.urandom(_KEY_BYTES)], sync=True)
    try:
        with suppress(FileExistsError):
            os.link(fresh, path)
    except OSError:
        # A file system without second names: then the last of two at once wins.
        if not os.path.lexists(path):
            os.replace(fresh, path)
    finally:
        discard(fresh)
    return _read_key(path)
