"""Moving spilled events into the journal, each of them once, whatever fails in between.

The bytes of a line in the spill file say how far it has come (see `spill`), and no step needs new
space on the disk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..regular_file import open_regular
from . import append as appending
from . import lock
from .files import each_line, set_aside
from .format import LINE_MAX, lock_path
from .spill import BEGUN, as_written, is_object, spill_files

# Less than what the first append of a process looks back on.
_BATCH_BYTES = 32 * 1024
_DAMAGE_BYTES = 1 << 24


def absorb(
    path: str, *, timeout: float = lock.LOCK_SECONDS, rotate_at: int = appending.ROTATE_BYTES
) -> int:
    """Move spilled events into the journal at `path`; returns how many.

    Each is moved once, whatever fails in between: a kill, a full disk, a lock that is not free.

    `timeout` seconds are waited for its lock, for each batch; `rotate_at` is that of `append`.

    Raises:
        OSError: when the journal can't be written, or what is named like a spill file can't be
            opened or is no regular file; the others were moved if they could be.

    """
    moved = 0
    failed: OSError | None = None
    for file, _ in spill_files(path):
        try:
            descriptor = open_regular(file, os.O_RDWR)
        except FileNotFoundError:
            continue
        except OSError as error:  # of another user, or no file any more: the others go on
            failed = error
            continue
        try:
            # Two absorbers at once: the one that is late leaves the file to the other.
            if not lock.try_lock(descriptor) or not os.fstat(descriptor).st_nlink:
                continue
            moved += _SpillMove(descriptor, path, timeout, rotate_at).all()
            os.unlink(file)
        finally:
            os.close(descriptor)
    if failed is not None:
        raise failed
    return moved


class _SpillMove:
    """Moving one spill file, whose lock is held, into the journal."""

    def __init__(self, descriptor: int, path: str, timeout: float, rotate_at: int) -> None:
        self._file = descriptor
        self._path = path
        self._timeout = timeout
        self._rotate_at = rotate_at

    def all(self) -> int:
        """Move all that waits; returns how many events."""
        moved = size = damaged = 0
        batch: list[_Line] = []
        damage: list[_Line] = []
        for line in self._lines():
            # What is no event is a killed writer's last line, which was not acknowledged, but is
            # not ours to drop.
            if len(line.raw) > LINE_MAX or not is_object(as_written(line.raw)):
                damage.append(line)
                damaged += len(line.raw)
                if damaged > _DAMAGE_BYTES:
                    self._set_aside(damage)
                    damage, damaged = [], 0
                continue
            if batch and size + len(line.raw) > _BATCH_BYTES:
                moved += self._move(batch)
                batch, size = [], 0
            batch.append(line)
            size += len(line.raw)
        if batch:
            moved += self._move(batch)
        if damage:
            self._set_aside(damage)
        return moved

    def _lines(self) -> Iterator[_Line]:
        read_to = at = 0

        def read(length: int) -> bytes:
            nonlocal read_to
            block = os.pread(self._file, length, read_to)
            read_to += len(block)
            return block

        for raw, whole in each_line(read, LINE_MAX):
            if raw.strip():
                yield _Line(at, raw, whole)
            at += len(raw) + whole

    def _move(self, batch: list[_Line]) -> int:
        with lock.holding(lock_path(self._path), self._timeout):
            there = _in_journal(self._path, [line for line in batch if line.has_begun])
            left = [line for line in batch if line not in there]
            if left:
                for line in left:
                    self._overwrite(BEGUN, line.start + line.indent)
                events = b"\n,".join(as_written(line.raw) for line in left)
                appending.append_locked(self._path, events, self._rotate_at)
        self._blank(batch)
        return len(batch)

    def _set_aside(self, damage: list[_Line]) -> None:
        set_aside(self._path, (line.raw + b"\n" * line.ended for line in damage))
        self._blank(damage)

    def _blank(self, lines: Iterable[_Line]) -> None:
        for line in lines:
            self._overwrite(b" " * len(line.raw), line.start)

    def _overwrite(self, data: bytes, at: int) -> None:
        while data:
            written = os.pwrite(self._file, data, at)
            data, at = data[written:], at + written


class _Line(NamedTuple):
    """A line of a spill file: where it begins (bytes), its bytes, and whether it was ended."""

    start: int
    raw: bytes
    ended: bool

    @property
    def indent(self) -> int:
        return len(self.raw) - len(self.raw.lstrip())

    @property
    def has_begun(self) -> bool:
        return self.raw.lstrip()[:1] == BEGUN


def _in_journal(path: str, lines: list[_Line]) -> set[_Line]:
    """Of these lines, those whose events are in the journal as a whole."""
    if not lines:
        return set()
    # Rarely needed, and brings orjson, which a skill that records has not loaded.
    from .find import whole_events

    ids = {line: json.loads(as_written(line.raw)).get("id") for line in lines}
    there = whole_events(path, {each for each in ids.values() if isinstance(each, str)})
    return {line for line, event_id in ids.items() if event_id in there}
