"""A skill that a user loaded, as a call without a tool."""

from __future__ import annotations

from .message import Authorship
from .shapes import Call, Message, Values
from .skill_text import version_of

_CONTEXT_CHARS = Call._fields.index("context_chars")
_CREATED, _UPDATED = Message._fields.index("created"), Message._fields.index("updated")


def load_of_user(
    call_key: str,
    session_id: str,
    message_id: str,
    skill: str,
    loaded: str | None,
    at: int | None,
    updated: int | None,
    *,
    nested: bool,
) -> Values:
    """The values of a `Call`.

    Args:
        call_key: its key.
        session_id: its session's id.
        message_id: its message's.
        skill: the skill's id.
        loaded: its text; None if the message does not hold it.
        at: when it was loaded (ms). How long that took is not known.
        updated: when its row was last written (ms).
        nested: whether the user was another agent, in a subagent's session.
    """
    nothing = dict.fromkeys(Call._fields)
    load = {
        "call_key": call_key,
        "session_id": session_id,
        "message_id": message_id,
        "shell": False,
        "outcome": "succeeded",
        "started": at,
        "ended": at,
        "updated": updated,
        "skill": skill,
        "trigger": "nested" if nested else "user",
        "skill_version": version_of(loaded, whole=True) if loaded else None,
        "context_chars": len(loaded) if loaded else None,
    }
    return tuple((nothing | load).values())


def load_of_command(call_key: str, message: Values, written: Authorship, *, nested: bool) -> Values:
    """The load of a ``/skill`` command of 1.x, by the part and the message that it wrote."""
    message_id, session_id = message[:2]
    load = load_of_user(
        call_key,
        session_id,
        message_id,
        written.skill or "",
        written.loaded,
        message[_CREATED],
        message[_UPDATED],
        nested=nested,
    )
    return (*load[:_CONTEXT_CHARS], len(written.text), *load[_CONTEXT_CHARS + 1 :])
