"""Follows the sources: merges when they changed, at most once a call."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import NamedTuple

from ..errors import MergeStop, TachikomaError
from .board_origin import Origin

# Journals of other projects, and whatever else is not watched.
_MERGE_ANYWAY_SECONDS = 30.0
_SAID_MOST = 3

_Signature = tuple[object, ...]


class Look(NamedTuple):
    """What a look at the sources found.

    Attributes:
        changed: whether the store is another one than at the look before.
        said: what is wrong, or was at the last merge; empty when nothing is.
        seconds: how long the merge took; None when nothing was merged.

    """

    changed: bool
    said: str
    seconds: float | None


class Follower:
    """Knows what the sources looked like when they were last merged."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._sources: _Signature | None = None
        self._store: _Signature | None = None
        self._merged = 0.0
        self._said = self._notes = ""
        self._stopped = Event()
        self.phase = ""

    def look(self, *, force: bool = False) -> Look:
        """Merge if a source changed; where that fails, the store is as it was.

        `force`: merge, whether anything changed or not.
        """
        sources = _signature(self._origin.watched())
        others = _signature(_of_store(self._origin.store)) != self._store
        late = time.monotonic() - self._merged > _MERGE_ANYWAY_SECONDS
        if not (force or late or others or self._said or sources != self._sources):
            return Look(changed=False, said=self._notes, seconds=None)
        began = time.monotonic()
        try:
            merged = self._origin.merge(self._progress)
        except TachikomaError as error:
            said = str(error)
            changed, self._said = said != self._said, said
            return Look(changed or others, said, None)
        finally:
            self.phase = ""
            self._merged = time.monotonic()
            self._store = _signature(_of_store(self._origin.store))
        self._sources, self._said = sources, ""
        self._notes = "; ".join(merged.said[:_SAID_MOST])
        return Look(merged.changed or others, self._notes, time.monotonic() - began)

    def stop(self) -> None:
        """End a merge that is under way."""
        self._stopped.set()

    def _progress(self, phase: str, done: int, total: int | None) -> None:
        if self._stopped.is_set():
            raise MergeStop
        self.phase = f"{phase} {done * 100 // total} %" if total else phase


def _of_store(store: Path) -> Iterable[Path]:
    return (store, store.with_name(f"{store.name}-wal"))


def _signature(paths: Iterable[Path]) -> _Signature:
    """What changes whenever one of the files is written, deleted or replaced."""
    found: list[object] = []
    for path in paths:
        try:
            stat = os.stat(path)
        except (OSError, ValueError):
            found.append((str(path), None))
        else:
            # An empty log comes and goes with every reader.
            written = (stat.st_ino, stat.st_size, stat.st_mtime_ns) if stat.st_size else None
            found.append((str(path), written))
    return tuple(found)
