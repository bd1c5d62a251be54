"""A journal file as lines, whatever state it is in; for a holder of its lock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple, Self

from ..regular_file import open_regular
from .event_line import parse_event
from .files import each_line
from .format import HEAD_OF_SCHEMA, LINE_MAX, TAIL, head

BOM = b"\xef\xbb\xbf"

_HEAD = re.compile(re.escape(HEAD_OF_SCHEMA) + rb'"created":([0-9]{1,17}),"events":\[\r?')
_PADDING = b" \t\r\0"


class Piece(NamedTuple):
    """An event (without its comma), or damage."""

    is_event: bool
    text: bytes


class JournalLines:
    """The events and the damage of a file that begins with a journal's head.

    Attributes:
        created: when the journal was created, from its head; None without a head.
        kept: events seen.
        damaged: pieces seen that are no event.
        in_order: whether everything seen is byte for byte as an append would have left it.
    """

    def __init__(self, path: str) -> None:
        self._file = open(open_regular(path), "rb")  # noqa: SIM115 - a context manager itself
        try:
            self.status = os.fstat(self._file.fileno())
            self.first = self._file.readline(LINE_MAX)
        except BaseException:
            self._file.close()
            raise
        found = _HEAD.fullmatch(self.first.removeprefix(BOM).rstrip(b"\n"))
        self.created = int(found[1]) if found else None
        self.kept = self.damaged = 0
        self.in_order = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Piece]:
        self.kept = self.damaged = 0
        in_order = self.created is not None and self.first == head(self.created)
        tail = b""
        self._file.seek(len(self.first) if self.created is not None else 0)
        for line, whole in each_line(self._file.read, LINE_MAX):
            text = line.strip(_PADDING)
            # One comma leads. With two, the line is not in order, but its event is whole.
            bare = text.lstrip(b",").strip(_PADDING) if text[:1] == b"," else text
            expected = b"," + bare if self.kept else bare
            if tail:  # something follows the end
                in_order = False
            if parse_event(bare) is not None:
                in_order = in_order and whole and line == expected
                self.kept += 1
                yield Piece(is_event=True, text=bare)
            elif line + b"\n" == TAIL and whole:
                tail = line
            else:
                in_order = False
                if bare not in (b"", b"]}", b"]", b"}"):
                    self.damaged += 1
                    yield Piece(is_event=False, text=line)
        self.in_order = in_order and bool(tail)

    def content(self) -> bytes:
        """The whole file."""
        self._file.seek(0)
        return self._file.read()

    def blocks(self) -> Iterator[bytes]:
        """The whole file, block by block."""
        self._file.seek(0)
        while block := self._file.read(1 << 20):
            yield block
