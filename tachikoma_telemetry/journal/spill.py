"""Where an event goes when the journal can't be written in time: a private file beside it.

A stopped process may hold the lock for hours. A skill waits a bounded time, then writes its event
to a ``metrics-spill-<pid>-<UTC ms>-<random>.jsonl`` beside the journal, one event a line. The next
process that records, and every merge, moves it into the journal: see `absorb`.

    {"id":"…","type":"retry",…}     waits
    >"id":"…","type":"retry",…}     an append has begun: the event may be in the journal, and
                                    `absorb` looks for it there before it appends it again
    (blanks)                        is in the journal, or was set aside
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator

from ..atomic_file import discard, replace_file, stamp, write_all
from ..regular_file import FLAGS, open_regular
from . import lock
from .files import each_line
from .format import LINE_MAX, stem

_APPENDING = os.O_RDWR | os.O_CREAT | os.O_APPEND
_TRIES = 20
# Takes the place of an event's brace.
BEGUN = b">"

# The spill file of this process, by journal and process id: a fork takes its own.
_own: dict[tuple[str, int], str] = {}


def spill(path: str, event: bytes, *, begun: bool = False) -> None:
    """Put `event` beside the journal at `path`. Waits for nothing; any signal handler may do it.

    `begun`: an append of it failed that may have written it all the same.

    Raises:
        OSError: when even that can't be written.
    """
    if begun:
        event = BEGUN + event[1:]
    if not lock.can_lock():
        # Without a lock an absorber could take a file half written: this one gets its name whole.
        replace_file(_new_name(path), (event + b"\n",), sync=False)
        return
    key = (path, os.getpid())
    target = _own.get(key)
    # An absorber that finds the file empty can take it between its making and its locking.
    for _ in range(_TRIES):
        if target is not None and _write(target, event):
            _own[key] = target
            return
        target = _new_name(path)
    raise BlockingIOError(errno.EAGAIN, "the spill files are all being absorbed", path)


def _new_name(path: str) -> str:
    return f"{stem(path)}-spill-{os.getpid()}-{stamp()}.jsonl"


def _write(target: str, event: bytes) -> bool:
    """Append to a spill file; False when a process is absorbing it, or another thread writes it."""
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


def spilled(path: str) -> list[str]:
    """The spill files beside the journal at `path`, oldest name first; only regular files."""
    return [name for name, regular in spill_files(path) if regular]


def spill_files(path: str) -> list[tuple[str, bool]]:
    """The entries named like spill files of `path`, and whether each is a regular file."""
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
        for line, _ in each_line(stream.read, LINE_MAX):
            if line.strip():
                yield as_written(line)


def waiting_events(path: str) -> int:
    """How many events wait beside the journal at `path`.

    Raises:
        OSError: when a spill file can't be read.
    """
    count = 0
    for file in spilled(path):
        try:
            count += sum(is_object(line) for line in waiting(file))
        except FileNotFoundError:
            pass  # moved since
    return count


def as_written(line: bytes) -> bytes:
    """The event on a line of a spill file, as its writer wrote it."""
    text = line.strip()
    return b"{" + text[1:] if text[:1] == BEGUN else text


def is_object(line: bytes) -> bool:
    """Whether `line` is a JSON object."""
    # The stdlib's parser: skills run this while they record, and have not loaded orjson.
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
