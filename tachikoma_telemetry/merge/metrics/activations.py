"""Skill activations: a row for every load of a skill, with what happened in the window after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from ...store.time_limits import ABANDONED_AFTER_MS
from .read_windows import TREE_MESSAGE, Load, read_windows
from .window_sums import WindowSums
from .windows import TreeMessage, WindowPiece, Windows


def derive_activations(store: sqlite3.Connection, sessions: Iterable[str]) -> set[str]:
    """Make the `load` rows of `skill_metrics`, and the `active_skill` of messages and calls, again.

    A child's messages count in its parent's windows, so whole trees of sessions are done at a time.

    Args:
        store: the unified store.
        sessions: those in which something changed.

    Returns:
        The sessions in which another skill was active, or none, than was known before.
    """
    changed: set[str] = set()
    store.execute("CREATE TEMP TABLE active (message_id TEXT PRIMARY KEY) WITHOUT ROWID")
    # As long as there is no load, nothing has ever been active.
    ever = store.execute(
        "SELECT EXISTS (SELECT 1 FROM skill_metrics WHERE kind = 'load')"
    ).fetchone()[0]
    for tree in _trees(store, sessions):
        marks = ", ".join("?" * len(tree))
        former = store.execute(
            f"DELETE FROM skill_metrics WHERE kind = 'load' AND session_id IN ({marks})", tree
        ).rowcount
        loads = store.execute(
            "SELECT call_key, session_id, message_id, outcome, reason, started, ended, "
            "duration_ms, model, agent, skill, skill_version, context_chars, trigger, counted "
            f"FROM calls INDEXED BY calls_skill WHERE session_id IN ({marks}) "
            "AND skill IS NOT NULL",
            tree,
        ).fetchall()
        active = _derive_tree(store, tree, marks, [Load(*load) for load in loads])
        for table, skills in active.items():
            formerly = tree if former or ever else []
            if _write_active(store, table, formerly, skills):
                changed.update(tree)
    store.execute("DROP TABLE active")
    return changed


def _write_active(
    store: sqlite3.Connection, table: str, formerly: list[str], skills: dict[int, str]
) -> bool:
    """Write to messages or calls which skill was active; returns whether anything changed.

    Args:
        store: the unified store.
        table: messages or calls.
        formerly: sessions in which other rows may still have a skill.
        skills: the skills by the rows' rowids.
    """
    marks = ", ".join("?" * len(formerly))
    before: dict[int, str] = dict(
        store.execute(
            f"SELECT rowid, active_skill FROM {table} "
            f"WHERE session_id IN ({marks}) AND active_skill IS NOT NULL",
            formerly,
        ).fetchall()
    )
    changed: list[tuple[str | None, int]] = [
        (skill, row) for row, skill in skills.items() if before.get(row) != skill
    ]
    changed += [(None, row) for row in before.keys() - skills.keys()]
    store.executemany(f"UPDATE {table} SET active_skill = ? WHERE rowid = ?", changed)
    return bool(changed)


def _trees(store: sqlite3.Connection, sessions: Iterable[str]) -> Iterator[list[str]]:
    """The connected sets of sessions that `sessions` are in."""
    seen: set[str] = set()
    for session in sessions:
        if session in seen:
            continue
        tree, open_ends = {session}, [session]
        while open_ends:
            for (other,) in store.execute(_NEIGHBOURS, (open_ends.pop(),)):
                if other not in tree:
                    tree.add(other)
                    open_ends.append(other)
        seen |= tree
        yield sorted(tree)


_NEIGHBOURS = """
SELECT session_id FROM sessions WHERE parent_id = ?1
UNION ALL SELECT parent_id FROM sessions WHERE session_id = ?1 AND parent_id IS NOT NULL
UNION ALL SELECT child_id FROM calls INDEXED BY calls_tasks
    WHERE session_id = ?1 AND child_id IS NOT NULL
UNION ALL SELECT session_id FROM calls WHERE child_id = ?1
"""


def _derive_tree(
    store: sqlite3.Connection, tree: list[str], marks: str, loads: list[Load]
) -> dict[str, dict[int, str]]:
    """Make the rows of a tree's loads; returns the active skills of its messages and calls."""
    found = _Attribution(read_windows(store, tree, marks, loads))
    # Most messages are in no window, and need not be read.
    rows = [
        row
        for session in tree
        for span in found.windows.spans(session)
        for row in store.execute(*_made_in(session, *span)).fetchall()
    ]
    # A sum of costs depends on the order, and must not on that of the merges.
    rows.sort(key=itemgetter(1))
    for rowid, *fields, updated, completed, counted, tokens_in, tokens_out, cached, cost in rows:
        message = TreeMessage._make(fields)
        amounts = (tokens_in, tokens_out, cached, cost) if counted else None
        found.add_message(rowid, message, updated, completed, amounts)
    if found.inside:
        store.execute("DELETE FROM active")
        store.executemany("INSERT INTO active VALUES (?)", zip(found.inside))
        for row in store.execute(_ACTIVE_CALLS.format(marks), tree).fetchall():
            found.add_call(*row)
    found.end_lives()
    _write_also_active(store, tree, marks, found.inside)
    store.executemany(_INSERT, map(found.row, loads))
    return found.active


class _Attribution:
    """Which windows the messages and calls of a tree are in, and which loads they count for.

    Attributes:
        windows: those of the tree.
        inside: the messages in a window, by their ids.
        active: the skill that was active, by rowids of messages and of calls.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.inside: dict[str, _MessageWindows] = {}
        self.active: dict[str, dict[int, str]] = {"messages": {}, "calls": {}}
        self._sums = WindowSums()
        # Most messages of a tree are in one of a few windows.
        self._known: dict[tuple[WindowPiece, ...], dict[str, str]] = {}

    def add_message(
        self,
        rowid: int,
        message: TreeMessage,
        updated: int | None,
        completed: int | None,
        amounts: tuple[Any, ...] | None,
    ) -> None:
        """Add a message; `amounts` are its tokens and cost, None for one that does not count."""
        around = self.windows.all(message)
        if not around:
            return
        holders = self._holders(tuple(around))
        life = None
        if completed is None:
            life = _SignsOfLife(message.created, updated)
        else:
            for span in around:
                self._sums.extend(span, completed)
        self.inside[message.message_id] = _MessageWindows(around, holders, life)
        self.active["messages"][rowid] = next(iter(holders))
        if amounts is not None:
            for load in holders.values():
                self._sums.add(load, amounts)

    def add_call(
        self, rowid: int, message_id: str, counted: int, failed: int, *times: int | None
    ) -> None:
        """Add a call of a message inside; `times`: when it began and ended, and was written."""
        place = self.inside[message_id]
        self.active["calls"][rowid] = next(iter(place.holders))
        if place.life is not None:
            place.life.sign(*times)
        if counted:
            for load in place.holders.values():
                self._sums.add_call(load, failed)

    def end_lives(self) -> None:
        """End the windows of messages without an end, when all calls are added."""
        for place in self.inside.values():
            if place.life is not None:
                for span in place.around:
                    self._sums.extend(span, place.life.end())

    def _holders(self, around: tuple[WindowPiece, ...]) -> dict[str, str]:
        """Of each skill in whose windows a message is, the load that it counts for.

        A message counts once a skill, however often the skill was loaded around it: for the
        innermost window's latest load. The first in the result is the skill that was active.
        """
        if around not in self._known:
            holders = self._known[around] = dict[str, str]()
            for span in around:
                for load in reversed(self.windows.loads[span.window]):
                    if load.skill is not None and load.skill in span.skills:
                        holders.setdefault(load.skill, load.call_key)
        return self._known[around]

    def row(self, load: Load) -> tuple[Any, ...]:
        """The row of a load in `skill_metrics`."""
        window, key = load.message_id, load.call_key
        window_ms = None
        inside: tuple[Any, ...] = (None,) * 6
        # Of a skill that was loaded twice in one message the window is the later load's.
        if key == self.windows.last_load(window, load.skill):
            sums = self._sums
            if load.ended is not None:
                window_ms = sums.lasted(window, load.skill, load.ended)
            inside = (*sums.amounts[key], sums.calls[key], sums.failed[key])
        return (
            f"load:{load.call_key}",
            load.skill,
            load.skill_version,
            load.session_id,
            load.call_key,
            load.model,
            load.agent,
            load.started,
            load.ended,
            load.outcome,
            load.reason,
            load.duration_ms,
            window_ms,
            load.context_chars,
            load.trigger,
            *inside,
            load.counted,
        )


class _MessageWindows(NamedTuple):
    """Where a message is: its windows, and the load of each skill that it counts for; its life,
    if it has no end.
    """

    around: list[WindowPiece]
    holders: dict[str, str]
    life: _SignsOfLife | None


class _SignsOfLife:
    """When a message that has no end last showed that it was alive (ms)."""

    def __init__(self, created: int, updated: int | None) -> None:
        self._last = created
        self._written = updated or 0

    def sign(self, started: int | None, ended: int | None, updated: int | None) -> None:
        """A call of the message began and ended, and its row was last written then."""
        self._last = max(self._last, started or 0, ended or 0)
        self._written = max(self._written, updated or 0)

    def end(self) -> int:
        """The last sign of life."""
        # What was written later than that was not written by the message: OpenCode 1.2 took in the
        # files of the versions before it, and gave the rows the time at which it did.
        alive = self._last <= self._written <= self._last + ABANDONED_AFTER_MS
        return self._written if alive else self._last


def _write_also_active(
    store: sqlite3.Connection, tree: list[str], marks: str, inside: dict[str, _MessageWindows]
) -> None:
    """Write the skills in whose windows messages are beside the one that was active."""
    store.execute(f"DELETE FROM also_active WHERE session_id IN ({marks})", tree)
    store.executemany(
        "INSERT INTO also_active SELECT session_id, message_id, ? FROM messages "
        "WHERE message_id = ?",
        [
            (skill, message_id)
            for message_id, place in inside.items()
            for skill in list(place.holders)[1:]
        ],
    )


def _made_in(session: str, since: int, until: int) -> tuple[str, tuple[object, ...]]:
    """The query for the messages of a session that were made from a time to another (ms)."""
    # A time that is not known counts as 0; for the others the index can be used.
    created = "created" if since else "coalesce(created, 0)"
    query = (
        f"SELECT rowid, {TREE_MESSAGE}, CASE WHEN copied = 0 THEN updated END, completed, "
        f"counted, tokens_input, tokens_output, tokens_cache_read, cost FROM messages "
        f"WHERE session_id = ? AND {created} BETWEEN ? AND ?"
    )
    return query, (session, since, until)


_ACTIVE_CALLS = """
SELECT rowid, message_id, counted, outcome IN ('failed', 'timed_out', 'invalid'), started, ended,
       CASE WHEN copied = 0 THEN updated END
FROM calls
WHERE session_id IN ({}) AND message_id IN active
"""


_INSERT = """
INSERT INTO skill_metrics (
    metric_id, kind, skill, skill_version, session_id, call_key, model, agent, started, ended,
    outcome, reason, load_ms, window_ms, context_chars, trigger, tokens_input,
    tokens_output, tokens_cache_read, cost, tool_calls, failed_tool_calls, counted
) VALUES (?, 'load', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
