"""Sessions of an OpenCode that a command of another one started, as the plugin notes them.

OpenCode knows nothing of that. The plugin writes beside the journal of the outer project a line for
each session that it first hears of in such a command, at 1 MiB into a new file::

    {"session_id":"ses_inner","parent_session_id":"ses_outer","parent_call_id":"call_7","time":MS}

The outer session becomes the parent of the inner one, and the call what began it, as a `task` call
begins a subagent: its messages belong to the windows that the call is in. Where the call is not
known, they belong to those of the last message that the outer session began before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import orjson

from ...regular_file import read_plain
from ..changes import Changes
from .journal_places import is_of_this_user

# The older first.
_NAMES = ("nested-sessions.1.jsonl", "nested-sessions.jsonl")
_BYTES_MAX = 4 << 20
_ID_CHARS_MAX = 1_000


class Parent(NamedTuple):
    """What a nested session was started in: a session, and the id of its call if that is known."""

    session_id: str
    call_id: str | None


def attribute_nested(store: sqlite3.Connection, journals: Iterable[Path], changes: Changes) -> None:
    """Write to the sessions in the store which ones, and which calls, they were started in.

    What OpenCode itself says of a session's parent is not changed; nor is what was noted before.

    `journals` are where the notes are beside, whether or not there is a journal.
    """
    known = "SELECT parent_id, parent_call_id FROM sessions WHERE session_id = ?"
    for session, noted in nested_sessions(journals).items():
        row = store.execute(known, (session,)).fetchone()
        if row is None or row == noted:
            continue
        parent, call = row
        if call is None and parent in (None, noted.session_id):
            store.execute(
                "UPDATE sessions SET parent_id = ?, parent_call_id = ? WHERE session_id = ?",
                (*noted, session),
            )
            changes.add_sessions([session])


def nested_sessions(journals: Iterable[Path]) -> dict[str, Parent]:
    """What each nested session was started in, by its id; what can't be read says nothing."""
    notes: list[tuple[float, str, Parent]] = []
    for folder in {journal.parent: None for journal in journals if is_of_this_user(journal)}:
        for name in _NAMES:
            try:
                lines = read_plain(folder / name, _BYTES_MAX).splitlines()
            except OSError:
                continue
            notes += (note for line in lines if (note := _read(line)) is not None)
    notes.sort(key=itemgetter(0))
    # What continues a session later, in whichever project, does not begin it.
    return {session: parent for _, session, parent in reversed(notes)}


def _read(line: bytes) -> tuple[float, str, Parent] | None:
    """When a note was made (ms, 0 if it does not say), of which session, and what it began in."""
    try:
        said = orjson.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    time, session = said.get("time"), _id(said.get("session_id"))
    parent, call = _id(said.get("parent_session_id")), _id(said.get("parent_call_id"))
    if session is None or parent is None or session == parent:
        return None
    return time if isinstance(time, int | float) else 0, session, Parent(parent, call)


def _id(value: object) -> str | None:
    """An id as the facts have it, blanks stripped."""
    return value.strip() or None if isinstance(value, str) and len(value) <= _ID_CHARS_MAX else None
