"""Which process began a run, so that a report on the same machine can see whether it is gone.

A mark is ``<boot>-<process namespace>-<pid>-<start>``: a pid alone may be another process's, after
a restart or in a container. Only Linux has all of these; elsewhere there is no mark, and all
that is known of a process is what it records.
"""

from __future__ import annotations

import os

_BOOT = "/proc/sys/kernel/random/boot_id"
_NAMESPACE = "/proc/self/ns/pid"

_own: tuple[int, str | None] = (0, None)


def mark() -> str | None:
    """The mark of this process; None where it can't be had."""
    global _own  # noqa: PLW0603 - set at once, so that no thread sees half of it
    pid = os.getpid()
    if _own[0] != pid:
        place, start = _place(), _start(pid)
        _own = (pid, f"{place}-{pid}-{start}" if place and start else None)
    return _own[1]


def is_gone(mark: str) -> bool:
    """Whether the process of `mark` is known to have ended: it was of this machine, and is gone."""
    place, *numbers = mark.rsplit("-", 2)
    if len(numbers) < 2 or not numbers[0].isdecimal() or place != _place():
        return False
    start = _start(int(numbers[0]))
    # Where /proc hides the processes of other users, one that is not seen may well be there.
    return start != numbers[1] if start is not None else not is_running(int(numbers[0]))


def _place() -> str | None:
    """This boot of this machine, and the namespace that pids are of."""
    try:
        with open(_BOOT, encoding="utf-8") as file:
            boot = file.read().strip().replace("-", "")[:12]
        namespace = os.readlink(_NAMESPACE)
    except (OSError, ValueError):
        return None
    return f"{boot}-{''.join(filter(str.isdecimal, namespace))}"


def _start(pid: int) -> str | None:
    """When a process began, ticks since the boot; empty when it has ended, None when not known."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The command's name, in parentheses, may hold anything.
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    if len(fields) < 20:
        return None
    # A zombie has ended.
    return "" if fields[0] in "ZX" else fields[19]


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # of another user
    return True
