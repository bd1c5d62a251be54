"""Skill activations: a row for every load of a skill, with what happened in the window after it."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .windows import Child, TreeCall, TreeMessage, Windows


def derive_activations(store: sqlite3.Connection, sessions: Iterable[str]) -> None:
    """Make the `load` rows of `skill_metrics`, and `calls.active_skill`, anew.

    A child's messages count in its parent's windows, so whole trees of sessions are done at a time.

    Args:
        store: the unified store.
        sessions: those in which something changed.

    """
    store.execute("CREATE TEMP TABLE active (message_id TEXT PRIMARY KEY, skill TEXT)")
    for tree in _trees(store, sessions):
        marks = ", ".join("?" * len(tree))
        store.execute(
            f"DELETE FROM skill_metrics WHERE kind = 'load' AND session_id IN ({marks})", tree
        )
        loads = store.execute(
            "SELECT call_key, session_id, message_id, outcome, reason, started, ended, "
            "duration_ms, model, agent, skill, skill_version, context_chars, counted "
            f"FROM calls INDEXED BY calls_skill WHERE session_id IN ({marks}) "
            "AND skill IS NOT NULL",
            tree,
        ).fetchall()
        if loads:
            _derive_tree(store, tree, marks, [_Load(*load) for load in loads])
        _spread_skill(store, tree, marks)
    store.execute("DROP TABLE active")


def _spread_skill(store: sqlite3.Connection, tree: list[str], marks: str) -> None:
    """Tell messages and calls of a tree which skill was active, from the temp table `active`."""
    for table in ("messages", "calls"):
        store.execute(
            f"UPDATE {table} SET active_skill = "
            f"(SELECT skill FROM active WHERE active.message_id = {table}.message_id) "
            f"WHERE session_id IN ({marks}) AND (active_skill IS NOT NULL "
            "OR message_id IN (SELECT message_id FROM active))",
            tree,
        )
    store.execute("DELETE FROM active")


def _trees(store: sqlite3.Connection, sessions: Iterable[str]) -> Iterator[list[str]]:
    """The connected sets of sessions that `sessions` lie in."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for parent, child in store.execute(
        "SELECT parent_id, session_id FROM sessions WHERE parent_id IS NOT NULL "
        "UNION SELECT session_id, child_id FROM calls WHERE child_id IS NOT NULL"
    ):
        neighbours[parent].add(child)
        neighbours[child].add(parent)
    seen: set[str] = set()
    for session in sorted(sessions):
        if session in seen:
            continue
        tree, open_ends = {session}, [session]
        while open_ends:
            for other in neighbours.get(open_ends.pop(), ()):
                if other not in tree:
                    tree.add(other)
                    open_ends.append(other)
        seen |= tree
        yield sorted(tree)


class _Load(NamedTuple):
    """A call that loads a skill, or tried to."""

    call_key: str
    session_id: str
    message_id: str
    outcome: str
    reason: str | None
    started: int | None
    ended: int | None
    duration_ms: int | None
    model: str | None
    agent: str | None
    skill: str
    skill_version: str | None
    context_chars: int | None
    counted: int


def _derive_tree(
    store: sqlite3.Connection, tree: list[str], marks: str, loads: list[_Load]
) -> None:
    messages = store.execute(
        "SELECT message_id, session_id, coalesce(created, 0), role IS 'assistant', opens_turn "
        f"FROM messages WHERE session_id IN ({marks})",
        tree,
    ).fetchall()
    tasks = store.execute(
        "SELECT call_key, session_id, message_id, started, child_id, counted FROM calls "
        f"WHERE child_id IN ({marks})",
        tree,
    ).fetchall()
    children = store.execute(
        "SELECT session_id, parent_id, created FROM sessions "
        f"WHERE session_id IN ({marks}) AND parent_id IS NOT NULL AND created IS NOT NULL",
        tree,
    ).fetchall()
    windows = Windows(
        map(TreeMessage._make, messages),
        [TreeCall(c[0], c[1], c[2], c[3] or 0, False, c[4], c[5]) for c in tasks]
        + [
            TreeCall(c.call_key, c.session_id, c.message_id, c.started or 0, True, None)
            for c in loads
            if c.outcome == "succeeded"
        ],
        [Child(*each) for each in children],
    )
    skills = {load.call_key: load.skill for load in loads}
    inside = {message[0]: windows.all(message[0]) for message in messages}
    store.executemany(
        "INSERT INTO active VALUES (?, ?)",
        # The innermost window's latest load is the skill that was active.
        (
            (message, skills[windows.loads[around[0]][-1].call_key])
            for message, around in inside.items()
            if around
        ),
    )
    sums = _Sums()
    # Most messages lie in no window: what else is to be known of them need not be read.
    for message in store.execute(_ACTIVE_MESSAGES).fetchall():
        for window in inside[message[0]]:
            sums.add(window, message)
        own = windows.own(message[0])
        if own is not None:
            sums.extend(own, message)
    for message, calls, failed in store.execute(_ACTIVE_CALLS.format(marks), tree).fetchall():
        for window in inside[message]:
            sums.add_calls(window, calls, failed)
    store.executemany(_INSERT, [_row(load, windows, sums) for load in loads])


_ACTIVE_MESSAGES = """
SELECT message_id, coalesce(completed, created, 0), counted, tokens_input, tokens_output,
       tokens_cache_read, cost
FROM active JOIN messages USING (message_id)
ORDER BY message_id  -- a sum of costs depends on the order, and must not on that of the merges
"""

_ACTIVE_CALLS = """
SELECT message_id, count(*), sum(outcome IN ('failed', 'timed_out', 'invalid')) FROM calls
WHERE session_id IN ({}) AND counted = 1 AND message_id IN (SELECT message_id FROM active)
GROUP BY message_id
"""


class _Sums:
    """What happened in each window."""

    def __init__(self) -> None:
        # Unknown plus unknown is unknown: a sum exists once one of its parts does.
        self.amounts: dict[str, list[Any]] = defaultdict(lambda: [None] * 4)
        self.calls: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)
        self.end: dict[str, int] = {}

    def extend(self, window: str, message: tuple[Any, ...]) -> None:
        """A window lasts until the last message of its own session has ended."""
        self.end[window] = max(message[1], self.end.get(window, 0))

    def add(self, window: str, message: tuple[Any, ...]) -> None:
        """Count a message into a window that it lies in."""
        if message[2]:
            amounts = self.amounts[window]
            for at, value in enumerate(message[3:]):
                if value is not None:
                    amounts[at] = value + (amounts[at] or 0)

    def add_calls(self, window: str, calls: int, failed: int) -> None:
        """Count the calls of a message into a window that it lies in."""
        self.calls[window] += calls
        self.failed[window] += failed


_INSERT = """
INSERT INTO skill_metrics (
    metric_id, kind, skill, skill_version, session_id, call_key, model, agent, started, ended,
    outcome, reason, load_ms, window_ms, context_chars, tokens_input, tokens_output,
    tokens_cache_read, cost, tool_calls, failed_tool_calls, counted
) VALUES (?, 'load', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _row(load: _Load, windows: Windows, sums: _Sums) -> tuple[Any, ...]:
    window = load.message_id
    opened = any(each.call_key == load.call_key for each in windows.loads.get(window, ()))
    window_ms = None
    inside: tuple[Any, ...] = (None,) * 6
    if opened:
        if window in sums.end and load.ended is not None:
            window_ms = max(0, sums.end[window] - load.ended)
        inside = (*sums.amounts[window], sums.calls[window], sums.failed[window])
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
        *inside,
        load.counted,
    )
