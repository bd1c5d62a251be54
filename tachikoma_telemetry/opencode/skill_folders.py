"""Folders of skills that are somewhere else: where loads say that they are.

Most skills are in a folder that says so itself (`.opencode/skills/<name>`, see `script_command`).
Others are in a configured folder, or have another name than theirs. A load names its skill's
folder, so a file below that is the skill's, in any session, from the row of the first such load on;
of a folder that the configuration names, from the beginning on.
The rows are those of the database, so that what is read in pieces, by whichever process and in
however many merges, comes out the same: where a folder is new, the rows behind it are looked at
once more.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from .script_command import LoadedSkillFolders, skill_file, ways_to_name
from .skill_text import base_folder
from .values import section, text

# Far more than there are.
_FOLDERS_MAX = 200


class Note(NamedTuple):
    """A load in a row, of a skill in a folder."""

    row: int
    skill: str
    folder: str


class SkillFolders:
    """The folders of one database, by the rows of their first loads.

    Attributes:
        new: those that were noted in this reading.

    """

    def __init__(self, kept: Mapping[str, Any] | None = None) -> None:
        """`kept`: what `to_json` said after an earlier reading."""
        self._known: dict[str, tuple[str, int]] = {}
        self._names: set[str] = set()
        self._usual: set[tuple[str, str]] = set()
        self.new: set[str] = set()
        for folder, (skill, row) in dict(kept or {}).items():
            self.note(Note(row, skill, folder))
        self.new.clear()

    def to_json(self) -> dict[str, tuple[str, int]]:
        """The folders, each with its skill and the row."""
        return self._known

    def note_placed(self, placed: Iterable[tuple[str, str]]) -> None:
        """Take in skills, each with its folder, that the configuration puts somewhere else."""
        for skill, folder in placed:
            self.note(Note(-1, skill, _plain_folder(folder)))

    def note_call(self, row: int, skill: str | None, state: Mapping[str, Any]) -> None:
        """Take in a load of the model's, by the state of its call."""
        said = section(state.get("metadata"))
        folder = said.get("dir") or said.get("directory")
        if not isinstance(folder, str):
            folder = base_folder(state.get("output"))
        if skill is not None and folder is not None:
            self.note(Note(row, skill, _plain_folder(folder)))

    def note_text(self, row: int, skill: str | None, loaded: str | None) -> None:
        """Take in a load of the user's, by the text that came with it."""
        folder = base_folder(loaded)
        if skill is not None and folder is not None:
            self.note(Note(row, skill, _plain_folder(folder)))

    @property
    def notes(self) -> list[Note]:
        """What is known, as it was noted."""
        return [Note(row, skill, folder) for folder, (skill, row) in self._known.items()]

    def note(self, note: Note) -> None:
        """Take in a load, unless its skill's folder says itself whose it is."""
        row, skill, folder = note
        known = self._known.get(folder)
        if known is None:
            if (skill, folder) in self._usual or not _is_odd(skill, folder):
                if len(self._usual) < _FOLDERS_MAX:
                    self._usual.add((skill, folder))
                return
            if len(self._known) >= _FOLDERS_MAX:
                return
            self._names.update(ways_to_name(folder))
        if known is None or row < known[1]:
            self._known[folder] = (skill, row)
            self.new.add(folder)

    def of(self, row: int, home: str | None) -> LoadedSkillFolders | None:
        """What was loaded up to a row, for a session whose folder is `home`; None for nothing."""
        return (
            LoadedSkillFolders(self._known, self._names, row, home or "") if self._known else None
        )

    def first_new(self) -> int | None:
        """The row of the first load that named a new folder; None without any."""
        return min((self._known[folder][1] for folder in self.new), default=None)

    def condition(self) -> str:
        """SQL: whether `data` may hold a shell command that names one of the new folders."""
        named = {
            json.dumps(each, ensure_ascii=False)[1:-1]
            for folder in self.new
            for each in ways_to_name(folder)
        }
        named_in_sql = " OR ".join(_contains(each) for each in sorted(named))
        return f"({_contains('bash')} OR {_contains('shell')}) AND ({named_in_sql})"


def _contains(words: str) -> str:
    quoted = words.replace("'", "''")
    return f"instr(data, '{quoted}')"


def _plain_folder(folder: str) -> str:
    """A folder as paths begin with it: a load may name it by a URL, or as Windows does."""
    if folder.startswith("file://"):
        folder = unquote(folder.removeprefix("file://"))
    return posixpath.normpath(folder.strip().replace("\\", "/"))


def _is_odd(skill: str, folder: str) -> bool:
    """Whether a folder is a skill's, and its path does not say of which."""
    # What `text` would change is no path to be kept.
    if text(folder) != folder or not folder.isprintable():
        return False
    if posixpath.dirname(folder) in ("", "/") or "/" not in folder[:3]:
        return False
    usual = skill_file(f"{folder}/scripts/file")
    return usual is None or usual[0] != skill
