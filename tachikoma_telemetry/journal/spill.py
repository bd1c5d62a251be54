"""What happens to an event when the journal can't be had: a private file, absorbed later.

A stopped process may hold the lock for hours. A skill waits a bounded time, then writes its event
to a ``metrics-spill-<pid>-<UTC ms>-<random>.jsonl`` beside the journal, one event a line. The next
process that records, and every merge, moves it into the journal.
"""

from __future__ import annotations

import errno
import json
import os

from . import append as appending
from .files import discard, set_aside, write_all
from .format import stamp, stem
from .lock import filelock

_OPEN = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_APPEND
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
# Less than what the first append of a process looks back on.
_BATCH_BYTES = 32 * 1024
_TRIES = 20

# The spill file of this process, by journal and process id: a fork takes its own.
_own: dict[tuple[str, int], str] = {}


def spill(path: str, event: bytes) -> None:
    """Put `event` beside the journal at `path`.

    Raises:
        OSError: when even that can't be written.

    """
    key = (path, os.getpid())
    target = _own.get(key)
    # A file can be taken between its making and its locking: by an absorber who found it empty.
    for _ in range(_TRIES):
        if target is not None and _write(target, event):
            _own[key] = target
            return
        target = f"{stem(path)}-spill-{os.getpid()}-{stamp()}.jsonl"
    raise BlockingIOError(errno.EAGAIN, "the spill files are all being absorbed", path)


def _write(target: str, event: bytes) -> bool:
    """Append to a spill file; False when somebody is absorbing it, or another thread writes it."""
    descriptor = os.open(target, _OPEN, 0o600)
    try:
        if not filelock().lock_descriptor(descriptor, blocking=False):
            return False
        status = os.fstat(descriptor)
        if not status.st_nlink:
            return False
        try:
            write_all(descriptor, event + b"\n")
        except BaseException:
            os.ftruncate(descriptor, status.st_size)
            if not status.st_size:
                discard(target)
            raise
    finally:
        os.close(descriptor)
    return True


def spilled(path: str) -> list[str]:
    """The spill files beside the journal at `path`, oldest name first."""
    folder, name = os.path.split(path)
    prefix = stem(name) + "-spill-"
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [
        os.path.join(folder, each)
        for each in sorted(names)
        if each.startswith(prefix) and each.endswith(".jsonl")
    ]


def absorb(
    path: str,
    *,
    timeout: float = appending.LOCK_SECONDS,
    rotate_at: int = appending.ROTATE_BYTES,
) -> int:
    """Move spilled events into the journal at `path`; returns how many.

    A kill between the append and the unlink leaves an event in both places; readers know events by
    their id, so it still counts once.

    Args:
        path: the journal.
        timeout: seconds to wait for its lock, for each batch.
        rotate_at: as for `append`.

    Raises:
        OSError: when the journal can't be written; the spill files stay.

    """
    moved = 0
    for file in spilled(path):
        try:
            descriptor = os.open(file, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            continue
        try:
            # Two absorbers at once: the one that is late leaves the file to the other.
            if (
                not filelock().lock_descriptor(descriptor, blocking=False)
                or not os.fstat(descriptor).st_nlink
            ):
                continue
            moved += _move(descriptor, path, timeout, rotate_at)
            os.unlink(file)
        finally:
            os.close(descriptor)
    return moved


def _move(descriptor: int, path: str, timeout: float, rotate_at: int) -> int:
    moved, size = 0, 0
    batch: list[bytes] = []
    damage: list[bytes] = []

    def flush() -> None:
        nonlocal size
        if batch:
            appending.append(path, b"\n,".join(batch), timeout=timeout, rotate_at=rotate_at)
            batch.clear()
            size = 0

    with open(descriptor, "rb", closefd=False) as stream:
        for line in stream:
            event = line.strip()
            if not event:
                continue
            if not _is_object(event):
                # A killed writer's last line; it was not acknowledged, but it is not ours to drop.
                damage.append(line)
                continue
            if size + len(event) > _BATCH_BYTES:
                flush()
            batch.append(event)
            size += len(event)
            moved += 1
    flush()
    if damage:
        set_aside(path, damage)
    return moved


def _is_object(line: bytes) -> bool:
    # The stdlib's parser: this also runs while a skill records, where orjson is not loaded.
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
