"""Writing whole files: under another name first, then moved into place.

Whoever looks at the place finds the old file or the new one, never a part of one, also after a
kill. The names written first end in ``.new``; one that a kill left behind holds nothing that was
acknowledged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from .format import journal_of, leftover_of, stamp, stem

_CREATE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, however small the pieces that the system takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_new(path: str, pieces: Iterable[bytes], *, sync: bool = False) -> None:
    """Write a file that is not there yet; leaves none behind when that fails.

    Args:
        path: where.
        pieces: what, one after the other.
        sync: wait until it is on the disk, for a file that is to replace one with history.

    """
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        try:
            for piece in pieces:
                write_all(descriptor, piece)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        discard(path)
        raise


def write_whole(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file that is not there yet, whole or not at all, and wait until it is on the disk."""
    fresh = f"{path}.{stamp()}.new"
    write_new(fresh, pieces, sync=True)
    try:
        os.rename(fresh, path)
    except BaseException:
        discard(fresh)
        raise


def replace(path: str, pieces: Iterable[bytes], like: os.stat_result) -> None:
    """Put a new file in the place of the one at `path`.

    Args:
        path: where.
        pieces: the new content; may still be read from the old file.
        like: the old file's owner gets the new one, when root does this for somebody.

    """
    fresh = f"{path}.{stamp()}.new"
    write_new(fresh, pieces, sync=True)
    try:
        keep_owner(fresh, like)
        os.rename(fresh, path)
    except BaseException:
        discard(fresh)
        raise


def keep_owner(path: str, like: os.stat_result) -> None:
    """Give `path` the owner in `like`, where we may."""
    if hasattr(os, "geteuid") and os.geteuid() != like.st_uid:
        try:
            os.chown(path, like.st_uid, like.st_gid)
        except OSError:
            pass  # only root may; anybody else's file is readable to them as it is


def set_aside(path: str, pieces: Iterable[bytes]) -> str:
    """Keep what is no part of the journal at `path` in a quarantine file; returns its path."""
    target = f"{stem(path)}-quarantine-{stamp()}.txt"
    write_new(target, pieces, sync=True)
    return target


def discard(path: str) -> None:
    """Delete a file that nobody needs, if that can be done."""
    try:
        os.unlink(path)
    except OSError:
        pass


def discard_leftovers(path: str) -> None:
    """Delete what killed processes left half written beside the journal at `path`.

    Only for a holder of the lock: such files are written under it.
    """
    folder, name = os.path.split(path)
    for each in os.listdir(folder or "."):
        meant = leftover_of(each)
        if meant is not None and journal_of(meant) == name:
            discard(os.path.join(folder, each))


def each_line(read: Callable[[int], bytes], longest: int) -> Iterable[tuple[bytes, bool]]:
    """The lines that `read` (given a number of bytes) returns piece by piece, without their ends.

    Yields:
        a line, and whether it was whole: ended by a line break and no longer than `longest`
        bytes. A longer one comes in parts, so that a file without line breaks fills no memory.

    """
    rest = b""
    while block := read(1 << 20):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield line, True
        if len(rest) > longest:
            yield rest, False
            rest = b""
    if rest:
        yield rest, False
