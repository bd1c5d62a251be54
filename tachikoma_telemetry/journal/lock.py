"""The journal's lock: a whole-file lock on the sibling ``.lock`` file.

The data file itself is never locked and never held open: eight of nine releases of filelock's
``FileLock`` truncate or delete the file they lock, and one descriptor kept open by eight forked
processes lost 95 % of 24,000 events. Opening again for each event costs a microsecond.
"""

from __future__ import annotations

import os
import time
from functools import cache
from types import ModuleType

from ..clock import steady_ns

_OPEN = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_CREATE = _OPEN | os.O_CREAT
_POLL_SECONDS = 0.001


class LockTimeoutError(TimeoutError):
    """Somebody else held the journal's lock for the whole time that we may wait."""


@cache
def filelock() -> ModuleType:
    """The library, imported with the first lock: half of what importing this package took (25 ms),
    and who reports, or has nothing to record, takes no lock.
    """
    import filelock

    return filelock


def acquire(path: str, timeout: float, *, create: bool = True) -> int:
    """Lock `path` (a ``.lock`` file); returns the descriptor to release.

    Args:
        path: the lock file.
        timeout: seconds to wait at most.
        create: whether to make the file when it is missing; a reader changes nothing.

    Raises:
        LockTimeoutError: when it was held all that time.
        OSError: when the lock file can't be opened or locked.

    """
    deadline = 0
    while True:
        descriptor = os.open(path, _CREATE if create else _OPEN, 0o600)
        try:
            while not filelock().lock_descriptor(descriptor, blocking=False):
                now = steady_ns()
                deadline = deadline or now + int(timeout * 1e9)
                if now >= deadline:
                    raise LockTimeoutError(f"{path} is held by another process")
                time.sleep(_POLL_SECONDS)
            # A lock on a file that was deleted meanwhile excludes nobody: take the new one.
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def release(descriptor: int) -> None:
    """Unlock and close. Never fails: what was done under the lock is done.

    The explicit unlock matters: a child forked by another thread meanwhile shares the lock, and
    closing our descriptor alone would leave it held until that child ends.
    """
    try:
        filelock().unlock_descriptor(descriptor)
    except OSError:
        pass  # closing unlocks as well
    finally:
        try:
            os.close(descriptor)
        except OSError:
            pass
