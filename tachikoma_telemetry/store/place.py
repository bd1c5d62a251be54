"""Where a store is: what SQLite must not open, whatever it holds.

A cloned repository may bring files beside a store that SQLite obeys when it opens the store: a
rollback journal can name a further file, which SQLite then deletes, and a log that is a link is
written over. So these are regular files of this user, and no journal names a further file: a merge
writes one database, so none of ours does.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from .. import project
from ..errors import StoreError
from ..regular_file import open_regular

# What SQLite may have beside a database.
COMPANIONS = ("-journal", "-wal", "-shm")

# The last bytes of a rollback journal that names a further file: "super-journal" in SQLite's words
# (https://www.sqlite.org/fileformat2.html, pager.c: readSuperJournal).
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def check_place(store: Path) -> None:
    """Refuse a store that SQLite must not open, even one of this user; a missing one is fine.

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
        # A folder or device that a user names by mistake is nothing to remove.
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
        with open(open_regular(journal), "rb", buffering=0) as file:
            file.seek(max(os.fstat(file.fileno()).st_size - len(_JOURNAL_MAGIC), 0))
            return file.read(len(_JOURNAL_MAGIC)) == _JOURNAL_MAGIC
    return False
