"""Telling versions of a skill apart by the text that the model was given."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ..vocabulary.credentials import mask

# Of a path or, in 1.2, a URL.
_BASE = "Base directory for this skill:"
_FILES = re.compile(r"<skill_files>.*?(?:</skill_files>|\Z)", re.DOTALL)
# What the tool puts above and below a skill's text. 2.x names it there by its label.
_ABOVE = re.compile(r"\A\s*<skill_content name=.*\n# Skill: .*(?:\n|\Z)")
_PATHS, _NOTE = "Relative paths in this skill (e.g., ", "Note: file list is sampled."
_END = "</skill_content>"
# OpenCode gives the model 2,000 lines or 50 KiB, and saves the whole in a file of a new name.
_CUT = re.compile(
    r"\n\.\.\.\d+ (?:bytes|lines) truncated\.\.\.\n\n"
    r"The tool call succeeded but the output was truncated\. Full output saved to: .*"
    r"|\n(?:\.\.\.|…) ?\d+ (?:bytes|lines) truncated; full content saved to [^\n]*\s*\Z",
    re.DOTALL,
)
# So much of a text is left in any that was cut: whole lines, less what is put above them.
_LINES_KEPT = 1_990
_BYTES_KEPT = 48 << 10

_LAUNCHING = "Launching skill: "
_PLUGIN_TEXT = "Base directory for this skill: "
_PLUGIN_HEADER = re.compile(r'The "(.+)" skill is loading\n\1\Z')


def version_of(text: str, *, whole: bool = False) -> str:
    """SHA-256 of a skill's own text, whatever OpenCode put around it.

    A tool's answer, a user's message and the plain text of a skill give one version. What differs
    between machines and loads is left out: paths, the ``<skill_files>`` block, where the rest of a
    text is that was too long.

    Args:
        text: as it was loaded.
        whole: it is never cut, however long it is: of a longer one the beginning is the version,
            as of the same text that was cut.
    """
    own, cuts = _CUT.subn("", text) if "truncated" in text else (text, 0)
    own = _FILES.sub("", _without(_ABOVE.sub("", own), _BASE, indented=True))
    own = _without(_without(own, _PATHS), _NOTE, whole=True)
    own = own.rstrip().removesuffix(_END).strip()
    if cuts or whole:
        own = _beginning(own)
    return hashlib.sha256(own.encode("utf-8", "replace")).hexdigest()


def _beginning(text: str) -> str:
    """As many whole lines as are left of any text that was cut."""
    lines = text.split("\n", _LINES_KEPT)[:_LINES_KEPT]
    room = _BYTES_KEPT
    for number, line in enumerate(lines):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            return "\n".join(lines[:number]).strip()
    return "\n".join(lines).strip()


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


def skill_of_command(text: str) -> tuple[str, str] | None:
    """The skill that a ``/skill`` command wrote out into a user's message, by its base folder, and
    its text.

    1.2 writes the skill's text without that line: there a command leaves no sign of itself.
    """
    for begin, end in _lines(text, _BASE, indented=True):
        folder = _named_by(text[begin:end]).rstrip("/\\").replace("\\", "/")
        skill = mask(folder.rpartition("/")[2][:1000])
        return (skill, text[:begin]) if skill else None
    return None


def base_folder(text: object) -> str | None:
    """The folder that a skill's text names as its own: a path or, before 1.18, a URL."""
    if isinstance(text, str):
        for begin, end in _lines(text, _BASE, indented=True):
            return _named_by(text[begin:end])
    return None


def _named_by(line: str) -> str:
    return line.partition(":")[2].strip()


def _lines(
    text: str, words: str, *, indented: bool = False, whole: bool = False
) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that begin with these words, or are no more than them.

    A pattern that looks for them takes twenty times as long.
    """
    at, blanks = text.find(words), " \t" if indented else ""
    while at >= 0:
        begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1 or len(text)
        rest = text[at + len(words) : end] if whole else ""
        if not text[begin:at].strip(blanks) and rest in ("", "\n"):
            yield begin, end
        at = text.find(words, end)


def _without(text: str, words: str, *, indented: bool = False, whole: bool = False) -> str:
    kept, at = [], 0
    for begin, end in _lines(text, words, indented=indented, whole=whole):
        kept.append(text[at:begin])
        at = end
    return "".join([*kept, text[at:]]) if kept else text


def digest(text: str) -> str:
    """A short name for a text that is itself not kept: equal texts have equal names."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
