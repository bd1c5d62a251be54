"""One heap for all threads, so that what the dashboard holds does not grow over a day."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENAS_AT_MOST = -8  # M_ARENA_MAX of glibc's malloc.h


def use_one_heap() -> None:
    """Let threads take memory from the heap of the process; only glibc has others.

    There each thread fills a heap of its own, and keeps the room of the most that it ever held.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENAS_AT_MOST, 1)
