"""The files beside a journal, set aside or left over, and reading any of them line by line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from ..atomic_file import discard, stamp, write_new
from .format import journal_of, leftover_of, quarantine_of, stem


def set_aside(path: str, pieces: Iterable[bytes]) -> str:
    """Keep what is no part of the journal at `path` in a quarantine file; returns its path."""
    target = f"{stem(path)}-quarantine-{stamp()}.txt"
    write_new(target, pieces, sync=True)
    return target


def quarantine_files(path: str, since: int = -1) -> list[tuple[int, str]]:
    """When damage of the journal at `path` was set aside, and where; oldest first.

    Only what was set aside after `since`, ms since the epoch.
    """
    folder, journal = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = ((quarantine_of(name), os.path.join(folder, name)) for name in names)
    return sorted((of[1], file) for of, file in found if of and of[0] == journal and of[1] > since)


def discard_leftovers(path: str) -> None:
    """Delete what killed processes left half written beside the journal at `path`.

    Only for a holder of the lock: such files are written under it.
    """
    folder, name = os.path.split(path)
    for each in os.listdir(folder or "."):
        meant = leftover_of(each)
        if meant is not None and journal_of(meant) == name:
            discard(os.path.join(folder, each))


def each_line(read: Callable[[int], bytes], longest: int) -> Iterable[tuple[bytes, bool]]:
    """The lines that `read` (given a number of bytes) returns piece by piece, without their ends.

    Yields:
        a line, and whether it was whole: ended by a line break and no longer than `longest`
        bytes. A longer one comes in parts, so that a file without line breaks fills no memory.
    """
    rest = b""
    while block := read(1 << 20):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield line, True
        if len(rest) > longest:
            yield rest, False
            rest = b""
    if rest:
        yield rest, False
