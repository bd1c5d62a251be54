"""What a tool call's status, exit code and error amount to."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ..vocabulary.credentials import mask
from .values import section

_REASON_MAX = 120
# Of an error's first line; the words that count are at its beginning.
_LOOKED_AT = 4096

# `bash` that ran out of time is stored as completed, exit null; the words differ by version
# ("bash tool terminated…" in 1.2, "shell tool terminated…" in 1.18), this part does not.
_TIMEOUT_WORDS = "terminated command after exceeding timeout"
# What a command is given that asks for no time of its own.
_TIMEOUT_MS = 120_000
# A command that a user stopped is told apart by words, too: 1.14 and 1.18 store it as completed.
_STOPPED_WORDS = "User aborted the command"
_ABORT_WORDS = ("Tool execution aborted", "The user aborted", "aborted by user", "Task cancelled")
# Said of arguments that are no JSON, or not those that the tool takes. Both texts go on with them.
_INVALID_ARGUMENTS = re.compile(
    r"Invalid input for tool |The \S+ tool was called with invalid arguments"
)
# The user was asked, and said no. What they may have added follows it.
_REFUSED_WORDS = ("The user rejected permission", "The user dismissed this question")
# 1.2 writes this before every message, later versions do not.
_PREFIX = "Error: "
_ERROR_CLASS = re.compile(r"^\s*(?:Uncaught\s+)?([A-Z][A-Za-z0-9_.]*(?:Error|Exception))\b")


class Outcome(NamedTuple):
    """How a call ended, and why; `reason` is None for a success and for a call still running."""

    outcome: str
    reason: str | None
    exit_code: int | None


def call_outcome(tool: str, state: dict[str, Any], metadata: dict[str, Any]) -> Outcome:
    """The outcome of a call of `tool` with this `state`: one of ``succeeded``, ``failed``,
    ``timed_out``, ``invalid``, ``cancelled`` and ``running``.

    ``abandoned`` is not among them: whether an unfinished call still runs depends on when one asks.
    """
    status = state.get("status")
    if status == "completed":
        if tool == "bash":
            return _bash_outcome(state, metadata)
        if tool == "invalid":
            return _not_called(state)
        return SUCCEEDED
    if status in ("error", "failed"):  # the database says error; "failed" is accepted, never seen
        if tool == "invalid":
            return _not_called(state)
        text = state.get("error")
        return error_outcome(text if isinstance(text, str) else "", metadata)
    return RUNNING


def called_tool(tool: str, error: object) -> str:
    """The tool that was called as `tool` with arguments that it does not take.

    OpenCode takes "Write" for `write`, and notes that only where it can read the arguments.
    """
    lower = tool.lower()
    meant = isinstance(error, str) and error.startswith(f"Invalid input for tool {lower}:")
    return lower if meant else tool


SUCCEEDED = Outcome("succeeded", None, None)
_EXIT_0 = Outcome("succeeded", None, 0)
RUNNING = Outcome("running", None, None)
UNAVAILABLE = Outcome("invalid", "unavailable tool", None)
INVALID = Outcome("invalid", "invalid arguments", None)


def _not_called(state: dict[str, Any]) -> Outcome:
    """There is no such tool, or what it was given is no JSON: most often it was cut off."""
    given = state.get("input")
    error = given.get("error") if isinstance(given, dict) else None
    said = isinstance(error, str) and _INVALID_ARGUMENTS.match(error)
    return INVALID if said else UNAVAILABLE


def _bash_outcome(state: dict[str, Any], metadata: dict[str, Any]) -> Outcome:
    """A command that exits with 3 is stored as completed: the exit code says how it ended."""
    exit_code = exit_code_of(metadata)
    if exit_code is not None:
        if exit_code == 0:
            return _EXIT_0
        return Outcome("failed", f"exit {exit_code}", exit_code)
    if "exit" not in metadata:
        return SUCCEEDED
    return _ended_without_exit(state, metadata)


def command_outcome(metadata: dict[str, Any]) -> Outcome:
    """How a command of OpenCode 2 ended: by its exit code, else it ran out of time or was killed.

    Its words are not looked at. Where there is nothing at all to go by it has succeeded, as any
    call.
    """
    exit_code = exit_code_of(metadata)
    if exit_code is not None:
        return Outcome("failed", f"exit {exit_code}", exit_code) if exit_code else _EXIT_0
    if metadata.get("timeout") is True:
        return Outcome("timed_out", "timeout", None)
    return Outcome("failed", "no exit code", None) if metadata else SUCCEEDED


def error_outcome(text: str, metadata: dict[str, Any]) -> Outcome:
    """How a call ended of which an error says no more than words (of 1.x, and most of 2.x)."""
    text = text.removeprefix(_PREFIX)
    if metadata.get("interrupted") is True or text.startswith(_ABORT_WORDS):
        return Outcome("cancelled", "aborted", None)
    if _TIMEOUT_WORDS in text:
        return Outcome("timed_out", "timeout", None)
    if text.startswith(_REFUSED_WORDS):
        return Outcome("cancelled", "rejected", None)
    if _INVALID_ARGUMENTS.match(text):
        return INVALID
    return Outcome("failed", _error_reason(text), exit_code_of(metadata))


def _ended_without_exit(state: dict[str, Any], metadata: dict[str, Any]) -> Outcome:
    """A `bash` call whose process left no exit code: it was killed by somebody."""
    # OpenCode's own words are at the end, behind whatever the command printed.
    output = state.get("output")
    end = output[-2000:] if isinstance(output, str) else ""
    if _TIMEOUT_WORDS in end:
        return Outcome("timed_out", "timeout", None)
    if _STOPPED_WORDS in end:
        return Outcome("cancelled", "aborted", None)
    # 1.2 cuts them off, together with all that is behind 2,000 lines or 50 kB.
    if metadata.get("truncated") is True and _used_up_its_time(state):
        return Outcome("timed_out", "timeout", None)
    return Outcome("failed", "no exit code", None)


def _used_up_its_time(state: dict[str, Any]) -> bool:
    """Whether a command ran for as long as OpenCode lets it."""
    times, given = section(state.get("time")), section(state.get("input"))
    start, end, limit = times.get("start"), times.get("end"), given.get("timeout")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return False
    return end - start >= (limit if isinstance(limit, int | float) else _TIMEOUT_MS)


def exit_code_of(metadata: dict[str, Any]) -> int | None:
    """The exit code of a command; None without one."""
    code = metadata.get("exit")
    # No system has longer ones, and SQLite keeps no longer numbers than 2^63.
    return code if type(code) is int and abs(code) < 2**32 else None


def is_error_class(text: str) -> bool:
    """Whether an error begins with its class."""
    return _ERROR_CLASS.match(text[:_LOOKED_AT]) is not None


def _error_reason(text: str) -> str:
    """The error's class, from its first line, or that line's first words.

    Credentials, paths, quoted texts and numbers are cut out, so that the same error reads the same
    each time and no key or file name is kept.
    """
    # Credentials first: without its digits a key no longer looks like one.
    first = mask(text.strip().partition("\n")[0].removeprefix(_PREFIX)[:_LOOKED_AT])
    found = _ERROR_CLASS.match(first)
    if found:
        return found.group(1)[:_REASON_MAX]
    first = re.sub(r"\"[^\"]*\"|'[^']*'|`[^`]*`", "…", first)
    first = re.sub(r"(?:[A-Za-z]:)?[\\/][^\s:,]+|\S*[\\/]\S+", "…", first)
    first = re.sub(r"\d+", "#", first)
    return first[:_REASON_MAX].strip() or "error"
