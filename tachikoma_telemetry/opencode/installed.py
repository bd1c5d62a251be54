"""Which skills are installed: the SKILL.md files where OpenCode looks for them.

Reports read nothing but the unified store; the command line hands them this list.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path

from ..regular_file import read_head
from .skill_paths import configured_folders

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
        path: its SKILL.md.
        description_chars: characters of its description, which is in every request; None
            without one.

    """

    skill: str
    path: str
    description_chars: int | None


def find_installed(root: Path, home: Path | None = None) -> list[InstalledSkill]:
    """The skills that OpenCode finds in the project at `root`, in order of their names.

    Args:
        root: the project's root.
        home: the home folder; None is the user's.

    """
    seen: dict[str, InstalledSkill] = {}
    for path in _files(root, home):
        real = os.path.realpath(path)
        if real not in seen and (skill := _read(path)) is not None:
            seen[real] = skill
    return sorted(seen.values(), key=lambda each: (each.skill, each.path))


def _files(root: Path, home: Path | None) -> Iterator[Path]:
    house = home if home is not None else Path.home()
    environment = os.environ if home is None else {}
    bases = dict.fromkeys((root, house))
    general = Path(environment.get("XDG_CONFIG_HOME") or house / ".config", "opencode")
    configurations = [general, *(base / ".opencode" for base in bases)]
    if further := environment.get("OPENCODE_CONFIG_DIR"):
        configurations.append(Path(further))
    for folder in configurations:
        for each in _OF_OPENCODE:
            yield from _below(folder / each)
    for folder in configured_folders(root, house, configurations, environment):
        yield from _below(folder)
    for base in bases:
        for each in _OF_OTHERS:
            yield from _below(base / each, hidden=True)


def _below(folder: Path, *, hidden: bool = False) -> Iterator[Path]:
    """The SKILL.md files in a folder, at any depth; below hidden folders when these count.

    Those that are nearer come first, because the search ends after `_FOLDERS_MAX` folders: a link
    to another place may lead to all there is.
    """
    top = os.path.realpath(folder)
    seen: set[str] = set()
    waiting = deque([str(folder)])
    while waiting and len(seen) < _FOLDERS_MAX:
        base = waiting.popleft()
        real = os.path.realpath(base)
        # A link to a folder above would go round for ever, and by way of the whole disk.
        if real in seen or (seen and top.startswith(real.rstrip(os.sep) + os.sep)):
            continue
        seen.add(real)
        for entry in _entries(base):
            if entry.name == "SKILL.md":
                yield Path(entry.path)
            elif (hidden or not entry.name.startswith(".")) and _is_folder(entry):
                waiting.append(entry.path)


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


def _read(path: Path) -> InstalledSkill | None:
    """The skill in a file; None where OpenCode finds none: no frontmatter, or no name in it."""
    try:
        head = read_head(path, _HEAD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return None
    matter = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---", head, re.DOTALL)
    name = _value(matter[1], "name") if matter is not None else None
    if matter is None or name is None:
        return None
    description = _value(matter[1], "description")
    return InstalledSkill(name, str(path), len(description) if description is not None else None)


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
