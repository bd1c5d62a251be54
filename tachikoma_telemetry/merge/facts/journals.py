"""Reading the journals into the store, from where the last merge left off."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ...errors import JournalError
from ...journal import spill
from ...journal.absorb import absorb
from ...journal.event_line import parse_event
from ...journal.format import HEAD_OF_SCHEMA, stem
from ...journal.read import JournalReader, journal_files, no_files
from ...project import JOURNAL_NAME, as_text, find_root, journal_in
from ...regular_file import open_regular
from ...words import counted
from ..touched import Touched
from .legacy import is_legacy_file, merge_legacy
from .load import load_events

_HEAD_BYTES = 4096


def merge_journal(
    store: sqlite3.Connection, path: Path, project: str | None, touched: Touched, now: int
) -> list[str]:
    """Take in the events of the journal at `path`, of its rotated segments and its spill files.

    Args:
        store: the unified store, in a transaction.
        path: the journal; its segments lie beside it.
        project: the root of the journal's project.
        touched: is told what is new.
        now: ms since the epoch.

    Returns:
        what was not read as it should be, one sentence each.

    Raises:
        JournalError: when a file of it can't be read.

    """
    reason = _absorb(path)
    try:
        files, warnings = _readable(path)
        merge_legacy(store, path)
        if path in files and is_legacy_file(path):
            files.remove(path)  # the predecessor's: the first event sets it aside
        left_off = _where_left_off(store, files)
        gone = [(read.source,) for read in left_off.values() if read is not None]
        store.executemany("DELETE FROM merge_state WHERE source = ?", gone)
        for file, read in left_off.items():
            foreign = _merge_file(store, file, read, project, touched, now)
            if foreign and file == path:
                raise JournalError(
                    f"{foreign}. The next recorded event, or `tachikoma-telemetry repair`, sets it "
                    "aside and begins a new one"
                )
            if foreign:
                warnings.append(f"{foreign}; `tachikoma-telemetry repair` sets it aside")
        warnings += _merge_spilled(store, path, project, touched, now, reason)
    except OSError as error:
        raise JournalError(f"can't read the journal {path}: {error.strerror or error}") from error
    store.execute("UPDATE merge_state SET merged = ? WHERE source = ?", (now, as_text(path)))
    return warnings


def _absorb(path: Path) -> str | None:
    """Move spilled events into the journal; returns why that can't be done, None when it was."""
    try:
        if spill.spilled(str(path)):
            absorb(str(path))
    except OSError as error:
        # Such as a folder that is not ours to write: they wait until its owner merges.
        return error.strerror or str(error)
    return None


def _readable(path: Path) -> tuple[list[Path], list[str]]:
    """The files of a journal that can be read, and what is to be said of the others."""
    files, others = journal_files(path), no_files(path)
    if path in files and not _is_regular(path):
        files.remove(path)
        others.append(path)
    return files, [f"{each} is no regular file; nothing of it was read" for each in others]


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


class _Read(NamedTuple):
    """How far a journal file was read, from `merge_state`.

    Attributes:
        source: where it was then: rotation moves it.
        state: what was kept: `head` and `last` say which file it is, `position` how far it was
            read, `torn` whether half a line lay behind that, `seen` what it looked like.
        malformed: lines that could not be read, the torn one included.
        dropped: values of the other lines that were outside their ranges.

    """

    source: str
    state: dict[str, Any]
    malformed: int
    dropped: int


def _where_left_off(store: sqlite3.Connection, files: list[Path]) -> dict[Path, _Read | None]:
    """Those of `files` in which something may be new, and how far each was read before.

    A journal keeps its head and first event for life, under whatever name. One that was not touched
    since is known without opening it: there may be thousands of segments.
    """
    known = [
        _Read(source, orjson.loads(state), malformed, dropped)
        for source, state, malformed, dropped in store.execute(
            "SELECT source, state, malformed, dropped FROM merge_state WHERE kind = 'journal'"
        )
    ]
    by_place = {read.source: read for read in known}
    changed = [
        file
        for file in files
        if (read := by_place.get(as_text(file))) is None or read.state.get("seen") != _seen(file)
    ]
    left: dict[Path, _Read | None] = {}
    heads = {file: _digest(_head(file)) for file in changed}
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


def _merge_file(
    store: sqlite3.Connection,
    file: Path,
    read: _Read | None,
    project: str | None,
    touched: Touched,
    now: int,
) -> str | None:
    """Take in what is new in a file; returns what is wrong with it when it is no journal."""
    here, seen, head = as_text(file), _seen(file), _head(file)
    start, malformed, dropped = 0, 0, 0
    if read is not None and _is_as_far(file, read.state):
        start = read.state["position"]
        # What was torn is met again, or was repaired meanwhile.
        malformed = read.malformed - bool(read.state.get("torn"))
        dropped = read.dropped
    reader = JournalReader(file, start)
    lost = load_events(store, _events(reader), project, here, touched)
    if not start and not reader.events and not head.startswith(HEAD_OF_SCHEMA.decode()):
        return f"{file} is not a journal of tachikoma-telemetry; nothing of it was read"
    # As digests: an event that another program wrote may hold anything.
    state = {
        "head": _digest(head),
        "position": reader.position,
        "last": _last_bytes(file, reader.position),
        "torn": reader.torn,
        "seen": seen,
    }
    store.execute(
        "INSERT OR REPLACE INTO merge_state (source, kind, state, malformed, dropped, merged) "
        "VALUES (?, 'journal', ?, ?, ?, ?)",
        (
            here,
            orjson.dumps(state).decode(),
            malformed + reader.malformed + lost.malformed,
            dropped + lost.dropped,
            now,
        ),
    )
    return None


def _merge_spilled(
    store: sqlite3.Connection,
    path: Path,
    project: str | None,
    touched: Touched,
    now: int,
    reason: str | None,
) -> list[str]:
    """Take in what could not be moved into the journal, from where it waits."""
    store.execute(
        "DELETE FROM merge_state WHERE kind = 'spill' AND substr(source, 1, ?) = ?",
        (len(prefix := f"{stem(as_text(path))}-spill-"), prefix),
    )
    waiting, warnings = 0, []
    for name in spill.spilled(str(path)):
        lines = _Waiting(name)
        try:
            lost = load_events(store, lines, project, as_text(path), touched)
        except FileNotFoundError:
            continue  # moved by another process since
        except OSError as error:
            warnings.append(f"can't read {name}: {error.strerror or error}")
            continue
        waiting += lines.events
        malformed = lines.malformed + lost.malformed
        if malformed or lost.dropped:
            store.execute(
                "INSERT INTO merge_state (source, kind, state, malformed, dropped, merged) "
                "VALUES (?, 'spill', '{}', ?, ?, ?)",
                (as_text(name), malformed, lost.dropped, now),
            )
    if waiting:
        because = f": {reason}" if reason else ", which another process is doing"
        warnings.append(
            f"{counted(waiting, 'event')} beside {path} can't be moved into it{because}; "
            "they count all the same"
        )
    elif reason:
        warnings.append(f"not all that waits beside {path} can be read: {reason}")
    return warnings


class _Waiting:
    """The events of a spill file; counts them, and the lines that are none."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.events = self.malformed = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in spill.waiting(self._file):
            event = parse_event(line)
            if event is None:
                self.malformed += 1
            else:
                self.events += 1
                yield event


def _seen(file: Path) -> list[int]:
    """What changes with every change of a file: an append makes it longer, a repair replaces it."""
    status = file.stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def _events(reader: JournalReader) -> Iterator[dict[str, Any]]:
    for line in reader:
        yield line.event


def _head(file: Path) -> str:
    """What tells this journal file from every other: its first line and first event."""
    with open(open_regular(file), "rb") as opened:
        lines = opened.read(_HEAD_BYTES).split(b"\n")
    return b"\n".join(lines[:2]).decode("utf-8", "replace")[:600]


def _is_as_far(file: Path, state: dict[str, Any]) -> bool:
    """Whether what was read the last time is still there: a prune or a repair may have moved it."""
    position = int(state["position"])
    return file.stat().st_size >= position and _last_bytes(file, position) == state["last"]


def _last_bytes(file: Path, position: int) -> str:
    with open(open_regular(file), "rb") as opened:
        opened.seek(max(0, position - 64))
        return _digest(opened.read(min(64, position)).decode("utf-8", "replace"))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def journals_of_folders(folders: Iterable[str]) -> list[Path]:
    """The journals of the projects that these folders are in, as far as they are there."""
    roots: dict[str, None] = {}
    for folder in sorted(set(folders)):
        if "\0" not in folder and os.path.isabs(folder) and os.path.isdir(folder):
            roots[os.path.realpath(find_root(folder))] = None
    journals = (journal_in(Path(root)) for root in roots)
    return [journal for journal in journals if _can_be_listed(journal) and journal_files(journal)]


def is_of_this_user(journal: Path) -> bool:
    """Whether the user that this process runs as owns the folder of a journal."""
    try:
        return not hasattr(os, "geteuid") or journal.parent.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _can_be_listed(journal: Path) -> bool:
    return os.access(journal.parent, os.R_OK | os.X_OK)


def journal_project(path: Path) -> str | None:
    """The root of the project that a journal named by hand belongs to, by its place."""
    folder = path.absolute().parent
    if (path.name, folder.name, folder.parent.name) == (JOURNAL_NAME, "telemetry", ".opencode"):
        return os.path.realpath(folder.parent.parent)
    return None
