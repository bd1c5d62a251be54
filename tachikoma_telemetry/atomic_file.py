"""Writing a whole file: under another name first, then moved into place.

A reader finds the old file or the new one, never a part of one, also after a kill and on a full
disk. The name written first ends in ``.new``; one that a kill left behind holds nothing that was
acknowledged.

Only the standard library: the journal, reports and the installer all write by this.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping

from .clock import now_ms

# Files of this package are private unless the user changes that.
PRIVATE = 0o600

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, however small the pieces that the system takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_new(path: str, pieces: Iterable[bytes], *, sync: bool = False) -> None:
    """Write a file that is not there yet, for its owner only; leaves none behind when that fails.

    With `sync` it waits until it is on the disk, for a file that is to replace one with history.

    Raises:
        OSError: it is there, or can't be written; `filename` is set.

    """
    descriptor = os.open(path, _CREATE, PRIVATE)
    try:
        try:
            for piece in pieces:
                write_all(descriptor, piece)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        discard(path)
        # A full disk is reported by a call that has no file name.
        error.filename = error.filename or path
        raise
    except BaseException:
        discard(path)
        raise


def replace_file(
    path: str, pieces: Iterable[bytes], *, like: os.stat_result | None = None, sync: bool = True
) -> None:
    """Put a whole private file exactly at `path`, or leave what is there; for files of our own.

    A link at `path` is replaced, not followed. The pieces may still be read from the old file,
    whose owner the new one gets where we may (`like`). With `sync` it waits until the new one is on
    the disk.

    Raises:
        OSError: when it can't be written.

    """
    fresh = name_beside(path)
    write_new(fresh, pieces, sync=sync)
    try:
        if like is not None:
            _keep_owner(fresh, like)
        os.replace(fresh, path)
    except BaseException:
        discard(fresh)
        raise


def write_file(
    path: str | os.PathLike[str], pieces: Iterable[bytes], *, mode: int = PRIVATE
) -> None:
    """Put a whole file where the user wants it, or leave what is there.

    A link at `path` is followed. A file that is there keeps its permissions and, as far as we may,
    its owner; one that was not gets `mode`, whatever the umask is. A pipe or a terminal is written
    to as it is. The pieces may still be read from the old file.

    Raises:
        OSError: when it can't be written; `filename` is `path`.

    """
    write_files({os.fspath(path): pieces}, mode=mode)


def write_files(files: Mapping[str, Iterable[bytes]], *, mode: int = PRIVATE) -> None:
    """Put several whole files in their places, as `write_file` does: all of them are written before
    the first one is moved, so that a full disk leaves what was there.

    Raises:
        OSError: when one can't be written; `filename` is its path.

    """
    written: list[tuple[str, str]] = []
    try:
        for path, pieces in files.items():
            try:
                target = os.path.realpath(path)
                old = _stat(target)
                if old is not None and not stat.S_ISREG(old.st_mode):
                    _write_through(path, pieces)
                    continue
                fresh = name_beside(target)
                write_new(fresh, pieces, sync=True)
                written.append((fresh, target))
                os.chmod(fresh, mode if old is None else stat.S_IMODE(old.st_mode))
                if old is not None:
                    _keep_owner(fresh, old)
            except OSError as error:
                error.filename, error.filename2 = path, None
                raise
        while written:
            fresh, target = written[0]
            os.replace(fresh, target)
            del written[0]
    except OSError as error:
        if written and error.filename == written[0][0]:
            error.filename, error.filename2 = written[0][1], None
        raise
    finally:
        for fresh, _ in written:
            discard(fresh)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_through(path: str, pieces: Iterable[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        for piece in pieces:
            write_all(descriptor, piece)
    finally:
        os.close(descriptor)


def name_beside(path: str) -> str:
    """The name under which a file is written that is to be moved to `path`."""
    return f"{path}.{stamp()}.new"


def stamp() -> str:
    """A name part that no other file has: ``<UTC ms>-<random>``."""
    return f"{now_ms()}-{os.urandom(4).hex()}"


def _keep_owner(path: str, like: os.stat_result) -> None:
    """Give `path` the owner in `like`, where we may."""
    if os.geteuid() != like.st_uid:
        try:
            os.chown(path, like.st_uid, like.st_gid)
        except OSError:
            pass  # only root may; the file of any other user is readable to that user as it is


def discard(path: str) -> None:
    """Delete a file that is of no use, if that can be done."""
    try:
        os.unlink(path)
    except OSError:
        pass
