"""Reading OpenCode's databases into the store: everything the first time, then what is new."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from ...opencode.batches import Batch
from ...opencode.database import reading
from ...opencode.installed import find_configured
from ...opencode.shapes import Message, Session
from ...opencode.source import open_source
from ...opencode.storage import Adapter
from ...opencode.v2 import V2
from ...opencode.watermark import Mark, Placed, UnfinishedRows
from ...progress import Progress
from ...project import as_text, is_inside
from ..changes import Changes
from .load import Loader
from .merge_state import Losses, remember


class DatabaseResult(NamedTuple):
    """What a database held.

    Attributes:
        warnings: what was not read, one sentence each.
        sessions: how many of its sessions were taken.
        elsewhere: ids of its sessions that belong to other folders.
    """

    warnings: list[str]
    sessions: int = 0
    elsewhere: Collection[str] = ()


def placed_skills(root: Path) -> Placed:
    """The skills that the configuration of the project at `root` puts somewhere else."""
    placed = [(each.skill, os.path.dirname(each.path)) for each in find_configured(root)]
    # Sessions name their folders without links.
    return dict.fromkeys([*placed, *((skill, os.path.realpath(each)) for skill, each in placed)])


def merge_database(
    store: sqlite3.Connection,
    path: Path,
    scope: str | None,
    placed: Placed,
    changes: Changes,
    progress: Progress,
    now: int,
) -> DatabaseResult:
    """Take in what is new in the database at `path`; returns what was there.

    Only the sessions in `scope` are taken, the project's root; None takes all. `placed` are skills
    that the configuration puts somewhere else, each with its folder. `now` is ms since the epoch.

    Raises:
        DatabaseError: when it can't be read.
    """
    with open_source(path) as (storages, unknown):
        if not storages and not unknown:
            return DatabaseResult([f"{path} is empty: OpenCode has written nothing yet"])
        found = DatabaseResult([])
        if storages:
            source = as_text(os.path.realpath(path))
            merging = _DatabaseMerge(store, path, source, scope, placed, changes, progress, now)
            found = merging.run(storages)
    if unknown:
        found.warnings.append(
            f"{path} has tables of a layout that is not known here ({', '.join(unknown)}): what is "
            "in them was not read; is there a newer tachikoma-telemetry?"
        )
    return found


@dataclass
class _DatabaseMerge:
    """One database being merged."""

    _store: sqlite3.Connection
    _path: Path
    _source: str
    _scope: str | None
    _placed: Placed
    _changes: Changes
    _progress: Progress
    _now: int
    _sessions: dict[str, Session] = field(default_factory=dict)
    _others: set[str] = field(default_factory=set)
    # Sessions that ran in several folders, not all of them ours; their messages elsewhere.
    _between: set[str] = field(default_factory=set)
    _left_out: set[str] = field(default_factory=set)
    _lost: int = 0
    _directories: dict[str, bool] = field(default_factory=dict)

    def run(self, storages: list[Adapter]) -> DatabaseResult:
        loader = Loader(self._store, self._source, self._changes)
        with reading(self._path):
            sessions = self._all_sessions(storages)
        # A row of a session that can't be read is counted each time, and not added up.
        broken = Losses(
            sum(storage.malformed for storage in storages),
            sum(storage.numbers.dropped for storage in storages),
        )
        self._sessions = sessions
        before = self._resume(sessions.values(), loader)
        loader.sessions(self._with_parents(sessions, loader).values())
        state = {}
        for storage in storages:
            known = before.get(storage.version)
            with reading(self._path):
                since = known.mark if known and storage.holds(known.mark) else None
            skipped = known.lost if known and since is not None else Losses(0, 0)
            unknown = Counter(known.unknown if known and since is not None else {})
            storage.malformed = storage.numbers.dropped = self._lost = 0
            storage.unknown.clear()
            self._read(storage, since, loader)
            skipped = Losses(
                skipped.malformed + storage.malformed + self._lost,
                skipped.dropped + storage.numbers.dropped,
            )
            with reading(self._path):
                state[storage.version] = _Progress(
                    storage.mark(), skipped, unknown + storage.unknown
                )
        self._remember(state, broken)
        return DatabaseResult([], len(sessions), self._others)

    def _all_sessions(self, storages: list[Adapter]) -> dict[str, Session]:
        """Our sessions by id. One that two storages hold was changed last in the later one."""
        found: dict[str, Session] = {}
        for storage in storages:
            every = [*storage.sessions()]
            former = storage.former_folders()
            for session in every:
                session_id = session.session_id
                folders = {session.directory, *former.get(session_id, ())}
                ours = sum(map(self._is_ours, folders))
                if 0 < ours < len(folders):
                    self._between.add(session_id)
                other = found.get(session_id)
                if not ours:
                    self._others.add(session_id)
                elif other is None or (session.updated or 0) >= (other.updated or 0):
                    found[session_id] = session
        return found

    def _with_parents(self, sessions: dict[str, Session], loader: Loader) -> dict[str, Session]:
        """Sessions, with the parents that OpenCode does not know (see `nested_sessions`)."""
        known, parent = loader.known_sessions, Session._fields.index("parent_id")
        for session_id, session in sessions.items():
            if session.parent_id is None and session_id in known:
                sessions[session_id] = session._replace(parent_id=known[session_id][parent])
        return sessions

    def _read(self, storage: Adapter, since: Mark | None, loader: Loader) -> None:
        unfinished = UnfinishedRows({}, {}) if since is None else self._unfinished()
        # Rows from other processes come as images. A store that is there can't take these:
        # to unpack them takes longer than to read alone. Nor can rows be left out of one.
        processes = loader.makes_store and not self._between
        reading_now = storage.read(since, unfinished, processes=processes, placed=self._placed)
        with closing(reading_now) as batches:
            for each in self._read_on(storage, batches):
                batch = self._of_our_folders(each)
                ours = self._ours(batch)
                if ours and batch.shape is Message:
                    loader.messages(batch, ours, with_calls=storage.version == V2.version)
                elif ours:
                    loader.calls(batch, ours)
        loader.drop_missing()

    def _is_ours(self, directory: str | None) -> bool:
        if self._scope is None:
            return True
        if directory is None:
            return False
        if directory not in self._directories:
            self._directories[directory] = is_inside(directory, self._scope)
        return self._directories[directory]

    def _read_on(self, storage: Adapter, batches: Iterator[Batch[Any]]) -> Iterator[Batch[Any]]:
        # What goes wrong with the store, which takes these rows in, is raised outside of this.
        with reading(self._path):
            for batch in batches:
                self._progress("reading", *storage.position())
                yield batch

    def _of_our_folders(self, batch: Batch[Any]) -> Batch[Any]:
        """A batch without what ran elsewhere, of sessions that were moved into or out of ours."""
        if self._between.isdisjoint(batch.sessions) or batch.values is None:
            return batch
        if batch.shape is Message:
            for message in map(Message._make, batch.values):
                if message.session_id in self._between:
                    now = self._sessions[message.session_id].directory
                    if not self._is_ours(message.directory or now):
                        self._left_out.add(message.message_id)
        message_id = itemgetter(batch.shape._fields.index("message_id"))
        kept = [row for row in batch.values if message_id(row) not in self._left_out]
        return Batch.of(batch.shape, kept)

    def _ours(self, batch: Batch[Any]) -> set[str]:
        """The sessions in a batch that are ours."""
        strange = batch.sessions.keys() - self._sessions.keys()
        # Rows whose sessions are nowhere are lost.
        self._lost += sum(batch.sessions[session] for session in strange - self._others)
        return batch.sessions.keys() - strange

    def _unfinished(self) -> UnfinishedRows:
        """Rows that were not finished when they were read.

        Those of other databases, too: the one that the row came from last may be a backup of this.
        """
        messages = self._store.execute(
            "SELECT message_id, session_id FROM messages INDEXED BY messages_open "
            "WHERE role = 'assistant' AND completed IS NULL"
        )
        calls = self._store.execute(
            "SELECT call_key, message_id FROM calls INDEXED BY calls_open WHERE outcome = 'running'"
        )
        return UnfinishedRows(dict(messages.fetchall()), dict(calls.fetchall()))

    def _resume(self, sessions: Collection[Session], loader: Loader) -> dict[str, _Progress]:
        """How far each storage was read; nothing where everything has to be read."""
        row = self._store.execute(
            "SELECT state, merged FROM merge_state WHERE source = ? AND kind = 'database'",
            (self._source,),
        ).fetchone()
        if row is None:
            return {}
        state: dict[str, Any] = orjson.loads(row[0])
        # Sessions that were left out of a merge for one project have to be read for another.
        if state.get("scope") != self._scope_name() or _has_strangers(sessions, loader, row[1]):
            return {}
        return {
            version: _Progress(
                read["mark"],
                Losses(read["malformed"], read["dropped"]),
                Counter(read.get("unknown", {})),
            )
            for version, read in state.get("storages", {}).items()
            if "mark" in read  # else of a store from before 0.1.0
        }

    def _scope_name(self) -> str | None:
        return None if self._scope is None else as_text(self._scope)

    def _remember(self, storages: dict[str, _Progress], broken: Losses) -> None:
        marks = {
            version: {"mark": read.mark, **read.lost._asdict(), "unknown": read.unknown}
            for version, read in storages.items()
        }
        lost, unknown = broken, Counter[str]()
        for read in storages.values():
            lost = lost.plus(*read.lost)
            unknown.update(read.unknown)
        state = {"scope": self._scope_name(), "storages": marks}
        remember(self._store, self._source, "database", state, lost, self._now, unknown)


class _Progress(NamedTuple):
    """How far a storage was read, and what was lost, or not known, up to there."""

    mark: Mark
    lost: Losses
    unknown: Counter[str]


def _has_strangers(sessions: Collection[Session], loader: Loader, merged: int) -> bool:
    """Whether a session of ours is older than the last merge, and yet not in the store.

    It was moved into the project's folder, or imported: its rows may be before the mark.
    """
    known = loader.known_sessions
    return any(
        session.session_id not in known and (session.created or 0) < merged for session in sessions
    )
