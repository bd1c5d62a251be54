"""A tool part as a call."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from typing import Any, NamedTuple

from .numbers import Numbers
from .outcome import Outcome, call_outcome, called_tool
from .script_command import script_columns
from .shapes import Values
from .skill_folders import SkillFolders
from .skill_text import digest, skill_of_plugin, version_of
from .values import section, text

_EDITS_OF_ONE_FILE = frozenset({"edit", "multiedit", "write"})
_PATCHES = frozenset({"apply_patch", "patch"})
_EDITS = _EDITS_OF_ONE_FILE | _PATCHES
_PATCH_LINES = ("*** Update File:", "*** Add File:", "*** Delete File:")

SHELLS = frozenset({"bash"})  # of 1.x
_SUBAGENTS = frozenset({"task", "subagent"})
# What the migration to 2.x leaves of an output that had been left out of the context.
_CLEARED = "[Old tool result content cleared]"


class CallLocation(NamedTuple):
    """Where a call is.

    Attributes:
        session_id: its session.
        message_id: its message.
        row_updated: when its row was last written (ms).
        folder: that of the session then, in which paths begin; None if unknown.
        nested: whether the session is a subagent's.
        row: the number of its row.
        skills: the folders of skills; None where none is looked for.

    """

    session_id: str
    message_id: str
    row_updated: object
    folder: str | None = None
    nested: bool = False
    row: int = 0
    skills: SkillFolders | None = None


def read_call(
    call_key: str, place: CallLocation, part: dict[str, Any], numbers: Numbers
) -> Values | None:
    """A tool part of 1.x, by its data, as the values of a `Call`; None when it can't be understood.

    `numbers` counts what is out of range.
    """
    state, recorded, get = part.get("state"), part.get("tool"), part.get
    if type(state) is not dict or type(recorded) is not str:
        return None
    metadata, times = section(state.get("metadata")), section(state.get("time"))
    return make_call(
        call_key,
        place,
        recorded,
        get("callID"),
        section(state.get("input")),
        call_outcome(recorded, state, metadata),
        times.get("start"),
        times.get("end"),
        numbers,
        SHELLS,
        output=state.get("output"),
        error=state.get("error"),
        child=metadata.get("sessionId"),
    )


def make_call(
    call_key: str,
    place: CallLocation,
    recorded: str,
    named: object,
    given: dict[str, Any],
    result: Outcome,
    start: object,
    end: object,
    numbers: Numbers,
    shells: Collection[str],
    *,
    output: object = None,
    error: object = None,
    child: object = None,
    parent_call: str | None = None,
) -> Values:
    """The values of a `Call`, by what its row says; times are ms since the epoch.

    `recorded` is its tool, `named` the model's id of it, `given` its arguments, `result` how it
    ended, `output` what the model got (of a tool whose words say anything), `child` the session
    that it began, `parent_call` the call that made it. `shells` are the tools that run a command
    in a shell; `numbers` counts what is out of range.
    """
    session_id, message_id, row_updated, folder, nested, row, skills = place
    started, ended = numbers.moment(start), numbers.moment(end)
    duration_ms, updated = numbers.duration(started, ended), numbers.moment(row_updated)
    outcome, reason, exit_code = result
    ended = None if outcome == "running" else ended
    call_id = text(named) if type(named) is str else None
    tool = text(recorded) or ""
    if outcome == "invalid" or tool == "invalid":
        tool = _called(tool, given, error)
    shell = tool in shells
    command_digest = script_skill = script = script_decides = None
    if shell:
        command_digest = _digest_of(given.get("command"))
        loaded = skills.of(row, folder) if skills is not None else None
        script_skill, script, script_decides = script_columns(given, folder, loaded)
    file_digest = _edited_file(tool, given, folder) if tool in _EDITS else None
    read = tool == "read" and outcome == "succeeded"
    read_skill = _skill_of(_path_in(given)) if read else None
    child_id = text(child) if tool in _SUBAGENTS else None
    skill = trigger = skill_version = context_chars = None
    if tool == "skill" or tool.startswith("skills_"):
        trigger = "nested" if nested or parent_call is not None else "model"
        skill, skill_version, context_chars = _loaded(tool, outcome, given, output)
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


def _path_in(given: dict[str, Any]) -> object:
    """The file that a call is about: ``filePath`` in 1.x, ``path`` in 2.x."""
    return given["path"] if "path" in given and "filePath" not in given else given.get("filePath")


def _called(tool: str, given: dict[str, Any], error: object) -> str:
    """The tool that an invalid call was meant for."""
    if tool == "invalid":
        return text(given.get("tool")) or tool
    return called_tool(tool, error)


def _edited_file(tool: str, given: dict[str, Any], folder: str | None) -> str | None:
    """Names the one file that an edit is about; None for several."""
    if tool in _EDITS_OF_ONE_FILE:
        return _digest_of(_whole_path(_path_in(given), folder))
    return _patched_file(given.get("patchText"), folder)


def _loaded(
    tool: str, outcome: str, given: dict[str, Any], loaded: object
) -> tuple[str | None, str | None, int | None]:
    """The skill that a call names, and the version and the characters that it loaded."""
    # A skills plugin has one tool a skill, named after it.
    named = tool.removeprefix("skills_") if tool != "skill" else None
    skill = text(given.get("name")) or text(given.get("id")) or named
    if outcome != "succeeded" or type(loaded) is not str or loaded == _CLEARED:
        return skill, None, None
    launched = text(skill_of_plugin(loaded))
    if launched is not None:
        return launched, None, None
    return skill, version_of(loaded), len(loaded)


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
