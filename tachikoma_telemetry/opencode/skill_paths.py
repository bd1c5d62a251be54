"""The setting `skills.paths` of OpenCode's configuration: further folders of skills.

    {"skills": {"paths": ["shelf", "~/skills", "/srv/skills"]}}

Measured with OpenCode 1.2 to 1.18: of several configurations that have the setting the last one's
counts alone; they come in the order of `_configurations`. A relative folder is one of the project,
`~/` is the home folder, `{env:NAME}` a variable. OpenCode does not start with a configuration that
is no JSON, comments and commas at the end aside, or where this is no list of texts: nothing is
taken from it here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..regular_file import read_plain
from .jsonc import without_comments

_NAMES = ("opencode.json", "opencode.jsonc")
_VARIABLE = re.compile(r"\{env:([^{}]{1,256})\}")
_BYTES_MAX = 1 << 20


def configured_folders(
    root: Path, home: Path, folders: Sequence[Path], environment: Mapping[str, str]
) -> list[Path]:
    """The folders that the setting adds and that are there.

    `folders` are those of OpenCode's configuration, the general one first; `environment` holds the
    variables of its process.
    """
    chosen: list[str] = []
    for text in _configurations(root, folders, environment):
        filled = _VARIABLE.sub(lambda found: environment.get(found[1], ""), text)
        paths = _texts(_setting(filled, "skills", "paths"))
        chosen = chosen if paths is None else paths
    return _folders(chosen, root, home)


def listed_folders(
    root: Path, home: Path, folders: Sequence[Path], environment: Mapping[str, str]
) -> list[Path]:
    """The folders that the setting of 2.x adds, ``{"skills": ["shelf", "~/skills", URL]}``, in any
    of the configurations, and that are there. The arguments are those of `configured_folders`.

    By OpenCode's documentation a relative folder begins in the folder that OpenCode was started in,
    wherever the configuration is: here in the project's root.
    """
    listed: list[str] = []
    for text in _configurations(root, folders, environment):
        listed += _texts(_setting(text, "skills")) or []
    return _folders(listed, root, home)


def _folders(named: Sequence[str], root: Path, home: Path) -> list[Path]:
    paths = (home / each[2:] if each.startswith("~/") else root / each for each in named)
    # Also no folder is what the system refuses to look for.
    return [folder for folder in paths if folder.is_dir()]


def _configurations(
    root: Path, folders: Sequence[Path], environment: Mapping[str, str]
) -> Iterator[str]:
    general, *others = folders
    files = [general / each for each in ("config.json", *_NAMES)]
    if named := environment.get("OPENCODE_CONFIG"):
        files.append(Path(named))
    files += (folder / each for folder in (root, *others) for each in _NAMES)
    for path in files:
        try:
            yield read_plain(path, _BYTES_MAX).decode("utf-8-sig")
        except (OSError, ValueError):
            continue
    if content := environment.get("OPENCODE_CONFIG_CONTENT"):
        yield content


def _setting(text: str, *keys: str) -> object:
    try:
        setting: Any = json.loads(without_comments(text))
    except (ValueError, RecursionError):
        return None
    for key in keys:
        setting = setting.get(key) if isinstance(setting, dict) else None
    return setting


def _texts(setting: object) -> list[str] | None:
    if not isinstance(setting, list) or not all(isinstance(each, str) for each in setting):
        return None
    return setting
