"""A tool part as a call, and values that may be anything as what they ought to be."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..vocabulary.credentials import mask
from ..vocabulary.ranges import COST, DURATION, TIME, TOKENS
from .outcome import call_outcome, called_tool
from .shapes import Values
from .skill_text import digest, skill_of_plugin, skill_version

_TIME_MIN, _TIME_MAX = TIME
_TOKENS_MAX = TOKENS.high
_COST_MAX = COST.high
_DURATION_MAX = DURATION.high
_TEXT_MAX = 1000
_EDITS_OF_ONE_FILE = frozenset({"edit", "multiedit", "write"})
_PATCHES = frozenset({"apply_patch", "patch"})
_PATCH_LINES = ("*** Update File:", "*** Add File:", "*** Delete File:")
_NOTHING: dict[str, Any] = {}


class Dropped:
    """Counts numbers outside their ranges, of all that this process reads."""

    def __init__(self) -> None:
        self.count = 0

    def one(self) -> int | None:
        """Count one more; returns the None that stands for it."""
        self.count += 1
        return None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Inside, what is dropped is not counted here."""
        before = self.count
        try:
            yield
        finally:
            self.count = before


dropped = Dropped()


def text(value: object) -> str | None:
    """`value` if it is a text that says something: at most 1,000 characters of it, credentials
    masked. Each text of OpenCode's that the store holds comes through here.
    """
    if type(value) is bytes:
        value = value.decode("utf-8", "replace")
    if type(value) is str:
        # Masked before it is cut, or half a key would no longer look like one.
        return mask(value.strip()[: _TEXT_MAX * 4])[:_TEXT_MAX] or None
    return None


def moment(value: object) -> int | None:
    """`value` if it is a time, ms since the epoch."""
    if type(value) is int:
        return value if _TIME_MIN <= value <= _TIME_MAX else dropped.one()
    if type(value) is float:
        return int(value) if _TIME_MIN <= value <= _TIME_MAX else dropped.one()
    return None


def count(value: object) -> int | None:
    """`value` if it is a number of tokens."""
    if type(value) is int:
        return value if 0 <= value <= _TOKENS_MAX else dropped.one()
    if type(value) is float:
        return int(value) if 0 <= value <= _TOKENS_MAX else dropped.one()
    return None


def amount(value: object) -> float | None:
    """`value` if it is a cost."""
    if type(value) is float or type(value) is int:
        if 0 <= value <= _COST_MAX:
            return float(value)
        dropped.one()
    return None


def read_call(
    part_id: str,
    session_id: str,
    message_id: str,
    updated: object,
    part: dict[str, Any],
    folder: str | None,
) -> Values | None:
    """A tool part as the values of a `Call`; None when it is not one that can be understood.

    Args:
        part_id: its id.
        session_id: its session's.
        message_id: its message's.
        updated: when its row was last written (ms).
        part: the data.
        folder: the session's, which paths begin in; None when it is not known.

    """
    state, recorded, call_id = part.get("state"), part.get("tool"), part.get("callID")
    if type(state) is not dict or type(recorded) is not str:
        return None
    given, metadata, times = state.get("input"), state.get("metadata"), state.get("time")
    given = given if type(given) is dict else _NOTHING
    metadata = metadata if type(metadata) is dict else _NOTHING
    times = times if type(times) is dict else _NOTHING
    started, ended = moment(times.get("start")), moment(times.get("end"))
    outcome, reason, exit_code = call_outcome(recorded, state, metadata)
    tool = text(recorded) or ""
    if tool == "invalid":
        tool = text(given.get("tool")) or tool
    elif outcome == "invalid":
        tool = called_tool(tool, state)
    skill = version = chars = file = command = child = read_skill = None
    if tool == "bash":
        command = _digest_of(given.get("command"))
    elif tool in _EDITS_OF_ONE_FILE:
        file = _digest_of(_whole_path(given.get("filePath"), folder))
    elif tool in _PATCHES:
        file = _patched_file(given.get("patchText"), folder)
    elif tool == "task":
        child = text(metadata.get("sessionId"))
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
                version, chars = skill_version(loaded), len(loaded)
    return (
        part_id,
        session_id,
        message_id,
        text(call_id) if type(call_id) is str else None,
        tool,
        outcome,
        reason,
        started,
        None if outcome == "running" else ended,
        _duration(started, ended),
        exit_code,
        moment(updated),
        skill,
        version,
        chars,
        file,
        command,
        child,
        read_skill,
    )


def _duration(started: int | None, ended: int | None) -> int | None:
    if started is None or ended is None or ended < started:
        return None
    took = ended - started
    return took if took <= _DURATION_MAX else dropped.one()


def _skill_of(path: object) -> str | None:
    """The skill whose SKILL.md lies at `path`: the name of its folder."""
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
