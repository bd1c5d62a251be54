"""Which journals there are, and whose."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ...project import JOURNAL_NAME, find_root, journal_in


def journal_places_of(folders: Iterable[str]) -> list[Path]:
    """Where the journals of the projects that these folders are in are, or would be."""
    roots: dict[str, None] = {}
    for folder in sorted(set(folders)):
        if "\0" not in folder and os.path.isabs(folder) and os.path.isdir(folder):
            roots[os.path.realpath(find_root(folder))] = None
    journals = (journal_in(Path(root)) for root in roots)
    return [journal for journal in journals if os.access(journal.parent, os.R_OK | os.X_OK)]


def is_of_this_user(journal: Path) -> bool:
    """Whether the user that this process runs as owns the folder of a journal."""
    try:
        return journal.parent.stat().st_uid == os.geteuid()
    except OSError:
        return False


def journal_project(path: Path) -> str | None:
    """The root of the project that a journal named by hand belongs to, by its place."""
    folder = path.absolute().parent
    if (path.name, folder.name, folder.parent.name) == (JOURNAL_NAME, "telemetry", ".opencode"):
        return os.path.realpath(folder.parent.parent)
    return None
