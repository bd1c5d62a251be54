"""What every storage version is asked for, and which of them a database holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from ..errors import DatabaseError
from .batches import Batch
from .database import Reader, open_database, reading
from .json_storage import JsonStorage
from .shapes import Call, Message, Session
from .v1 import V1, Mark, Position
from .v2 import V2

# A table of ours with a version behind it: what a later OpenCode may bring, as 2.0 did.
_VERSIONED = re.compile(r"^(?:session|message|part|session_message|session_part)_v(\d+)$")
_LATEST = 2


class Storage(Protocol):
    """One storage version in one place; yields the shapes of `shapes`, most of them in batches.

    `sessions` has to be exhausted first, then `messages`, then `calls`: what a message is follows
    from its session, and which calls are read again from the messages that were.
    """

    version: ClassVar[str]
    malformed: int

    def sessions(self) -> Iterator[Session]:
        """All sessions."""

    def side_by_side(
        self, since: Position | None, *, processes: bool
    ) -> AbstractContextManager[None]:
        """Inside, what is behind `since` is read; if `processes`, by others too where that pays."""

    def passed(self) -> tuple[int, int | None]:
        """How much of that has been passed, and how much there is (None: who knows)."""

    def messages(self, since: Mark | None, again: Mapping[str, str]) -> Iterator[Batch[Message]]:
        """Messages behind `since`, and those of the ids `again` (each with its session's)."""

    def messages_of_new_texts(self, since: Mark | None) -> Collection[str]:
        """Messages that were read before and have got a text since."""

    def calls(self, since: Mark | None, again: Mapping[str, str]) -> Iterator[Batch[Call]]:
        """Calls behind `since`, and those of the keys `again` (each with its message's id)."""

    def position(self) -> Position:
        """How far everything is read now."""

    def still_holds(self, position: Position) -> bool:
        """Whether what was read up to `position` still stands where it stood."""


class Found(NamedTuple):
    """The storages of one place, the oldest first, and the tables there that none of them reads."""

    storages: list[Storage]
    unknown: list[str]


@contextmanager
def open_storages(path: Path) -> Iterator[Found]:
    """Open a database, or the folder of JSON files from before 1.2, read-only.

    Both lists are empty for a database in which nothing was written yet.

    Raises:
        DatabaseError: when it is neither, or can't be read.

    """
    if path.is_dir():
        if not JsonStorage.recognises(path):
            raise DatabaseError(
                f"{path} is a folder without sessions of OpenCode (session/PROJECT/SESSION.json)"
            )
        yield Found([JsonStorage(path)], [])
        return
    with open_database(path) as reader:
        with reading(path):
            found = storages_of(reader)
        if reader.tables and not found.storages and not found.unknown:
            raise DatabaseError(
                f"{path} has no tables of OpenCode (session, message, part); "
                "is it another program's database?"
            )
        yield found


def storages_of(reader: Reader) -> Found:
    """The storages that a database holds rows of.

    OpenCode 2 lies beside the frozen tables of 1.x in the same file; each is read, and rows of both
    are one row (see `v2`).
    """
    found: list[Storage] = []
    unknown = [table for table in sorted(reader.tables) if _is_of_later_version(reader, table)]
    if V1.recognises(reader):
        found.append(V1(reader))
    else:
        # Tables of these names, without the columns that they always had.
        unknown += [table for table in sorted(V1.TABLES) if reader.has_rows(table)]
    if V2.recognises(reader):
        found.append(V2(reader))
    else:
        tables = ("session_message", "session_v2")
        unknown += [table for table in tables if reader.has_rows(table)]
    if V2 in map(type, found) and "session_v2" not in reader.tables:
        unknown = [table for table in unknown if table != "session"]
    return Found(found, unknown)


def _is_of_later_version(reader: Reader, table: str) -> bool:
    version = _VERSIONED.match(table)
    return version is not None and int(version[1]) > _LATEST and reader.has_rows(table)
