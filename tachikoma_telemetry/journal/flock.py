"""The lock that filelock's `lock_descriptor` takes, for an interpreter without filelock 3.30.

Commands of OpenCode import this package from a folder of its own (`opencode_hooks.library`), into
an interpreter that has what it has. The lock is the same `flock`, so both exclude each other.
"""

from __future__ import annotations

import fcntl


def lock_descriptor(descriptor: int, *, blocking: bool) -> bool:
    """Lock an open file; False when it is locked already, and `blocking` is False."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def unlock_descriptor(descriptor: int) -> None:
    """Unlock an open file, and leave it open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
