"""What the state of a call of OpenCode 2 amounts to.

A command says how it ended in its metadata; one in the background says `status: running`, and a
later row of the session how it ended. What went wrong is an object with a type and a message. Rows
that were migrated from 1.x have its tools, its metadata and, in the message, its words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .outcome import (
    INVALID,
    RUNNING,
    SUCCEEDED,
    UNAVAILABLE,
    Outcome,
    call_outcome,
    command_outcome,
    error_outcome,
    exit_code_of,
    is_error_class,
)
from .values import section

_NO_TOOL = ("No tool named ", "Tool is not available for this request")
_WRONG_ARGUMENTS = "Invalid tool input"
_REFUSED = ("The user declined", "The user dismissed")
# The whole command follows these words, whatever went wrong with it.
_UNABLE = "Unable to execute command"
# Tools that say in words of their own what went wrong. Of an MCP server's tool, the error may be
# what a user wrote when they denied it; `shell` has no words but `_UNABLE`.
_BUILT_IN = frozenset(
    {
        *("subagent", "skill", "read", "edit", "write", "patch", "glob", "grep"),
        *("webfetch", "websearch", "question", "execute"),
        # In rows that were migrated.
        *("bash", "task", "apply_patch", "multiedit", "list", "todowrite", "todoread"),
    }
)
# What ran when its server died is ended when the session goes on, minutes or days later.
_SETTLED_LATE = "Tool execution interrupted: "


class End(NamedTuple):
    """What a later row says of something in the background; `time` is when it was written (ms)."""

    seq: int
    time: object
    state: object
    metadata: dict[str, Any]


class Verdict(NamedTuple):
    """How a call ended.

    Attributes:
        outcome: as of any call.
        ended: what its end is, to be checked.
    """

    outcome: Outcome
    ended: object


def verdict_of(
    tool: str,
    state: dict[str, Any],
    metadata: dict[str, Any],
    output: str | None,
    completed: object,
    end: End | None,
) -> Verdict:
    """How a call of `tool` ended, whose row says that it was `completed` then.

    Args:
        tool: the name in the row.
        state: its state.
        metadata: the state's.
        output: the text that the model got.
        completed: when it was settled.
        end: what a later row says of it, of a call that went to the background.
    """
    status = state.get("status")
    if status in ("error", "failed"):
        return _of_error(tool, state.get("error"), metadata, completed)
    if status != "completed":
        return Verdict(RUNNING, None)
    if metadata.get("status") == "running" and tool in ("shell", "subagent"):
        return _of_background(tool, end)
    if tool == "shell":
        return Verdict(command_outcome(metadata), completed)
    if tool in ("bash", "invalid"):
        return Verdict(call_outcome(tool, {**state, "output": output}, metadata), completed)
    if tool == "execute" and metadata.get("error") is True:
        # Its code threw; what, is in its output.
        return Verdict(Outcome("failed", "error", None), completed)
    return Verdict(SUCCEEDED, completed)


def user_verdict(body: dict[str, Any]) -> Verdict:
    """How a command of the user ended."""
    status, completed = body.get("status"), section(body.get("time")).get("completed")
    if status == "killed":
        return Verdict(Outcome("cancelled", "aborted", None), completed)
    if status == "timeout":
        return Verdict(command_outcome({"timeout": True}), completed)
    if status == "exited":
        return Verdict(command_outcome(body), completed)
    return Verdict(RUNNING, None)


def _of_background(tool: str, end: End | None) -> Verdict:
    if end is None:
        return Verdict(RUNNING, None)
    if end.state == "cancelled":
        # Also said after a restart, of what ended at an unknown time.
        return Verdict(Outcome("cancelled", "aborted", None), None)
    if end.state == "error":
        return Verdict(Outcome("failed", "error", exit_code_of(end.metadata)), end.time)
    outcome = command_outcome(end.metadata) if tool == "shell" else SUCCEEDED
    return Verdict(outcome, end.time)


def _of_error(tool: str, error: object, metadata: dict[str, Any], completed: object) -> Verdict:
    said = section(error)
    kind, message = said.get("type"), said.get("message")
    kind = kind if isinstance(kind, str) else error if isinstance(error, str) else ""
    message = message if isinstance(message, str) else kind
    if kind == "tool.unknown" or message.startswith(_NO_TOOL):
        return Verdict(UNAVAILABLE, completed)
    if kind == "tool.input-json" or message.startswith(_WRONG_ARGUMENTS):
        return Verdict(INVALID, completed)
    if kind == "permission.rejected":
        return Verdict(Outcome("failed", "rejected", None), completed)
    if message.startswith(_REFUSED):
        return Verdict(Outcome("cancelled", "rejected", None), completed)
    if message.startswith(_UNABLE):
        return Verdict(Outcome("failed", _UNABLE, None), completed)
    if "abort" in kind or "interrupt" in kind:
        late = kind == "tool.interrupted" or message.startswith(_SETTLED_LATE)
        return Verdict(Outcome("cancelled", "aborted", None), None if late else completed)
    outcome = error_outcome(message, metadata)
    # An error of another type may be a plugin's, that says which command it does not let run.
    are_its_own_words = tool in _BUILT_IN and kind in ("tool.execution", error)
    if outcome.outcome == "failed" and not are_its_own_words and not is_error_class(message):
        outcome = outcome._replace(reason="error")
    return Verdict(outcome, completed)
