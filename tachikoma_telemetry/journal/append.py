"""Appending an event: constant time, in place, under the lock, safe to be killed anywhere."""

from __future__ import annotations

import errno
import os

from ..atomic_file import discard, name_beside, stamp, write_new
from ..clock import now_ms
from ..regular_file import FLAGS, require_regular
from . import lock
from .format import END_OF_EMPTY, END_OF_EVENTS, TAIL, document, is_head, lock_path, stem

ROTATE_BYTES = 50 * 1024 * 1024

_OPEN = os.O_RDWR | FLAGS
# The head line is shorter, with any number in it.
_HEAD_MAX = 128
# How far back a journal is looked at before the first append of a process. Appends are smaller, so
# one that a power failure left with holes is within.
LOOK_BACK = 64 * 1024

# By path: device, inode and size of the journal that was found in order. A journal only grows; what
# makes it smaller replaces the file.
_recognised: dict[str, tuple[int, int, int]] = {}


def append(
    path: str, events: bytes, *, timeout: float = lock.LOCK_SECONDS, rotate_at: int = ROTATE_BYTES
) -> None:
    r"""Append `events` to the journal at `path`, creating it when it is missing.

    Args:
        path: the journal; its folder must exist.
        events: one event as JSON, or several joined by ``\n,``.
        timeout: seconds to wait for the lock.
        rotate_at: bytes from which on the journal is set aside as a segment first; 0 is never.

    Raises:
        LockTimeoutError: nothing was written.
        OSError: it could not be written, or only in part; the next append repairs that.

    """
    lock_file = lock_path(path)
    # `lock.holding`, without what a generator costs.
    entered = lock.enter(lock_file)
    try:
        held = lock.acquire(lock_file, timeout)
        try:
            append_locked(path, events, rotate_at)
        finally:
            lock.release(held)
    finally:
        lock.leave(entered)


def append_locked(path: str, events: bytes, rotate_at: int) -> None:
    """As `append`, for a caller that holds the lock."""
    in_order: tuple[int, int] | None = None  # device and inode of what a repair left as it was
    # At most: a foreign file is repaired, deleted by another process, and a new one created.
    for _ in range(4):
        try:
            journal = os.open(path, _OPEN)
        except FileNotFoundError:
            if _create(path, events):
                return
            continue
        try:
            status = os.fstat(journal)
            size = status.st_size
            end = _end_of(path, journal, status, in_order)
            if end == END_OF_EVENTS:
                if rotate_at and size + len(events) > rotate_at and _rotate(path, events):
                    return
                _overwrite_tail(journal, b",%b\n]}\n" % events, size)
            elif end == END_OF_EMPTY:
                _overwrite_tail(journal, b"%b\n]}\n" % events, size)
            else:
                if in_order == (status.st_dev, status.st_ino):
                    break
                # Only after a crash or an edit by hand; not worth its import in every skill.
                from .repair import repair_locked

                if not repair_locked(path).changed:
                    in_order = (status.st_dev, status.st_ino)
                continue
            _recognised[path] = (status.st_dev, status.st_ino, size)
            return
        finally:
            os.close(journal)
    raise OSError(errno.EIO, "the journal could not be repaired", path)


def _end_of(
    path: str, journal: int, status: os.stat_result, in_order: tuple[int, int] | None
) -> bytes:
    """The last bytes of the journal; none when it needs a repair."""
    size = status.st_size
    known = _recognised.get(path)
    if known is None or known[1] != status.st_ino or known[0] != status.st_dev or known[2] > size:
        require_regular(status, path)
        # A repair reads all of it; where it found nothing to do, the file is in order.
        if in_order != (status.st_dev, status.st_ino) and not _is_in_order(journal, size):
            return b""
    return os.pread(journal, 5, size - 5) if size >= 5 else b""


def _is_in_order(journal: int, size: int) -> bool:
    """Whether this is a journal of ours, and its last lines are as an append leaves them.

    Another program's JSON, or a later format of ours, can end like a journal. So can an append of
    which a power failure kept the second half only.
    """
    head, line_break, _ = os.pread(journal, _HEAD_MAX, 0).partition(b"\n")
    if not line_break or not is_head(head):
        return False
    begin = len(head) + 1
    start = max(begin, size - LOOK_BACK)
    # The last two lines are the tail and what follows it.
    events = os.pread(journal, size - start, start).split(b"\n")[:-2]
    if start == begin:
        if events:
            events[0] = b"," + events[0]  # the first event of a journal has no comma
    else:
        events = events[1:]  # the window may have cut the first
    return all(line[:2] == b",{" and line[-1:] == b"}" and b"\0" not in line for line in events)


def _create(path: str, events: bytes) -> bool:
    """Make a journal with its first events; False when another process has put a file there."""
    fresh = name_beside(path)
    write_new(fresh, (document([events], now_ms()),))
    try:
        os.link(fresh, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: nothing better than overwriting
        os.rename(fresh, path)
    finally:
        discard(fresh)
    return True


def _rotate(path: str, events: bytes) -> bool:
    """Set the journal aside as a segment and begin the next; False when that can't be done."""
    fresh = name_beside(path)
    segment = f"{stem(path)}-{stamp()}.json"
    try:
        write_new(fresh, (document([events], now_ms()),))
        os.rename(path, segment)
    except OSError:
        # A folder that takes no new files still takes an event in the old one.
        discard(fresh)
        return False
    try:
        os.rename(fresh, path)
    except BaseException:
        os.rename(segment, path)
        discard(fresh)
        raise
    return True


def _overwrite_tail(journal: int, data: bytes, size: int) -> None:
    at = size - len(TAIL)
    try:
        written = os.pwrite(journal, data, at)
        while written < len(data):
            more = os.pwrite(journal, data[written:], at + written)
            if not more:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written += more
    except BaseException:
        # A full disk or a size limit in the middle: the old tail goes back over bytes that the
        # file already owns, so this needs no new space.
        os.pwrite(journal, TAIL, at)
        os.ftruncate(journal, size)
        raise
