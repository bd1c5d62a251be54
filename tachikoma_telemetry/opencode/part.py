"""A tool part as a call."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from typing import Any

from .numbers import Numbers
from .outcome import Outcome, call_outcome, called_tool
from .script_command import Loaded, script_columns
from .shapes import Values
from .skill_text import digest, skill_of_plugin, version_of
from .values import section, text

_EDITS_OF_ONE_FILE = frozenset({"edit", "multiedit", "write"})
_PATCHES = frozenset({"apply_patch", "patch"})
_PATCH_LINES = ("*** Update File:", "*** Add File:", "*** Delete File:")

SHELLS = frozenset({"bash"})  # of 1.x
_SUBAGENTS = frozenset({"task", "subagent"})
# What the migration to 2.x leaves of an output that had been left out of the context.
_CLEARED = "[Old tool result content cleared]"


def read_call(
    call_key: str,
    session_id: str,
    message_id: str,
    row_updated: object,
    part: dict[str, Any],
    folder: str | None,
    numbers: Numbers,
    *,
    shells: Collection[str] = SHELLS,
    known: Outcome | None = None,
    nested: bool = False,
    parent_call: str | None = None,
    loaded: Loaded | None = None,
) -> Values | None:
    """A tool part as the values of a `Call`; None when it is not one that can be understood.

    Args:
        call_key: its id.
        session_id: its session's.
        message_id: its message's.
        row_updated: when its row was last written (ms).
        part: the data.
        folder: the session's, which paths begin in; None when it is not known.
        numbers: counts those that are out of range.
        shells: the tools that run a command in a shell.
        known: its outcome; None if the part says it as 1.x does.
        nested: whether it is of a subagent, or another call made it.
        parent_call: the key of the call that made it.
        loaded: as of `script_run`.

    """
    state, recorded, call_id = part.get("state"), part.get("tool"), part.get("callID")
    if type(state) is not dict or type(recorded) is not str:
        return None
    given, metadata = section(state.get("input")), section(state.get("metadata"))
    times = section(state.get("time"))
    started, ended = numbers.moment(times.get("start")), numbers.moment(times.get("end"))
    duration_ms, updated = numbers.duration(started, ended), numbers.moment(row_updated)
    outcome, reason, exit_code = known or call_outcome(recorded, state, metadata)
    ended = None if outcome == "running" else ended
    call_id = text(call_id) if type(call_id) is str else None
    tool = _called(recorded, outcome, given, state)
    shell = tool in shells
    command_digest = _digest_of(given.get("command")) if shell else None
    ran = script_columns(given, folder, loaded) if shell else (None, None, None)
    script_skill, script, script_decides = ran
    file_digest, read_skill = _edited_file(tool, given, folder), _read_skill(tool, outcome, given)
    child_id = text(metadata.get("sessionId")) if tool in _SUBAGENTS else None
    skill = trigger = skill_version = context_chars = None
    if tool == "skill" or tool.startswith("skills_"):
        trigger = "nested" if nested else "model"
        skill, skill_version, context_chars = _loaded(tool, outcome, given, state)
    return (
        call_key,
        session_id,
        message_id,
        call_id,
        tool,
        shell,
        outcome,
        reason,
        started,
        ended,
        duration_ms,
        exit_code,
        updated,
        skill,
        trigger,
        skill_version,
        context_chars,
        file_digest,
        command_digest,
        script_skill,
        script,
        script_decides,
        parent_call,
        child_id,
        read_skill,
    )


def _called(recorded: str, outcome: str, given: dict[str, Any], state: dict[str, Any]) -> str:
    """The tool's name; for an invalid call that of the tool it was meant for."""
    tool = text(recorded) or ""
    if tool == "invalid":
        return text(given.get("tool")) or tool
    return called_tool(tool, state) if outcome == "invalid" else tool


def _edited_file(tool: str, given: dict[str, Any], folder: str | None) -> str | None:
    """Names the one file that an edit is about."""
    if tool in _EDITS_OF_ONE_FILE:
        return _digest_of(_whole_path(given.get("filePath"), folder))
    return _patched_file(given.get("patchText"), folder) if tool in _PATCHES else None


def _loaded(
    tool: str, outcome: str, given: dict[str, Any], state: dict[str, Any]
) -> tuple[str | None, str | None, int | None]:
    """The skill that a call names, and the version and the characters that it loaded."""
    # A skills plugin has one tool a skill, named after it.
    named = tool.removeprefix("skills_") if tool != "skill" else None
    skill = text(given.get("name")) or text(given.get("id")) or named
    loaded = state.get("output")
    if outcome != "succeeded" or type(loaded) is not str or loaded == _CLEARED:
        return skill, None, None
    launched = text(skill_of_plugin(loaded))
    if launched is not None:
        return launched, None, None
    return skill, version_of(loaded), len(loaded)


def _read_skill(tool: str, outcome: str, given: dict[str, Any]) -> str | None:
    """The skill whose SKILL.md a call read."""
    return _skill_of(given.get("filePath")) if (tool, outcome) == ("read", "succeeded") else None


def _skill_of(path: object) -> str | None:
    """The skill whose SKILL.md is at `path`: the name of its folder."""
    if type(path) is str and path.endswith("SKILL.md"):
        parts = path.replace("\\", "/").split("/")
        if parts[-1] == "SKILL.md" and len(parts) > 1:
            return text(parts[-2])
    return None


def _patched_file(patch: object, folder: str | None) -> str | None:
    """Names the one file that a patch is about; None for several."""
    if not isinstance(patch, str):
        return None
    files = {
        _whole_path(line.partition(":")[2].strip(), folder)
        for line in patch.splitlines()
        if line.startswith(_PATCH_LINES)
    }
    return _digest_of(files.pop()) if len(files) == 1 else None


def _whole_path(path: object, folder: str | None) -> str | None:
    """The one name of a file that has many: a patch names it from the session's folder."""
    if type(path) is not str or not path:
        return None
    if folder is None or not folder.startswith("/"):
        return path
    if path.startswith("/") and "/." not in path and "//" not in path:
        return path
    return posixpath.normpath(posixpath.join(folder, path))


def _digest_of(value: object) -> str | None:
    return digest(value) if type(value) is str and value else None
