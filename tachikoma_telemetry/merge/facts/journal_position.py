"""How far a journal file was read, and whether that still holds."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ...project import as_text
from ...regular_file import open_regular

_HEAD_BYTES = 4096


class JournalPosition(NamedTuple):
    """How far a journal file was read, from `merge_state`.

    Attributes:
        source: where it was then: rotation moves it.
        state: what was kept: `head` and `last` say which file it is, `position` how far it was
            read, `torn` whether half a line followed, `seen` what the file looked like.
        malformed: lines that could not be read, the torn one included.
        dropped: values of the other lines that were outside their ranges.
    """

    source: str
    state: dict[str, Any]
    malformed: int
    dropped: int


def changed_files(
    store: sqlite3.Connection, files: list[Path]
) -> dict[Path, JournalPosition | None]:
    """Those of `files` in which something may be new, and how far each was read before.

    A journal keeps its head and first event for life, under whatever name. One that was not touched
    since is known without opening it: there may be thousands of segments.
    """
    known = [
        JournalPosition(source, orjson.loads(state), malformed, dropped)
        for source, state, malformed, dropped in store.execute(
            "SELECT source, state, malformed, dropped FROM merge_state WHERE kind = 'journal'"
        )
    ]
    by_place = {read.source: read for read in known}
    changed = [
        file
        for file in files
        if (read := by_place.get(as_text(file))) is None or read.state.get("seen") != seen_of(file)
    ]
    left: dict[Path, JournalPosition | None] = {}
    heads = {file: digest(head_of(file)) for file in changed}
    # First by place: a copy of a journal, beside it, has the same head.
    for file, head in heads.items():
        read = by_place.get(as_text(file))
        if read is not None and read.state.get("head") == head:
            left[file] = read
    taken = {read.source for read in left.values() if read is not None}
    taken |= by_place.keys() & {as_text(file) for file in files if file not in heads}
    by_head = {read.state.get("head"): read for read in known if read.source not in taken}
    for file, head in heads.items():
        if file not in left:
            left[file] = by_head.pop(head, None)
    return {file: left[file] for file in changed}


def seen_of(file: Path) -> list[int]:
    """What changes with every change of a file: an append makes it longer, a repair replaces it."""
    status = file.stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def head_of(file: Path) -> str:
    """What identifies a journal file: its first line and first event."""
    with open(open_regular(file), "rb") as opened:
        lines = opened.read(_HEAD_BYTES).split(b"\n")
    return b"\n".join(lines[:2]).decode("utf-8", "replace")[:600]


def is_as_far(file: Path, state: dict[str, Any]) -> bool:
    """Whether what was read the last time is still there: a prune or a repair may have moved it."""
    position = int(state["position"])
    return file.stat().st_size >= position and last_bytes(file, position) == state["last"]


def last_bytes(file: Path, position: int) -> str:
    """A digest of the 64 bytes before `position`."""
    with open(open_regular(file), "rb") as opened:
        opened.seek(max(0, position - 64))
        return digest(opened.read(min(64, position)).decode("utf-8", "replace"))


def digest(text: str) -> str:
    """What texts are compared by: 32 hex digits."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
