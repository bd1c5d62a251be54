"""Reading a journal: line by line, beside writers, whatever state it is in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from ..regular_file import open_regular
from . import lock
from .event_line import parse_event
from .files import each_line
from .format import HEAD_OF_SCHEMA, LINE_MAX, TAIL, journal_of, lock_path, segment_of
from .lines import BOM


class Line(NamedTuple):
    """One event and where its line ends in the file (bytes)."""

    end: int
    event: dict[str, Any]


class JournalReader:
    """Streams the events of one journal file, from `start` on, in the order they were written.

    Takes the lock only to learn how long the file is, so a writer is never kept waiting and what is
    read is whole. It never writes. A line that is no event is skipped and counted.

    Attributes:
        events: events so far.
        malformed: lines so far that were neither an event nor part of the format, `torn` included.
        torn: whether a part of a line follows `position`: what a killed append left. A later
            reader that starts there meets it again.
        position: byte offset just behind the last line read; a later reader may start there.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        self.path = path
        self.position = start
        self.malformed = 0
        self.torn = False
        self.events = 0

    def __iter__(self) -> Iterator[Line]:
        descriptor, end = self._open()
        with open(descriptor, "rb", buffering=0) as file:
            # Within a line that was far too long, and counted, it goes on where that ends.
            file.seek(max(0, self.position - 1))
            within = self.position > 0 and file.read(1) != b"\n"
            yield from self._lines(file, end, skipping=within)

    def _open(self) -> tuple[int, int]:
        """The journal's descriptor, and where its last whole line ends."""
        lock_file = lock_path(journal_of(str(self.path)))
        try:
            with lock.holding(lock_file, lock.LOCK_SECONDS, create=False):
                return self._measure()
        except OSError:  # no lock file, none that is ours, or held for long: read what is there
            return self._measure()

    def _measure(self) -> tuple[int, int]:
        descriptor = open_regular(self.path)
        try:
            size = os.fstat(descriptor).st_size
            os.lseek(descriptor, max(0, size - len(TAIL)), os.SEEK_SET)
            # The tail is what an append overwrites; behind a torn append it is missing.
            whole = os.read(descriptor, len(TAIL)) == TAIL
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor, size - len(TAIL) if whole else size

    def _lines(self, file: BinaryIO, end: int, *, skipping: bool) -> Iterator[Line]:
        left = end - self.position

        def read(length: int) -> bytes:
            nonlocal left
            block = file.read(min(length, left))
            left -= len(block)
            return block

        for line, whole in each_line(read, LINE_MAX):
            if len(line) > LINE_MAX and not whole:
                self.malformed += not skipping
                self.position += len(line)
                skipping = True
            elif not whole:
                self.torn = bool(line.strip(b" \r\t\0]}")) and not skipping
                self.malformed += self.torn
            else:
                self.position += len(line) + 1
                # The end of a line that was far too long is none.
                event = None if skipping else self._event(line)
                skipping = False
                if event is not None:
                    self.events += 1
                    yield Line(self.position, event)

    def _event(self, line: bytes) -> dict[str, Any] | None:
        text = line.strip()
        if not text or text.removeprefix(BOM).startswith(HEAD_OF_SCHEMA):
            return None
        event = parse_event(text)
        if event is None and text not in (b"]}", b"]"):
            self.malformed += 1
        return event


def journal_files(path: Path) -> list[Path]:
    """The files that make up the journal at `path`: rotated segments by age, then itself.

    What is named like a segment and is no regular file is left out. The file at the journal's own
    place is always included, so that its reader reports what is wrong with it.
    """
    segments = sorted(_segments(path, regular=True))
    files = [path.parent / name for _, name in segments]
    return [*files, path] if path.exists() else files


def no_files(path: Path) -> list[Path]:
    """What is named like a segment of the journal at `path` and is a link, a pipe or a device."""
    return [path.parent / name for _, name in sorted(_segments(path, regular=False))]


def _segments(path: Path, *, regular: bool) -> Iterator[tuple[int, str]]:
    try:
        entries = os.scandir(path.parent)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            found = segment_of(entry.name)
            if (
                found is not None
                and found[0] == path.name
                and entry.is_file(follow_symlinks=False) == regular
            ):
                yield found[1], entry.name
