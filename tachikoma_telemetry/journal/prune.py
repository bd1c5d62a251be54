"""Thinning out a journal: old events that are kept elsewhere go, all others stay.

The journal half of ``tachikoma-telemetry prune``: what is old, and what is kept elsewhere, is for
the caller to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ..atomic_file import replace_file
from ..clock import now_ms
from . import lock
from .files import discard_leftovers
from .format import lock_path
from .lines import JournalLines
from .read import journal_files
from .repair import document_of, repair_locked

_ASK = 5000


class PruneResult(NamedTuple):
    """What a prune did.

    Attributes:
        kept: events in the journal now.
        removed: events that went.
        waiting: events that are old enough, but kept nowhere else, and so stayed.

    """

    kept: int
    removed: int
    waiting: int


def prune(
    path: Path,
    is_old: Callable[[dict[str, Any]], bool],
    kept_elsewhere: Callable[[list[str]], Iterable[str]],
) -> PruneResult:
    """Remove old events from the journal at `path` and from its segments.

    Each file is replaced by one without them, under the lock; a segment that has no event left is
    deleted. A kill leaves each file as it was or as it is to be.

    `kept_elsewhere` gives, of event ids, those that are in the store.

    Raises:
        OSError: when a file can't be replaced; it is as it was.

    """
    total = PruneResult(0, 0, 0)
    for file in journal_files(path):
        try:
            with lock.holding(lock_path(str(path)), lock.LOCK_SECONDS):
                discard_leftovers(str(path))
                done = _prune_locked(str(file), str(path), is_old, kept_elsewhere)
        except FileNotFoundError:
            continue  # rotated away, or deleted, since we looked
        total = PruneResult(*(one + other for one, other in zip(total, done, strict=True)))
    return total


def _prune_locked(
    file: str,
    journal: str,
    is_old: Callable[[dict[str, Any]], bool],
    kept_elsewhere: Callable[[list[str]], Iterable[str]],
) -> PruneResult:
    repair_locked(file)
    with JournalLines(file) as lines:
        old = [
            event["id"]
            for piece in lines
            if piece.is_event and is_old(event := orjson.loads(piece.text))
        ]
        going: set[str] = set()
        for start in range(0, len(old), _ASK):
            going.update(kept_elsewhere(old[start : start + _ASK]))
        removed = sum(each in going for each in old)
        if not removed:
            return PruneResult(lines.kept, 0, len(old))
        kept = lines.kept - removed
        if not kept and file != journal:
            os.unlink(file)
            return PruneResult(0, removed, len(old) - removed)
        staying = (
            piece.text
            for piece in lines
            if not ((event := orjson.loads(piece.text))["id"] in going and is_old(event))
        )
        document = document_of(staying, lines.created or now_ms())
        replace_file(file, document, like=lines.status)
    return PruneResult(kept, removed, len(old) - removed)
