"""Where OpenCode keeps its databases, and what was before them, on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import NoDatabaseError
from .json_storage import JsonStorage


def data_dir() -> Path:
    """OpenCode's data folder: ``$XDG_DATA_HOME/opencode``, by default in ``~/.local/share``."""
    base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(base) / "opencode"


def find_databases(named: list[Path] | None = None) -> list[Path]:
    """The databases to read: those `named`, or every one that OpenCode would use here, and the
    folder of JSON files from before 1.2 when it holds sessions.

    ``OPENCODE_DB`` overrides the place as it does for OpenCode: absolute, or relative to the data
    folder; ``:memory:`` leaves nothing to read. Otherwise ``opencode.db`` and the databases of
    other release channels, ``opencode-<channel>.db``.

    Raises:
        NoDatabaseError: when there is none, or a named one does not exist.
    """
    if named:
        for path in named:
            if not path.exists():
                raise NoDatabaseError(f"no database at {path}")
        return named
    override = os.environ.get("OPENCODE_DB", "")
    if override == ":memory:":
        raise NoDatabaseError("OPENCODE_DB is :memory:, so OpenCode leaves no database to read")
    if override:
        path = data_dir() / override  # an absolute override replaces the folder
        if not path.exists():
            raise NoDatabaseError(f"no database at {path} (from OPENCODE_DB)")
        return [path]
    folder = data_dir()
    found = sorted(folder.glob("opencode-*.db")) if folder.is_dir() else []
    main = folder / "opencode.db"
    if main.exists():
        found.insert(0, main)
    if JsonStorage.detect(folder / "storage") is not None:
        found.append(folder / "storage")
    if not found:
        raise NoDatabaseError(
            f"no OpenCode database in {folder}; run OpenCode once, or name one with --db PATH"
        )
    return found
