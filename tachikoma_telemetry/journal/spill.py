"""What happens to an event when the journal can't be had: a private file, absorbed later.

A stopped process may hold the lock for hours. A skill waits a bounded time, then writes its event
to a ``metrics-spill-<pid>-<UTC ms>-<random>.jsonl`` beside the journal, one event a line. The next
process that records, and every merge, moves it into the journal.

Moving takes each event once, whatever fails in between: the bytes of a line in the spill file say
how far it has come, and no step needs new space on the disk.

    {"id":"…","type":"retry",…}     waits
    >"id":"…","type":"retry",…}     an append has begun: it may be in the journal, and is looked for
                                    there before it is appended again
    (blanks)                        it is in the journal, or set aside
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..regular_file import FLAGS, open_regular
from . import append as appending
from . import lock
from .files import discard, each_line, set_aside, write_all, write_new
from .format import lock_path, stamp, stem

_APPENDING = os.O_RDWR | os.O_CREAT | os.O_APPEND
# Less than what the first append of a process looks back on.
_BATCH_BYTES = 32 * 1024
# Far more than an event may have: a longer line is none, and is not held in memory.
_LINE_MAX = 1 << 20
_DAMAGE_BYTES = 1 << 24
_TRIES = 20
_BEGUN = b">"

# The spill file of this process, by journal and process id: a fork takes its own.
_own: dict[tuple[str, int], str] = {}


def spill(path: str, event: bytes, *, begun: bool = False) -> None:
    """Put `event` beside the journal at `path`. Waits for nothing; any signal handler may do it.

    Args:
        path: the journal.
        event: one event as JSON.
        begun: whether an append of it failed that may have written it all the same.

    Raises:
        OSError: when even that can't be written.

    """
    if begun:
        event = _BEGUN + event[1:]
    if not lock.can_lock():
        _publish(_new_name(path), event)
        return
    key = (path, os.getpid())
    target = _own.get(key)
    # A file can be taken between its making and its locking: by an absorber who found it empty.
    for _ in range(_TRIES):
        if target is not None and _write(target, event):
            _own[key] = target
            return
        target = _new_name(path)
    raise BlockingIOError(errno.EAGAIN, "the spill files are all being absorbed", path)


def _new_name(path: str) -> str:
    return f"{stem(path)}-spill-{os.getpid()}-{stamp()}.jsonl"


def _write(target: str, event: bytes) -> bool:
    """Append to a spill file; False when somebody is absorbing it, or another thread writes it."""
    descriptor = os.open(target, _APPENDING | FLAGS, 0o600)
    try:
        if not lock.try_lock(descriptor):
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


def _publish(target: str, event: bytes) -> None:
    """Make a spill file of one event without a lock: whole from the moment that it has its name."""
    fresh = f"{target}.part"
    write_new(fresh, (event + b"\n",))
    try:
        os.rename(fresh, target)
    except BaseException:
        discard(fresh)
        raise


def spilled(path: str) -> list[str]:
    """The spill files beside the journal at `path`, oldest name first; only regular files."""
    return [name for name, regular in _spill_files(path) if regular]


def _spill_files(path: str) -> list[tuple[str, bool]]:
    """What is named like a spill file, and whether it is a regular file."""
    folder, name = os.path.split(path)
    prefix = stem(name) + "-spill-"
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(
                (os.path.join(folder, entry.name), entry.is_file(follow_symlinks=False))
                for entry in entries
                if entry.name.startswith(prefix) and entry.name.endswith(".jsonl")
            )
    except (FileNotFoundError, NotADirectoryError):
        return []


def waiting(file: str) -> Iterator[bytes]:
    """The lines of a spill file that wait, or may wait, to be moved, without changing anything.

    The last one may be half written.

    Raises:
        OSError: when it can't be read.

    """
    with open(open_regular(file), "rb", buffering=0) as stream:
        for line, _ in each_line(stream.read, _LINE_MAX):
            if line.strip():
                yield _as_written(line)


def waiting_events(path: str) -> int:
    """How many events wait beside the journal at `path`.

    Raises:
        OSError: when a spill file can't be read.

    """
    count = 0
    for file in spilled(path):
        try:
            count += sum(_is_object(line) for line in waiting(file))
        except FileNotFoundError:
            pass  # moved since
    return count


def absorb(
    path: str,
    *,
    timeout: float = appending.LOCK_SECONDS,
    rotate_at: int = appending.ROTATE_BYTES,
) -> int:
    """Move spilled events into the journal at `path`; returns how many.

    Each is moved once, whatever fails in between: a kill, a full disk, a lock that is not free.

    Args:
        path: the journal.
        timeout: seconds to wait for its lock, for each batch.
        rotate_at: as for `append`.

    Raises:
        OSError: when the journal can't be written, or what is named like a spill file can't be
            opened or is no regular file; the others were moved if they could be.

    """
    moved = 0
    failed: OSError | None = None
    for file, _ in _spill_files(path):
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
            moved += _Move(descriptor, path, timeout, rotate_at).all()
            os.unlink(file)
        finally:
            os.close(descriptor)
    if failed is not None:
        raise failed
    return moved


class _Move:
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
            if len(line.raw) > _LINE_MAX or not _is_object(_as_written(line.raw)):
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
            block = appending.pread(self._file, length, read_to)
            read_to += len(block)
            return block

        for raw, whole in each_line(read, _LINE_MAX):
            if raw.strip():
                yield _Line(at, raw, whole)
            at += len(raw) + whole

    def _move(self, batch: list[_Line]) -> int:
        with lock.holding(lock_path(self._path), self._timeout):
            there = _in_journal(self._path, [line for line in batch if line.has_begun])
            left = [line for line in batch if line not in there]
            if left:
                for line in left:
                    self._overwrite(_BEGUN, line.start + line.indent)
                events = b"\n,".join(_as_written(line.raw) for line in left)
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
            written = appending.pwrite(self._file, data, at)
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
        return self.raw.lstrip()[:1] == _BEGUN


def _in_journal(path: str, lines: list[_Line]) -> set[_Line]:
    """Of these lines, those whose events are in the journal as a whole."""
    if not lines:
        return set()
    from .find import whole_events

    ids = {line: json.loads(_as_written(line.raw)).get("id") for line in lines}
    there = whole_events(path, {each for each in ids.values() if isinstance(each, str)})
    return {line for line, event_id in ids.items() if event_id in there}


def _as_written(line: bytes) -> bytes:
    """A line as its writer wrote it."""
    text = line.strip()
    return b"{" + text[1:] if text[:1] == _BEGUN else text


def _is_object(line: bytes) -> bool:
    # The stdlib's parser: this also runs while a skill records, where orjson is not loaded.
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
