"""The journal's lock: a whole-file lock on the sibling ``.lock`` file.

The data file itself is never locked and never held open: eight of nine releases of filelock's
``FileLock`` truncate or delete the file they lock, and one descriptor kept open by eight forked
processes lost 95 % of 24,000 events. Opening again for each event costs a microsecond.
"""

from __future__ import annotations

import os
import time
from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from ..clock import steady_ns
from ..errors import InterruptedHolderError, LockTimeoutError, NotImportedError
from ..regular_file import FLAGS, require_regular

# How long a journal's lock is waited for, unless a caller says otherwise.
LOCK_SECONDS = 2.0

_OPEN = os.O_RDWR | FLAGS
_CREATE = _OPEN | os.O_CREAT
_POLL_SECONDS = 0.001

# The locks that threads of this process are about to take, hold or let go: entered before the lock
# is tried, left after the unlock, so that a signal handler finds its thread here at any moment.
_within: list[tuple[str, int]] = []
# The child has none of the threads that these are of, but may give their numbers to its own.
os.register_at_fork(after_in_child=_within.clear)


@cache
def filelock() -> ModuleType:
    """The library, imported with the first lock: it is half of what this package imports (25 ms),
    and code that only reports, or records nothing, takes no lock. Where it is missing, or older
    than 3.30, `flock` takes the same lock.
    """
    try:
        import filelock
    except ModuleNotFoundError:
        from . import flock

        return flock
    # An interrupted import has not come so far yet.
    is_old = not getattr(filelock.__spec__, "_initializing", False)
    if is_old and not hasattr(filelock, "lock_descriptor"):
        from . import flock

        return flock
    return filelock


def acquire(path: str, timeout: float, *, create: bool = True) -> int:
    """Lock `path` (a ``.lock`` file); returns the descriptor to release.

    `timeout` is in seconds. Without `create` a missing file is an error: a reader changes nothing.

    Raises:
        LockTimeoutError: when it was held all that time.
        InterruptedHolderError: when what this signal handler interrupted has it.
        OSError: when the lock file can't be opened or locked.
    """
    deadline = 0
    while True:
        descriptor = os.open(path, _CREATE if create else _OPEN, 0o600)
        try:
            while not try_lock(descriptor):
                if _within.count((path, get_ident())) > 1:
                    raise InterruptedHolderError(f"{path} is held by what a signal interrupted")
                now = steady_ns()
                deadline = deadline or now + int(timeout * 1e9)
                if now >= deadline:
                    raise LockTimeoutError(f"{path} is held by another process")
                time.sleep(_POLL_SECONDS)
            # A lock on a deleted file excludes no other process: take the new one.
            status = os.fstat(descriptor)
            require_regular(status, path)
            if status.st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def enter(path: str) -> tuple[str, int]:
    """Note that this thread is about to take the lock at `path`; returns the note, for `leave`."""
    mine = (path, get_ident())
    _within.append(mine)
    return mine


def leave(entered: tuple[str, int]) -> None:
    """Note that this thread has released it."""
    try:
        _within.remove(entered)
    except ValueError:
        pass  # a forked child, for which it was forgotten


@contextmanager
def holding(path: str, timeout: float, *, create: bool = True) -> Iterator[None]:
    """Hold the lock, as `acquire` takes it."""
    entered = enter(path)
    try:
        held = acquire(path, timeout, create=create)
        try:
            yield
        finally:
            release(held)
    finally:
        leave(entered)


def can_lock() -> bool:
    """Whether locks can be had: not in a signal handler that interrupted the import of filelock."""
    try:
        return bool(filelock().lock_descriptor)
    except (AttributeError, ImportError):
        return False


def try_lock(descriptor: int) -> bool:
    """Lock an open file; False when another process or thread has locked it.

    Raises:
        NotImportedError: in a signal handler that interrupted the import of filelock.
        OSError: when it can't be locked.
    """
    try:
        lock = filelock().lock_descriptor
    except (AttributeError, ImportError) as error:
        raise NotImportedError(f"filelock is not imported yet: {error}") from error
    return bool(lock(descriptor, blocking=False))


def release(descriptor: int) -> None:
    """Unlock and close. Never fails: what was done under the lock is done.

    The explicit unlock matters: a child that another thread forked in between shares the lock, and
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
