"""A tool part as a call."""

from __future__ import annotations

import posixpath
from typing import Any

from .numbers import Numbers
from .outcome import call_outcome, called_tool
from .script_command import script_columns
from .shapes import Values
from .skill_text import digest, skill_of_plugin, version_of
from .values import text

_EDITS_OF_ONE_FILE = frozenset({"edit", "multiedit", "write"})
_PATCHES = frozenset({"apply_patch", "patch"})
_PATCH_LINES = ("*** Update File:", "*** Add File:", "*** Delete File:")
_NOTHING: dict[str, Any] = {}


def read_call(
    call_key: str,
    session_id: str,
    message_id: str,
    row_updated: object,
    part: dict[str, Any],
    folder: str | None,
    numbers: Numbers,
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

    """
    state, recorded, call_id = part.get("state"), part.get("tool"), part.get("callID")
    if type(state) is not dict or type(recorded) is not str:
        return None
    given, metadata, times = state.get("input"), state.get("metadata"), state.get("time")
    given = given if type(given) is dict else _NOTHING
    metadata = metadata if type(metadata) is dict else _NOTHING
    times = times if type(times) is dict else _NOTHING
    started, ended = numbers.moment(times.get("start")), numbers.moment(times.get("end"))
    duration_ms = numbers.duration(started, ended)
    outcome, reason, exit_code = call_outcome(recorded, state, metadata)
    if outcome == "running":
        ended = None
    updated = numbers.moment(row_updated)
    call_id = text(call_id) if type(call_id) is str else None
    tool = text(recorded) or ""
    if tool == "invalid":
        tool = text(given.get("tool")) or tool
    elif outcome == "invalid":
        tool = called_tool(tool, state)
    shell = tool == "bash"
    script_skill = script = script_decides = parent_call = trigger = None
    skill = skill_version = context_chars = read_skill = None
    file_digest = command_digest = child_id = None
    if shell:
        command_digest = _digest_of(given.get("command"))
        script_skill, script, script_decides = script_columns(given, folder)
    elif tool in _EDITS_OF_ONE_FILE:
        file_digest = _digest_of(_whole_path(given.get("filePath"), folder))
    elif tool in _PATCHES:
        file_digest = _patched_file(given.get("patchText"), folder)
    elif tool == "task":
        child_id = text(metadata.get("sessionId"))
    elif tool == "read" and outcome == "succeeded":
        read_skill = _skill_of(given.get("filePath"))
    elif tool == "skill" or tool.startswith("skills_"):
        # A skills plugin has one tool a skill, named after it.
        named = tool.removeprefix("skills_") if tool != "skill" else None
        skill = text(given.get("name")) or text(given.get("id")) or named
        loaded = state.get("output")
        if outcome == "succeeded" and type(loaded) is str:
            launched = text(skill_of_plugin(loaded))
            if launched is not None:
                skill = launched
            else:
                skill_version, context_chars = version_of(loaded), len(loaded)
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
