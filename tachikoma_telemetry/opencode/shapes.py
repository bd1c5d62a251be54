"""The shapes that every storage version is read into.

Field names are the columns of the unified store (store/schema.sql), which says what they mean.
Times are ms since the epoch; None is unknown, or a column that the version does not have.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

# A row of a shape: its values in the order of the fields. Making rows as NamedTuples, and binding
# them to SQL, takes a tenth of a first merge. So `read_message` and `make_call` alone make rows, of
# variables named as the fields are (tests/opencode/test_shapes.py compares the names).
Values = tuple[Any, ...]
Shape = TypeVar("Shape", bound="Message | Call")


class Session(NamedTuple):
    """A session; `parent_id` is the one whose `task` call began it."""

    session_id: str
    parent_id: str | None
    project_id: str | None
    directory: str | None
    title: str | None
    version: str | None
    created: int | None
    updated: int | None
    archived: int | None
    todos: int | None
    todos_completed: int | None


class Message(NamedTuple):
    """A message; `opens_turn` is true for one that a user wrote."""

    message_id: str
    session_id: str
    role: str | None
    directory: str | None
    created: int | None
    completed: int | None
    updated: int | None
    provider: str | None
    model: str | None
    agent: str | None
    tokens_input: int | None
    tokens_output: int | None
    tokens_reasoning: int | None
    tokens_cache_read: int | None
    tokens_cache_write: int | None
    cost: float | None
    error_type: str | None
    turn_outcome: str | None
    opens_turn: bool
    copied: bool
    read_skill: str | None


class Call(NamedTuple):
    """A tool call; `call_key` is its own id in the database, `call_id` the model's."""

    call_key: str
    session_id: str
    message_id: str
    call_id: str | None
    tool: str | None
    shell: bool
    outcome: str
    reason: str | None
    started: int | None
    ended: int | None
    duration_ms: int | None
    exit_code: int | None
    updated: int | None
    skill: str | None
    trigger: str | None
    skill_version: str | None
    context_chars: int | None
    file_digest: str | None
    command_digest: str | None
    script_skill: str | None
    script: str | None
    script_decides: bool | None
    parent_call: str | None
    child_id: str | None
    read_skill: str | None
