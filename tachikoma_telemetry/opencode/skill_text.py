"""Telling versions of a skill apart by the text that the model was given."""

from __future__ import annotations

import hashlib
import re

from ..vocabulary.credentials import mask

_BASE_LINE = re.compile(r"^[ \t]*Base directory for this skill:.*(?:\n|\Z)", re.MULTILINE)
_FILES = re.compile(r"<skill_files>.*?(?:</skill_files>|\Z)", re.DOTALL)
# OpenCode gives the model 2,000 lines or 50 kB, and saves the whole in a file of a new name.
_CUT = re.compile(
    r"\n\.\.\.\d+ (?:bytes|lines) truncated\.\.\.\n\n"
    r"The tool call succeeded but the output was truncated\. Full output saved to: .*",
    re.DOTALL,
)

_LAUNCHING = "Launching skill: "
_PLUGIN_TEXT = "Base directory for this skill: "
_PLUGIN_HEADER = re.compile(r'The "(.+)" skill is loading\n\1\Z')


def version_of(text: str) -> str:
    """SHA-256 of a loaded skill's text, less the lines that hold paths.

    The line that begins ``Base directory for this skill:`` (a path in 1.18, a URL in 1.2) and the
    ``<skill_files>`` block differ between machines; the skill does not. What is below a text
    that was too long says where the rest is, and differs with every load.
    """
    stripped = _FILES.sub("", _BASE_LINE.sub("", _CUT.sub("", text))).strip()
    return hashlib.sha256(stripped.encode("utf-8", "replace")).hexdigest()


def skill_of_plugin(output: str) -> str | None:
    """The skill that a tool of the plugin opencode-skills loaded, by what it answers.

    The tool's own name has underscores where the skill's has hyphens; the skill's text is not in
    its answer, but in a message that the plugin writes.
    """
    return output.removeprefix(_LAUNCHING) if output.startswith(_LAUNCHING) else None


def is_of_plugin(text: str) -> bool:
    """Whether the plugin opencode-skills wrote a user's message, as it does to load a skill.

    A ``/skill`` command, in which the base folder is named too, begins with the skill's text.
    """
    return text.startswith(_PLUGIN_TEXT) or _PLUGIN_HEADER.match(text) is not None


def skill_of_command(text: str) -> str | None:
    """The skill that a ``/skill`` command wrote out into a user's message, by its base folder.

    1.2 writes the skill's text without that line: there a command leaves no sign of itself.
    """
    found = _BASE_LINE.search(text)
    if not found:
        return None
    folder = found.group().partition(":")[2].strip().rstrip("/\\").replace("\\", "/")
    return mask(folder.rpartition("/")[2][:1000]) or None


def digest(text: str) -> str:
    """A short name for a text that is itself not kept: equal texts have equal names."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
