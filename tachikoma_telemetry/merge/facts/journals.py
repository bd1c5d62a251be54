"""Reading the journals into the store, from where the last merge left off."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import JournalError
from ...journal import spill
from ...journal.absorb import absorb
from ...journal.event_line import parse_event
from ...journal.files import quarantine_files
from ...journal.format import HEAD_OF_SCHEMA, stem
from ...journal.read import JournalReader, journal_files, no_files
from ...project import as_text
from ...words import counted
from ..changes import Changes
from .event_rows import load_events
from .journal_position import (
    JournalPosition,
    changed_files,
    digest,
    head_of,
    is_as_far,
    last_bytes,
    seen_of,
)
from .legacy import is_legacy_file, merge_legacy
from .merge_state import Losses, remember


def merge_journal(
    store: sqlite3.Connection, path: Path, project: str | None, changes: Changes, now: int
) -> list[str]:
    """Take in the events of the journal at `path`, of its rotated segments and its spill files.

    `project` is the root of the journal's project, `now` ms since the epoch. Returns what was not
    read as it should be, one sentence each.

    Raises:
        JournalError: when a file of it can't be read.
    """
    source = as_text(path)
    row = store.execute(
        "SELECT state ->> 'set_aside' FROM merge_state WHERE source = ?", (source,)
    ).fetchone()
    until = int(row[0]) if row and row[0] is not None else -1
    reason = _absorb(path)
    try:
        warnings = _JournalMerge(store, path, project, changes, now).run(reason)
        damage = quarantine_files(str(path), since=until)
    except OSError as error:
        raise JournalError(f"can't read the journal {path}: {error.strerror or error}") from error
    if damage:
        warnings.append(_set_aside(damage))
        until, _ = damage[-1]
    store.execute(
        "UPDATE merge_state SET merged = ?, state = json_set(state, '$.set_aside', ?) "
        "WHERE source = ?",
        (now, until, source),
    )
    return warnings


def _set_aside(damage: list[tuple[int, str]]) -> str:
    """Names the files with what was no event; a merge does so once."""
    more = f" and {len(damage) - 1} more" if len(damage) > 1 else ""
    return (
        f"lines that are no events, as a killed writer leaves them, were set aside in "
        f"{damage[-1][1]}{more}; delete it when you have looked at it"
    )


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
    if path in files and not stat.S_ISREG(path.lstat().st_mode):
        files.remove(path)
        others.append(path)
    return files, [f"{each} is no regular file; nothing of it was read" for each in others]


@dataclass(frozen=True)
class _JournalMerge:
    """One journal being merged."""

    _store: sqlite3.Connection
    _path: Path
    _project: str | None
    _changes: Changes
    _now: int

    def run(self, reason: str | None) -> list[str]:
        """Take in all that is new; `reason`: why spilled events could not be moved."""
        path, store = self._path, self._store
        files, warnings = _readable(path)
        merge_legacy(store, path)
        if path in files and is_legacy_file(path):
            files.remove(path)  # the predecessor's: the first event sets it aside
        left_off = changed_files(store, files)
        gone = [(read.source,) for read in left_off.values() if read is not None]
        store.executemany("DELETE FROM merge_state WHERE source = ?", gone)
        for file, read in left_off.items():
            foreign = self._file(file, read)
            if foreign and file == path:
                raise JournalError(
                    f"{foreign}. The next recorded event, or `tachikoma-telemetry repair`, sets it "
                    "aside and begins a new one"
                )
            if foreign:
                warnings.append(f"{foreign}; `tachikoma-telemetry repair` sets it aside")
        return warnings + self._spilled(reason)

    def _file(self, file: Path, read: JournalPosition | None) -> str | None:
        """Take in what is new in a file; returns what is wrong with it when it is no journal."""
        here, seen, head = as_text(file), seen_of(file), head_of(file)
        start, before = 0, Losses()
        if read is not None and is_as_far(file, read.state):
            start = read.state["position"]
            # What was torn is met again, or was repaired meanwhile.
            before = Losses(read.malformed - bool(read.state.get("torn")), read.dropped)
        reader = JournalReader(file, start)
        events = (line.event for line in reader)
        losses = load_events(self._store, events, self._project, here, self._changes)
        if not start and not reader.events and not head.startswith(HEAD_OF_SCHEMA.decode()):
            return f"{file} is not a journal of tachikoma-telemetry; nothing of it was read"
        # As digests: an event that another program wrote may hold anything.
        state = {
            "head": digest(head),
            "position": reader.position,
            "last": last_bytes(file, reader.position),
            "torn": reader.torn,
            "seen": seen,
        }
        losses = losses.plus(*before).plus(reader.malformed, 0)
        remember(self._store, here, "journal", state, losses, self._now)
        return None

    def _spilled(self, reason: str | None) -> list[str]:
        """Take in what could not be moved into the journal, from where it waits."""
        path = self._path
        self._store.execute(
            "DELETE FROM merge_state WHERE kind = 'spill' AND substr(source, 1, ?) = ?",
            (len(prefix := f"{stem(as_text(path))}-spill-"), prefix),
        )
        waiting, warnings = 0, []
        for name in spill.spilled(str(path)):
            try:
                waiting += self._spill_file(name)
            except FileNotFoundError:
                continue  # moved by another process since
            except OSError as error:
                warnings.append(f"can't read {name}: {error.strerror or error}")
        if waiting:
            because = f": {reason}" if reason else ", which another process is doing"
            warnings.append(
                f"{counted(waiting, 'event')} beside {path} can't be moved into it{because}; "
                "they count all the same"
            )
        elif reason:
            warnings.append(f"not all that waits beside {path} can be read: {reason}")
        return warnings

    def _spill_file(self, name: str) -> int:
        """Take in a spill file; returns how many events wait in it."""
        lines, here = _SpillLines(name), as_text(self._path)
        losses = load_events(self._store, lines, self._project, here, self._changes)
        losses = losses.plus(lines.malformed, 0)
        if any(losses):
            remember(self._store, as_text(name), "spill", {}, losses, self._now)
        return lines.events


class _SpillLines:
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
