"""Sessions of an OpenCode that a command of another one started, as the plugin notes them.

OpenCode knows nothing of that. The plugin writes beside the journal of the outer project a line for
each session that it first hears of in such a command, at 1 MiB into a new file::

    {"session_id":"ses_inner","parent_session_id":"ses_outer","parent_call_id":"call_7","time":MS}

The outer session becomes the parent of the inner one, as that of a subagent that no call names: its
messages belong to the windows of the last message that the outer session began before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from ...regular_file import read_plain
from .journal_places import is_of_this_user

# The older first.
_NAMES = ("nested-sessions.1.jsonl", "nested-sessions.jsonl")
_BYTES_MAX = 4 << 20
_ID_CHARS_MAX = 1_000


def nested_sessions(journals: Iterable[Path]) -> dict[str, str]:
    """The session that each nested one was started in, by its id; what can't be read says nothing.

    Args:
        journals: where the journals are, or would be, that the notes are beside.

    """
    parents: dict[str, str] = {}
    for folder in {journal.parent: None for journal in journals if is_of_this_user(journal)}:
        for name in _NAMES:
            try:
                lines = read_plain(folder / name, _BYTES_MAX).splitlines()
            except OSError:
                continue
            for line in lines:
                session, parent = _read(line)
                # What continues a session later does not begin it.
                if session is not None and parent is not None and session != parent:
                    parents.setdefault(session, parent)
    return parents


def _read(line: bytes) -> tuple[str | None, str | None]:
    try:
        said = orjson.loads(line)
    except ValueError:
        return None, None
    if not isinstance(said, dict):
        return None, None
    return _id(said.get("session_id")), _id(said.get("parent_session_id"))


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _ID_CHARS_MAX else None
