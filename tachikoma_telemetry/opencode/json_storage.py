"""The storage from before 1.2: one JSON file a thing, in ``<data>/storage``.

    session/<projectID>/<sessionID>.json   {"id","projectID","directory","parentID","title",
                                            "version","time":{"created","updated"}}
    message/<sessionID>/<messageID>.json   as `message.data` of 1.2, with "id" and "sessionID"
    part/<messageID>/<partID>.json         as `part.data` of 1.2, with its three ids
    project/<projectID>.json               {"worktree"}: the folder, where a session names none
    todo/<sessionID>.json                  [{"status",…}]

OpenCode 1.2 moved these into its database under the same ids, so what is in both is one row; of
the two the database's is the later. The files themselves stay, and often nothing else does.

A folder's mtime changes when a file is made in it, not when one is written again. So the mark is a
moment of the file system's clock: folders not touched since hold nothing new, and files are
written again only while their call or message is not finished: those are read again by name.
Moments are compared with a margin, because mtimes are coarse; what is read twice is the same row.
Folders with old mtimes that appear later, of a backup put back, belong to sessions that the store
does not know, and then the merge reads everything.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

import orjson

from ..regular_file import read_plain
from .batches import Batch, in_batches
from .database import Reader
from .message import Authorship, read_message, written_by_a_person
from .numbers import Numbers
from .part import CallLocation, read_call
from .shapes import Call, Message, Session, Values
from .skill_load import load_of_command
from .unknown import see_part, see_state
from .values import json_object, section, text
from .watermark import Mark, Placed, Position, UnfinishedRows

_FILE_BYTES_MAX = 16 << 20
_MARGIN_NS = 2_000_000_000


class JsonStorage:
    """Reads one storage folder; counts in `malformed` the files that could not be understood."""

    version: ClassVar[str] = "json"
    tables = frozenset[str]()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: dict[str, int | None] = {}
        self._folders: dict[str, str | None] = {}
        self._began_ns = time.time_ns()
        self._since_ns: int | None = None
        self.malformed = 0
        self.numbers = Numbers()
        self.unknown: Counter[str] = Counter()
        self._children: set[str] = set()
        self._command: tuple[str, Authorship] | None = None
        self._loads: list[Values] = []

    @classmethod
    def detect(cls, place: Reader | Path) -> Self | None:
        """An adapter for a folder with sessions."""
        if isinstance(place, Path) and next(place.glob("session/*/*.json"), None) is not None:
            return cls(place)
        return None

    def mark(self) -> Mark:
        """The moment up to which everything is read: ``{"ns": NANOSECONDS}`` since the epoch."""
        return {"ns": self._began_ns - _MARGIN_NS}

    def holds(self, mark: Mark) -> bool:
        """Whether that moment is in the past: clocks are set back."""
        return bool(mark["ns"] <= self._began_ns)

    def former_folders(self) -> Mapping[str, Collection[str]]:
        """None: 1.x moves no session."""
        return {}

    def position(self) -> Position:
        """Unknown: no list says how many files there are."""
        return Position(0, None)

    def sessions(self) -> Iterator[Session]:
        """All sessions."""
        moment = self.numbers.moment
        for path in sorted(self._folder.glob("session/*/*.json")):
            body = self._read(path)
            if body is None:
                continue
            session_id, times = text(body.get("id")) or path.stem, section(body.get("time"))
            self._begun[session_id] = moment(times.get("created"))
            directory = text(body.get("directory")) or self._worktree(path.parent.name)
            self._folders[session_id] = directory
            parent = text(body.get("parentID"))
            if parent is not None:
                self._children.add(session_id)
            total, done = self._todos(session_id)
            yield Session(
                session_id,
                parent,
                text(body.get("projectID")) or path.parent.name,
                directory,
                text(body.get("title")),
                text(body.get("version")),
                moment(times.get("created")),
                moment(times.get("updated")),
                moment(times.get("archived")),
                total,
                done,
            )

    def _worktree(self, project: str) -> str | None:
        path = self._folder / "project" / f"{project}.json"
        body = self._read(path) if path.exists() else None
        return text(body.get("worktree")) if body else None

    def _todos(self, session_id: str) -> tuple[int | None, int | None]:
        try:
            todos = orjson.loads(_bytes(self._folder / "todo" / f"{session_id}.json"))
        except ValueError:
            return None, None
        if not isinstance(todos, list):
            return None, None
        return len(todos), sum(section(todo).get("status") == "completed" for todo in todos)

    def read(
        self,
        since: Mark | None,
        unfinished: UnfinishedRows,
        *,
        processes: bool = False,  # noqa: ARG002 - only a database is worth several readers
        placed: Placed = (),  # noqa: ARG002 - it has no loads to place
    ) -> Generator[Batch[Any], None, None]:
        """Messages and calls in folders touched since the mark, and the unfinished ones."""
        self._since_ns = since["ns"] if since is not None else None
        self._loads = []
        again = dict(unfinished.messages)
        if since is not None:
            again = self._messages_of_new_texts() | again
        yield from in_batches(Message, self._messages(again))
        yield from in_batches(Call, self._loads)
        yield from in_batches(Call, self._calls(unfinished.calls))

    def _counted(self) -> AbstractContextManager[None]:
        """Inside, numbers that can't be right are counted when all is read for the first time.

        Later a file may be read again that was read before.
        """
        return nullcontext() if self._since_ns is None else self.numbers.uncounted()

    def _messages(self, again: Mapping[str, str]) -> Iterator[Values]:
        for folder in self._touched("message"):
            for path in _files(folder):
                yield from self._message(path, folder.name)
        for message_id, session_id in again.items():
            path = self._folder / "message" / session_id / f"{message_id}.json"
            if _is_there(path, session_id, message_id):
                yield from self._message(path, session_id)

    def _message(self, path: Path, session_id: str) -> Iterator[Values]:
        body = self._read(path)
        if body is not None:
            with self._counted():
                message = read_message(
                    path.stem,
                    session_id,
                    self._last_time(section(body.get("time"))),
                    body,
                    self._begun.get(session_id),
                    self._written,
                    self.numbers,
                )
            if self._command is not None:
                (key, written), self._command = self._command, None
                nested = session_id in self._children
                self._loads.append(load_of_command(key, message, written, nested=nested))
            yield message

    def _written(self, message_id: str) -> bool:
        for path in _files(self._part_folder(message_id)):
            found = written_by_a_person(json_object(_bytes(path)) or {})
            if found is not None:
                self._command = (path.stem, found) if found.skill else None
                return True
        return False

    def _messages_of_new_texts(self) -> dict[str, str]:
        """The messages whose parts were added to since the mark, each with its session."""
        found = {}
        for folder in self._touched("part"):
            first = next(_files(folder), None)
            part = json_object(_bytes(first)) if first else None
            session_id = text(part.get("sessionID")) if part else None
            if session_id is not None:
                found[folder.name] = session_id
        return found

    def _calls(self, again: Mapping[str, str]) -> Iterator[Values]:
        for folder in self._touched("part"):
            for path in _files(folder):
                yield from self._call(path, folder.name)
        for part_id, message_id in again.items():
            path = self._part_folder(message_id) / f"{part_id}.json"
            if _is_there(path, message_id, part_id):
                yield from self._call(path, message_id)

    def _call(self, path: Path, message_id: str) -> Iterator[Values]:
        part = self._read(path)
        if part is None:
            return
        if part.get("type") != "tool":
            if self._since_ns is None:
                see_part(self.unknown, part)
            return
        if self._since_ns is None:
            see_state(self.unknown, part)
        session_id = text(part.get("sessionID"))
        with self._counted():
            written = self._last_time(section(section(part.get("state")).get("time")))
            folder, nested = self._folders.get(session_id or ""), session_id in self._children
            place = CallLocation(session_id or "", message_id, written, folder, nested)
            call = session_id and read_call(path.stem, place, part, self.numbers)
        if call:
            yield call
        else:
            self.malformed += 1

    def _last_time(self, times: dict[str, Any]) -> int | None:
        """When a thing was last written, as far as it says so itself.

        Not the file's mtime: a copy's is later than the database's row of the thing, and would win.
        """
        moments = map(self.numbers.moment, times.values())
        return max((each for each in moments if each is not None), default=None)

    def _part_folder(self, message_id: str) -> Path:
        return self._folder / "part" / message_id

    def _touched(self, kind: str) -> Iterator[Path]:
        """The folders of a kind in which a file was made since the mark."""
        since = self._since_ns
        try:
            with os.scandir(self._folder / kind) as entries:
                folders = sorted(
                    entry.path
                    for entry in entries
                    if entry.is_dir() and (since is None or entry.stat().st_mtime_ns >= since)
                )
        except FileNotFoundError:
            return
        yield from map(Path, folders)

    def _read(self, path: Path) -> dict[str, Any] | None:
        body = json_object(_bytes(path))
        if body is None:
            self.malformed += 1
        return body


def _is_there(path: Path, *names: str) -> bool:
    """Whether a file of these ids is there. Ids of other databases may be anything."""
    # Not `path.exists()`, which raises an error for a name that is too long.
    return not any(os.sep in name for name in names) and os.path.exists(path)


def _files(folder: Path) -> Iterator[Path]:
    """The JSON files of a folder, in order; none when it was deleted meanwhile."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".json"))
    except OSError:
        return
    for each in names:
        yield folder / each


def _bytes(path: Path) -> bytes:
    """What a file holds; nothing of one that is too long, no regular one, or gone."""
    try:
        return read_plain(path, _FILE_BYTES_MAX)
    except OSError:
        return b""
