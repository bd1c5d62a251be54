"""The data of a message of 1.x as a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .numbers import Numbers
from .shapes import Values
from .skill_text import is_of_plugin, skill_of_command
from .values import section, text

# OpenCode's words above a command that a user typed into its prompt after a "!".
_SHELL_WORDS = "The following tool was executed by the user"

# The roles of what a user may have written: `skill` is a skill that a user loaded.
_OF_USERS = frozenset({"user", "skill"})


class Authorship(NamedTuple):
    """What a part says of who wrote its message.

    Attributes:
        skill: the skill that a ``/skill`` command put into it, None without one.
        loaded: the skill's text.
        text: all that was put into it.
    """

    skill: str | None = None
    loaded: str = ""
    text: str = ""


def read_message(
    message_id: str,
    session_id: str,
    row_updated: object,
    body: dict[str, Any],
    begun: int | None,
    written: Callable[[str], bool],
    numbers: Numbers,
    *,
    row_created: object = None,
    is_copy: bool | None = None,
    directory: str | None = None,
    turn_outcome: str | None = None,
) -> Values:
    """The values of a `Message` from its `data`.

    Args:
        message_id: its id.
        session_id: its session's.
        row_updated: when its row was last written (ms).
        body: the data.
        begun: when its session began (ms).
        written: says of a message that a model did not write whether a user did.
        numbers: counts those that are out of range.
        row_created: when its row was made (ms), for a message that does not say so itself.
        is_copy: whether a fork copied it; None if only the times can say.
        directory: the folder it ran in, where its session has moved since.
        turn_outcome: how the turn that it ends came out.
    """
    get, moment, count = body.get, numbers.moment, numbers.count
    times, tokens, error = section(get("time")), section(get("tokens")), section(get("error"))
    created, completed = moment(times.get("created")), moment(times.get("completed"))
    if created is None:
        created = moment(row_created)
    updated = moment(row_updated)
    provider, model = text(get("providerID")), text(get("modelID"))
    model = f"{provider}/{model}" if provider and model else model
    role, agent = text(get("role")), text(get("agent"))
    opens_turn = role in _OF_USERS and written(message_id)
    read_skill = None  # what a command puts into a message is a load
    tokens_input = tokens_output = tokens_reasoning = tokens_cache_read = tokens_cache_write = None
    if tokens:
        cache = section(tokens.get("cache"))
        tokens_input, tokens_output = count(tokens.get("input")), count(tokens.get("output"))
        tokens_reasoning = count(tokens.get("reasoning"))
        tokens_cache_read, tokens_cache_write = count(cache.get("read")), count(cache.get("write"))
    cost, error_type = numbers.amount(get("cost")), text(error.get("name"))
    copied = is_copy
    if copied is None:
        # A fork writes its copies when it begins: they are older than their session.
        copied = created is not None and begun is not None and created < begun
    return (
        message_id,
        session_id,
        role,
        directory,
        created,
        completed,
        updated,
        provider,
        model,
        agent,
        tokens_input,
        tokens_output,
        tokens_reasoning,
        tokens_cache_read,
        tokens_cache_write,
        cost,
        error_type,
        turn_outcome,
        opens_turn,
        copied,
        read_skill,
    )


def written_by_a_person(part: Mapping[str, Any]) -> Authorship | None:
    """What a part says of who wrote its message; None when it says nothing."""
    if part.get("type") == "subtask":
        # A /command for a subagent, which finds the words in its own session.
        return Authorship()
    words = part.get("text")
    # What is ignored is for the user: a plugin's notice, which the model never sees.
    if part.get("type") != "text" or part.get("ignored") is True:
        return None
    if part.get("synthetic") is True and words != _SHELL_WORDS:
        return None
    if not isinstance(words, str):
        return Authorship()
    if is_of_plugin(words):
        return None
    found = skill_of_command(words)
    return Authorship(*found, words) if found else Authorship()
