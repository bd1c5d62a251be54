"""Which skills are installed: the SKILL.md files where OpenCode looks for them.

Reports read nothing but the unified store; the command line hands them this list.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from ..regular_file import read_head
from .skill_paths import configured_folders, listed_folders

# Measured with OpenCode 1.2 to 1.18: any depth below these, links followed, wherever they are, and
# below hidden folders in those of other agents only.
_OF_OPENCODE = ("skill", "skills")
_OF_OTHERS = (".claude/skills", ".agents/skills")

# Frontmatter is at the top and short; a file that is something else is not read in full.
_HEAD_BYTES = 64 * 1024
# Far more than there are skills, and less than a second.
_FOLDERS_MAX = 4_000
_ENTRIES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class InstalledSkill:
    """A skill that is installed.

    Attributes:
        skill: its name, as its frontmatter says: OpenCode does not go by the folder's.
        path: its SKILL.md, or its Markdown file.
        description_chars: characters of its description, which is in every request; None
            without one.
        id: what OpenCode 2 calls it: the name of its folder, or of its file.
        since: the first OpenCode that finds it, 1 or 2.

    """

    skill: str
    path: str
    description_chars: int | None
    id: str | None = None
    since: int = 1


def find_installed(
    root: Path, home: Path | None = None, *, later: bool = False
) -> list[InstalledSkill]:
    """The skills that OpenCode finds in the project at `root`, in order of their names.

    `home` is the home folder; None is the user's. With `later`, also what only OpenCode 2 finds:
    Markdown files directly in a folder of skills, files below hidden folders, and those without a
    name.
    """
    seen: dict[str, InstalledSkill] = {}
    for found in _files(root, home, later=later):
        real = os.path.realpath(found.path)
        if real not in seen and (skill := _read(found, later=later)) is not None:
            seen[real] = skill
    return sorted(seen.values(), key=lambda each: (each.skill, each.path))


def find_configured(root: Path) -> list[InstalledSkill]:
    """The skills in the folders that OpenCode's configuration adds, each with a folder of its own.

    These may be anywhere; all others are in folders that are named as skills' are.
    """
    house, environment, configurations = _places(root, None)
    folders = configured_folders(root, house, configurations, environment)
    folders += listed_folders(root, house, configurations, environment)
    found = (each for folder in dict.fromkeys(folders) for each in _below(folder, later=True))
    skills = (_read(each, later=True) for each in found if each.path.name == "SKILL.md")
    return [skill for skill in skills if skill is not None]


class _SkillFile(NamedTuple):
    """A file that may hold a skill, what 2.x calls it, and the first OpenCode that looks there."""

    path: Path
    id: str
    since: int


def _files(root: Path, home: Path | None, *, later: bool) -> Iterator[_SkillFile]:
    house, environment, configurations = _places(root, home)
    bases = dict.fromkeys((root, house))
    for folder in configurations:
        for each in _OF_OPENCODE:
            yield from _below(folder / each, later=later)
    for folder in configured_folders(root, house, configurations, environment):
        yield from _below(folder, later=later)
    for base in bases:
        for each in _OF_OTHERS:
            yield from _below(base / each, later=later, hidden=True)
    if later:
        for folder in listed_folders(root, house, configurations, environment):
            yield from (each._replace(since=2) for each in _below(folder, later=later))


def _places(root: Path, home: Path | None) -> tuple[Path, Mapping[str, str], list[Path]]:
    """The home folder, the variables that count, and the folders of OpenCode's configuration."""
    house = home if home is not None else Path.home()
    environment: Mapping[str, str] = os.environ if home is None else {}
    general = Path(environment.get("XDG_CONFIG_HOME") or house / ".config", "opencode")
    configurations = [general, *(base / ".opencode" for base in dict.fromkeys((root, house)))]
    if further := environment.get("OPENCODE_CONFIG_DIR"):
        configurations.append(Path(further))
    return house, environment, configurations


def _below(folder: Path, *, later: bool, hidden: bool = False) -> Iterator[_SkillFile]:
    """The SKILL.md files in a folder, at any depth, and for 2.x the Markdown files directly in it.

    1.x looks below hidden folders in those of other agents only.

    Those that are nearer come first, because the search ends after `_FOLDERS_MAX` folders: a link
    to another place may lead to all there is.
    """
    top = os.path.realpath(folder)
    seen: set[str] = set()
    waiting = deque([(str(folder), 1)])
    while waiting and len(seen) < _FOLDERS_MAX:
        base, since = waiting.popleft()
        real = os.path.realpath(base)
        # A link to a folder above would go round for ever, and by way of the whole disk.
        if real in seen or (seen and top.startswith(real.rstrip(os.sep) + os.sep)):
            continue
        seen.add(real)
        for entry in _entries(base):
            is_hidden = entry.name.startswith(".") and not hidden
            if entry.name == "SKILL.md":
                name = os.path.basename(base) if base != str(folder) else "SKILL"
                yield _SkillFile(Path(entry.path), name, since)
            elif later and base == str(folder) and entry.name.endswith(".md"):
                yield _SkillFile(Path(entry.path), entry.name.removesuffix(".md"), 2)
            elif (later or not is_hidden) and _is_folder(entry):
                waiting.append((entry.path, 2 if is_hidden else since))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder, in order of the names; nothing where that can't be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(entries, _ENTRIES_MAX), key=attrgetter("name"))
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _read(found: _SkillFile, *, later: bool) -> InstalledSkill | None:
    """The skill in a file; None where OpenCode finds none: no frontmatter, in 1.x no name in it."""
    try:
        head = read_head(found.path, _HEAD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return None
    matter = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---", head, re.DOTALL)
    name = _value(matter[1], "name") if matter is not None else None
    if matter is None or (name is None and not later):
        return None
    description = _value(matter[1], "description")
    return InstalledSkill(
        name or found.id,
        str(found.path),
        len(description) if description is not None else None,
        found.id,
        found.since if name is not None else 2,
    )


def _value(matter: str, key: str) -> str | None:
    """A text of the frontmatter: plain, quoted, or a block over several lines."""
    found = re.search(rf"^{key}:[ \t]*(.*)((?:\r?\n(?:[ \t]+.*|[ \t]*$))*)", matter, re.MULTILINE)
    if found is None:
        return None
    first, rest = found[1].strip(), [line.strip() for line in found[2].splitlines()[1:]]
    if re.fullmatch(r"[|>][+-]?\d?", first):
        text = ("\n" if first[0] == "|" else " ").join(rest)
    else:
        text = " ".join([first, *rest])
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return text or None
