"""The windows of a tree of sessions, read from the facts."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from .script_runs import RAN
from .windows import Child, TreeCall, TreeMessage, Windows


class Load(NamedTuple):
    """A call that loads a skill, or tried to, or a user's load."""

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
    trigger: str | None
    counted: int


def read_windows(
    store: sqlite3.Connection, tree: list[str], marks: str, loads: list[Load]
) -> Windows:
    """The windows of a tree of sessions.

    `marks` has a question mark for each session of the tree, with commas.
    """
    calls = [
        TreeCall(
            load.call_key,
            load.session_id,
            load.message_id,
            load.started or 0,
            load.skill,
            child_id=None,
        )
        for load in loads
        if load.outcome == "succeeded"
    ]
    if not calls:
        return Windows((), ())
    children = []
    if len(tree) > 1:
        tasks = store.execute(
            "SELECT call_key, session_id, message_id, coalesce(started, 0), NULL, child_id, "
            f"counted FROM calls WHERE child_id IN ({marks})",
            tree,
        ).fetchall()
        tasks += store.execute(_COMMANDS.format(marks), tree).fetchall()
        calls += map(TreeCall._make, tasks)
        parents = store.execute(
            "SELECT session_id, parent_id, created FROM sessions "
            f"WHERE session_id IN ({marks}) AND parent_id <> session_id AND created IS NOT NULL",
            tree,
        ).fetchall()
        children = [Child(*each) for each in parents]
    messages: dict[str, TreeMessage] = {}

    def read(where: str, *values: str) -> None:
        query = f"SELECT {TREE_MESSAGE} FROM messages {where}"
        for found in store.execute(query, values):
            messages[found[0]] = TreeMessage._make(found)

    for session in tree:
        read("INDEXED BY messages_turns WHERE session_id = ? AND opens_turn = 1", session)
    skills = {load.skill for load in loads}
    naming = [each for session in tree for each in store.execute(_NAMED, (session,))]
    naming = [(message_id, skill) for message_id, skill in naming if skill in skills]
    for message_id in {call.message_id for call in calls} | {each for each, _ in naming}:
        read("WHERE message_id = ?", message_id)
    named = {call.child_id for call in calls if call.child_id != call.session_id}
    for parent in {child.parent_id for child in children if child.session_id not in named}:
        read("WHERE session_id = ?", parent)
    loading = {load.message_id for load in loads}
    for message_id in sorted(loading):
        for (asked,) in store.execute(_ASKED_FOR, (message_id,)):
            if asked not in loading:
                messages.pop(asked, None)
    return Windows(messages.values(), calls, children, naming)


# The commands in which sessions of this tree were started.
_COMMANDS = """
SELECT c.call_key, c.session_id, c.message_id, coalesce(c.started, 0), NULL, s.session_id, c.counted
FROM sessions s CROSS JOIN calls c
    ON c.session_id = s.parent_id AND c.call_id = s.parent_call_id AND c.shell = 1
WHERE s.session_id IN ({}) AND s.parent_call_id IS NOT NULL
"""


TREE_MESSAGE = (
    "message_id, session_id, coalesce(created, 0), "
    "role IS 'assistant' OR role IS 'compaction', opens_turn"
)


# Messages in which a call ran a file of a skill, or recorded an event that names one.
_NAMED = f"""
SELECT message_id, script_skill FROM calls c INDEXED BY calls_script
WHERE session_id = ?1 AND script_skill IS NOT NULL AND {RAN}
UNION
SELECT c.message_id, named.skill FROM (
    SELECT DISTINCT call_key, skill FROM events INDEXED BY events_session
    WHERE session = ?1 AND call_key IS NOT NULL AND skill IS NOT NULL
) named
CROSS JOIN calls c ON c.call_key = named.call_key
"""


# What a user wrote after loading a skill, before the model did anything: it is what the skill was
# loaded for, and ends no window.
_ASKED_FOR = """
SELECT u.message_id FROM messages l
JOIN messages u INDEXED BY messages_turns
    ON u.session_id = l.session_id AND u.opens_turn = 1 AND u.created > l.created
    AND u.created < coalesce((
        SELECT min(a.created) FROM messages a
        WHERE a.session_id = l.session_id AND a.role = 'assistant' AND a.created > l.created
    ), 9e18)
WHERE l.message_id = ? AND l.role = 'skill'
"""
