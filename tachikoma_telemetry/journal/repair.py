"""Repairing a damaged journal: every whole event stays, the rest is set aside, nothing is lost.

The repaired journal is written under another name and moved into place, so a kill during a repair
leaves the damaged file or the repaired one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..atomic_file import discard, replace_file, stamp
from ..clock import now_ms
from . import lock
from .event_line import parse_event
from .files import discard_leftovers, set_aside
from .format import SCHEMA, TAIL, head, journal_of, lock_path, stem
from .json_text import dumps, loads
from .lines import BOM, JournalLines
from .predecessor import is_history

_SCHEMA = re.compile(rb'\{"schema":"([^"\0]*)"')
# More than a journal rewritten by an editor has: a larger file is not held in memory.
_JSON_MAX = 256 << 20


class Repair(NamedTuple):
    """What a repair did.

    Attributes:
        kept: whole events in the journal now.
        damaged: pieces that were no event, now in `quarantine`.
        quarantine: the file that holds them, None when nothing had to be set aside.
        legacy: True when the file was a `metrics.json` of the predecessor, kept as `quarantine`.

    """

    kept: int
    damaged: int
    quarantine: Path | None
    legacy: bool = False

    @property
    def changed(self) -> bool:
        """Whether the journal was not in order."""
        return self.damaged > 0 or self.quarantine is not None


def repair(path: Path) -> Repair:
    """Repair the journal (or segment) at `path`; one that is in order is not touched.

    Raises:
        FileNotFoundError: when there is no such file.
        OSError: when it can't be written; it is as it was.

    """
    if not os.path.lexists(path):
        raise FileNotFoundError(f"no journal at {path}")
    journal = journal_of(str(path))
    with lock.holding(lock_path(journal), lock.LOCK_SECONDS):
        discard_leftovers(journal)
        return repair_locked(str(path))


def repair_locked(path: str) -> Repair:
    """As `repair`, for a caller that holds the lock."""
    with JournalLines(path) as lines:
        if lines.created is not None:
            return _keep_events(path, lines)
        if lines.status.st_size > _JSON_MAX:
            return _salvage(path, lines)
        try:
            found = loads(lines.content().removeprefix(BOM))
        except ValueError:
            return _salvage(path, lines)
        return _adopt(path, lines, found)


def _keep_events(path: str, lines: JournalLines) -> Repair:
    """Our own file: keep its events, set aside the rest."""
    for _ in lines:
        pass
    kept, damaged = lines.kept, lines.damaged
    if lines.in_order:
        return Repair(kept, 0, None)
    quarantine = None
    if damaged:
        damage = (piece.text + b"\n" for piece in lines if not piece.is_event)
        quarantine = Path(set_aside(journal_of(path), damage))
    events = (piece.text for piece in lines if piece.is_event)
    _replace(path, events, lines.created or now_ms(), lines, quarantine)
    return Repair(kept, max(1, damaged), quarantine)


def _replace(
    path: str, events: Iterable[bytes], created: int, lines: JournalLines, kept: Path | None
) -> None:
    """Put a journal in the place of the file at `path`, or leave all as it was.

    What this repair set aside (`kept`) goes when the disk has no room for the journal, or every
    further try would set the same thing aside again. `created` is in ms since the epoch.
    """
    try:
        replace_file(path, document_of(events, created), like=lines.status)
    except BaseException:
        if kept is not None:
            discard(str(kept))
        raise


def _salvage(path: str, lines: JournalLines) -> Repair:
    """No JSON at all: our own file without its head, another program's, or nothing."""
    events: list[bytes] = []
    schema = _SCHEMA.match(lines.first.removeprefix(BOM))
    if schema is None or schema[1] == SCHEMA.encode():
        events = [piece.text for piece in lines if piece.is_event]
    quarantine = None
    if any(block.strip(b" \t\r\n\0") for block in lines.blocks()):
        quarantine = _keep(path, _quarantine_name(path), lines)
    _replace(path, events, now_ms(), lines, quarantine)
    return Repair(len(events), 1, quarantine)


def _adopt(path: str, lines: JournalLines, found: object) -> Repair:
    """Some JSON: keep the file as it is under another name, take over the events it may hold."""
    events: list[bytes] = []
    created = now_ms()
    if is_history(found):
        target = f"{stem(path)}.legacy.json"
        if os.path.lexists(target) and not _is_same(target, lines.status):
            target = f"{stem(path)}.legacy-{stamp()}.json"
        kept = _keep(path, target, lines)
        _replace(path, (), created, lines, kept)
        return Repair(0, 1, kept, legacy=True)
    if isinstance(found, dict) and found.get("schema") == SCHEMA:
        # Our own document, rewritten by a formatter or an editor.
        listed = found.get("events")
        if isinstance(listed, list):
            each = (dumps(event) for event in listed)
            events += [line for line in each if parse_event(line) is not None]
        else:  # its head is damaged, and still JSON
            events += [piece.text for piece in lines if piece.is_event]
        if isinstance(found.get("created"), int) and found["created"] >= 0:
            created = found["created"]
    quarantine = _keep(path, _quarantine_name(path), lines)
    _replace(path, events, created, lines, quarantine)
    return Repair(len(events), 1, quarantine)


def _is_same(file: str, status: os.stat_result) -> bool:
    """Whether a killed repair has given the file this second name already."""
    return os.path.samestat(os.lstat(file), status)


def document_of(events: Iterable[bytes], created: int) -> Iterator[bytes]:
    """A whole journal, piece by piece."""
    yield head(created)
    comma = b""
    for event in events:
        yield comma + event + b"\n"
        comma = b","
    yield TAIL


def _quarantine_name(path: str) -> str:
    return f"{stem(journal_of(path))}-quarantine-{stamp()}.txt"


def _keep(path: str, target: str, lines: JournalLines) -> Path:
    """The file at `path`, whole, under another name as well."""
    try:
        os.link(path, target)
    except FileExistsError:  # by a killed repair
        if not _is_same(target, lines.status):
            raise
    except OSError:  # a file system without links
        replace_file(target, lines.blocks())
    return Path(target)
