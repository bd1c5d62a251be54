"""The two clocks: one for when, one for how long."""

from __future__ import annotations

import time


def now_ms() -> int:
    """The wall clock, ms since the epoch; 0 by a clock that is before it."""
    return max(0, time.time_ns() // 1_000_000)


if hasattr(time, "clock_gettime_ns"):

    def steady_ns() -> int:
        """A clock that never goes back, ns.

        Asked for by number because freezegun replaces `time.monotonic`: a frozen one would make
        waiting for a lock endless, and one moved back would make durations negative.
        """
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)

else:  # pragma: no cover - Windows
    steady_ns = time.monotonic_ns


def ms_since(began_ns: int) -> float:
    """Ms since `began_ns` on the steady clock; to the microsecond, which is finer than it means."""
    return round((steady_ns() - began_ns) / 1e6, 3)
