"""The data of a message of 1.x as a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .part import amount, count, moment, text
from .shapes import Values
from .skill_text import is_of_plugin, skill_of_command
from .values import section

# OpenCode's words above a command that a person typed into its prompt after a "!".
_SHELL_WORDS = "The following tool was executed by the user"

# Whether a message has a text that a person wrote, and the skill that a command put into it.
Written = tuple[bool, str | None]


def read_message(
    message_id: str,
    session_id: str,
    updated: object,
    body: dict[str, Any],
    begun: int | None,
    written: Callable[[str], Written],
) -> Values:
    """The values of a `Message` from its `data`.

    Args:
        message_id: its id.
        session_id: its session's.
        updated: when its row was last written (ms).
        body: the data.
        begun: when its session began (ms).
        written: looks into the parts of a user's message.

    """
    get = body.get
    times, tokens, error = section(get("time")), section(get("tokens")), section(get("error"))
    cache = section(tokens.get("cache"))
    created = moment(times.get("created"))
    provider, model = text(get("providerID")), text(get("modelID"))
    role = text(get("role"))
    opens_turn, read_skill = written(message_id) if role == "user" else (False, None)
    return (
        message_id,
        session_id,
        role,
        created,
        moment(times.get("completed")),
        moment(updated),
        provider,
        f"{provider}/{model}" if provider and model else model,
        text(get("agent")),
        count(tokens.get("input")),
        count(tokens.get("output")),
        count(tokens.get("reasoning")),
        count(cache.get("read")),
        count(cache.get("write")),
        amount(get("cost")),
        text(error.get("name")),
        opens_turn,
        # A fork writes its copies when it begins: they are older than their session.
        created is not None and begun is not None and created < begun,
        read_skill,
    )


def written_by_a_person(part: Mapping[str, Any]) -> Written | None:
    """What a part says of who wrote its message; None when it says nothing."""
    if part.get("type") == "subtask":
        # A /command for a subagent, which finds the words in its own session.
        return True, None
    words = part.get("text")
    # What is ignored is for the user: a plugin's notice, which the model never sees.
    if part.get("type") != "text" or part.get("ignored") is True:
        return None
    if part.get("synthetic") is True and words != _SHELL_WORDS:
        return None
    if not isinstance(words, str):
        return True, None
    return None if is_of_plugin(words) else (True, skill_of_command(words))
