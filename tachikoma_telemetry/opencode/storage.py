"""The storage versions of OpenCode, one adapter each. A new one is added to `ADAPTERS`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from .batches import Batch
from .database import Reader
from .json_storage import JsonStorage
from .numbers import Numbers
from .shapes import Session
from .v1 import V1
from .v2 import V2
from .watermark import Mark, Placed, Position, UnfinishedRows


class Adapter(Protocol):
    """Reads one storage version, in one place, into the shapes of `shapes`.

    Attributes:
        version: its name, under which the merge keeps the mark.
        tables: the tables of a database that it reads; of the class, those of its layout.
        malformed: how many rows could not be understood; the merge sets it back.
        numbers: reads its numbers, and counts those out of range; the merge sets that back, too.
        unknown: kinds of rows, parts and states that it does not know, by name, and how many there
            were; the merge sets that back, too.
    """

    version: ClassVar[str]
    tables: frozenset[str]
    malformed: int
    numbers: Numbers
    unknown: Counter[str]

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a database or a folder; None where this version has written nothing."""

    def sessions(self) -> Iterator[Session]:
        """All sessions. They have to be read before anything else: a message older than its session
        is a copy.
        """

    def former_folders(self) -> Mapping[str, Collection[str]]:
        """The folders in which each session was that has moved since, by its id; known once
        `sessions` is read. What ran there says so (`Message.directory`).
        """

    def holds(self, mark: Mark) -> bool:
        """Whether all that was read up to `mark` is still where it was."""

    def read(
        self,
        since: Mark | None,
        unfinished: UnfinishedRows,
        *,
        processes: bool = False,
        placed: Placed = (),
    ) -> Generator[Batch[Any], None, None]:
        """Messages, then calls: those behind `since` (None: all), and the unfinished ones again.

        Args:
            since: a mark of an earlier reading.
            unfinished: rows that were not at their end then.
            processes: whether other processes may help; their batches come as images.
            placed: skills that the configuration puts somewhere else, each with its folder.
        """

    def position(self) -> Position:
        """How much `read` has done."""

    def mark(self) -> Mark:
        """Where the next reading goes on."""


# The oldest first: where two of them hold a session that changed at the same time, the later wins.
ADAPTERS: tuple[type[Adapter], ...] = (JsonStorage, V1, V2)
