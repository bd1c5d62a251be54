"""A list of rows that is read page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ...store.store import read_store, store_errors
from ..build import MINIMUM_ATTEMPTS
from ..engine import SqliteEngine
from ..query import row_of
from ..selection.filters import Filters
from ..selection.views import prepare
from ..validity import without_impossible
from .kinds import KINDS

R = TypeVar("R")

_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which rows a list holds, and in which order.

    Attributes:
        kind: a name of `KINDS`.
        filters: which rows count.
        equal: columns that must have this value; None is unknown.
        only: the name of one of the kind's conditions; None is all.
        search: a text that one of the kind's words must hold; capitals do not matter.
        order: a column to sort by; None is the kind's own order.
        falling: whether the greatest comes first.

    """

    kind: str
    filters: Filters = field(default_factory=Filters)
    equal: Mapping[str, object] = field(default_factory=dict)
    only: str | None = None
    search: str = ""
    order: str | None = None
    falling: bool = True


class Listing:
    """The rows that are wanted, as they are now, in a private temporary table.

    Only the thread that made it may use it. Close it: it holds a connection, but no lock.
    """

    def __init__(self, store: Path, wanted: ListQuery, *, now_ms: int) -> None:
        """Read the rows.

        Raises:
            StoreError: when there is no store, or it can't be read.
            UnknownSessionError: when the filters name a session that is not there.

        """
        self._path, self._kind = store, KINDS[wanted.kind]
        self._connection = read_store(store)
        try:
            with store_errors("read", store):
                self._fill(wanted, now_ms)
                # It stays open for as long as its screen: it keeps no pages meanwhile.
                self._connection.execute("PRAGMA shrink_memory")
        except BaseException:
            self._connection.close()
            raise

    def _fill(self, wanted: ListQuery, now_ms: int) -> None:
        connection, kind = self._connection, self._kind
        connection.execute("PRAGMA temp_store = FILE")
        engine = SqliteEngine(connection)
        prepare(engine, wanted.filters, now_ms=now_ms, minimum=MINIMUM_ATTEMPTS, needs=kind.needs)
        conditions = [f"{column} IS ?" for column in wanted.equal]
        values = [*wanted.equal.values()]
        if wanted.only is not None:
            conditions.append(f"({(kind.where or {})[wanted.only]})")
        if wanted.search:
            conditions.append(f"({' OR '.join(f'instr(lower({e}), ?) > 0' for e in kind.words)})")
            values += [wanted.search.lower()] * len(kind.words)
        order = kind.order
        if wanted.order is not None:
            turned = "DESC" if wanted.falling else "ASC"
            order = f"{wanted.order} {turned} NULLS LAST, {kind.key}"
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        connection.execute(
            f"CREATE TEMP TABLE listed AS SELECT * FROM ({kind.sql}) {where} ORDER BY {order}",
            values,
        )
        # SQLite numbers the rows of a new table from 1, in the order in which they come.
        (self.count,) = connection.execute("SELECT count(*) FROM listed").fetchone()
        self._tree: Sequence[tuple[int, int]] | None = None
        if kind.tree and wanted.order is None:
            query = "SELECT rowid, session_id, coalesce(parent_id, fork_of) FROM listed"
            self._tree = in_tree(connection.execute(query).fetchall())

    def page(self, start: int, stop: int) -> list[Any]:
        """The rows from number `start` up to `stop`, which is not in it; fewer at the end."""
        with store_errors("read", self._path):
            if self._tree is None:
                found = self._records("rowid > ? AND rowid <= ?", (start, stop))
                return self._rows([(each, 0) for each in found.values()])
            part = self._tree[start:stop]
            marks = ", ".join("?" * len(part))
            found = self._records(f"rowid IN ({marks})", [rowid for rowid, _ in part])
            return self._rows([(found[rowid], depth) for rowid, depth in part])

    def place(self, key: object) -> int | None:
        """The number of the row with this key; None when it is not in the list."""
        with store_errors("read", self._path):
            found = self._connection.execute(
                f"SELECT rowid FROM listed WHERE {self._kind.key} = ?", (key,)
            ).fetchone()
        if found is None or self._tree is None:
            return None if found is None else int(found[0]) - 1
        return next(at for at, (rowid, _) in enumerate(self._tree) if rowid == found[0])

    def close(self) -> None:
        """Give up the connection."""
        self._connection.close()

    def _records(self, where: str, values: Sequence[Any]) -> dict[int, dict[str, Any]]:
        cursor = self._connection.execute(
            f"SELECT rowid AS at, * FROM listed WHERE {where} ORDER BY rowid", values
        )
        names = [each[0] for each in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}

    def _rows(self, records: Sequence[tuple[dict[str, Any], int]]) -> list[Any]:
        kind, recorded = self._kind, dict[str, dict[str, int]]()
        if kind.counts:
            recorded = _recorded(self._connection, [record["call_key"] for record, _ in records])
        rows = []
        for record, depth in records:
            more: dict[str, Any] = {"depth": depth} if kind.tree else {}
            if kind.counts:
                of = recorded.get(record["call_key"], {})
                more = {"events": sum(of.values()), "recorded": of}
            rows.append(without_impossible(row_of(kind.row, record, **more)))
        return rows


def _recorded(connection: sqlite3.Connection, calls: Sequence[str]) -> dict[str, dict[str, int]]:
    """Type of event → how many, by the call that they were recorded in."""
    found: dict[str, dict[str, int]] = {}
    marks = ", ".join("?" * len(calls))
    query = f"SELECT call_key, type, events FROM call_events WHERE call_key IN ({marks})"
    for call, kind, many in connection.execute(query, calls):
        found.setdefault(call, {})[kind] = many
    return found


def in_tree(rows: Iterable[tuple[R, str, str | None]]) -> list[tuple[R, int]]:
    """Each row and its depth, children below their parents, oldest first.

    A row comes with its session and that one's parent, the newest first. One whose parent is not
    listed is at the top, as is one of a circle, which only a damaged database has.
    """
    given = [*rows]
    listed = {session for _, session, _ in given}
    children: dict[str | None, list[tuple[R, str]]] = {}
    for row, session, parent in given:
        children.setdefault(parent if parent in listed else None, []).append((row, session))
    placed: list[tuple[R, int]] = []
    seen: set[str] = set()
    for top in (*children.get(None, []), *((row, session) for row, session, _ in given)):
        waiting = [(*top, 0)]
        while waiting:
            row, session, depth = waiting.pop()
            if session not in seen:
                seen.add(session)
                placed.append((row, min(depth, _DEEPEST)))
                waiting += [(*child, depth + 1) for child in children.get(session, [])]
    return placed
