"""Making the metrics of sessions while others are still being read.

In a first merge other processes parse (see `opencode.readers`), and this one inserts the rows and
then makes the metrics. If it did so only when all is read, the others would have nothing to do
meanwhile, and the merge would take longer. So the metrics of a session are made as soon as nothing
of it has come for a while. Whether more is to come can't be known, and need not be: what is
touched afterwards is made again in the end, as in every later merge.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable

from ..opencode.shapes import Session
from .metrics.activations import derive_activations
from .metrics.edits import derive_edits
from .metrics.repeats import derive_repeats
from .touched import Touched

# After so many batches of calls it looks for sessions in which nothing has come since the batch
# before. More often does not pay, and with less the readers get too far ahead and have to wait.
_EVERY = 6


class Ahead:
    """Is told which sessions calls have come of, and makes the metrics of those that are quiet."""

    def __init__(
        self, store: sqlite3.Connection, sessions: Iterable[Session], touched: Touched
    ) -> None:
        self._store = store
        self._touched = touched
        self._parents = {session.session_id: session.parent_id for session in sessions}
        self._batch = 0
        # Of each tree of sessions the batch in which something came last, and what is in it.
        self._last: dict[str, int] = {}
        self._members: dict[str, set[str]] = defaultdict(set)
        # No tree is done twice, or one that goes on and on would be done each time.
        self._done: set[str] = set()

    def came(self, sessions: Collection[str]) -> None:
        """A batch of calls of these sessions is in the store."""
        self._batch += 1
        for session in sessions:
            root = self._root(session)
            if root not in self._done:
                self._last[root] = self._batch
                self._members[root].add(session)
        if self._batch % _EVERY == 0:
            self._make()

    def _root(self, session: str) -> str:
        """What the trees that windows reach over are told apart by, as far as parents tell."""
        seen = {session}
        while (parent := self._parents.get(session)) is not None and parent not in seen:
            seen.add(parent)
            session = parent
        return session

    def _make(self) -> None:
        quiet = [root for root, last in self._last.items() if last < self._batch - 1]
        sessions: set[str] = set()
        for root in quiet:
            del self._last[root]
            sessions |= self._members.pop(root)
        self._done.update(quiet)
        changed = sessions | derive_activations(self._store, sorted(sessions), is_first=True)
        derive_edits(self._store, changed)
        derive_repeats(self._store, sorted(changed))
        self._touched.derived |= sessions
