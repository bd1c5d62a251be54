"""Installs our files where OpenCode loads them, and removes them.

| | a project's | everywhere (``global_``) |
| --- | --- | --- |
| the plugin | ``<root>/.opencode/plugin/`` | ``~/.config/opencode/plugin/`` |
| ``/telemetry`` | ``<root>/.opencode/command/`` | ``~/.config/opencode/command/`` |
| the library | ``<root>/.opencode/tachikoma-telemetry/`` | ``~/.config/opencode/…`` |
| the telemetry folder | ``<root>/.opencode/telemetry/`` | made in each project by its first event |

OpenCode 1.2 to 2.0 load these folders under a plural name, too; older ones only under the
singular. A file that is in both places is loaded twice, which does no harm. The plugin is one file
for all of them: it has what each version looks for.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from opencode_hooks import python_library
from opencode_hooks.shipped import COMMAND, PLUGIN, Shipped
from opencode_hooks.sign_of_life import SIGNS
from tachikoma_telemetry.atomic_file import write_file
from tachikoma_telemetry.errors import ForeignFileError
from tachikoma_telemetry.project import ensure_telemetry_dir, telemetry_dir
from tachikoma_telemetry.regular_file import read_head

_BYTES_MAX = 1 << 20

Action = Literal["created", "updated", "unchanged", "removed", "kept"]
State = Literal["missing", "current", "older", "newer", "changed", "foreign"]


@dataclass(frozen=True)
class Change:
    """What was done to one file or folder.

    ``kept`` is a file or folder that is not ours to change: recorded data, or another's file.
    """

    path: Path
    action: Action


@dataclass(frozen=True)
class InstalledFile:
    """One of our files as it is installed.

    Attributes:
        kind: `plugin`, `command` or `library`.
        path: where it belongs.
        state: `changed` is our version, edited by hand; `newer` comes from a newer
            tachikoma-telemetry, and `install` leaves it alone; `foreign` is not ours.
        version: its own; None when it is missing or not ours.
    """

    kind: str
    path: Path
    state: State
    version: int | None


def config_dir() -> Path:
    """OpenCode's folder for all projects: ``$XDG_CONFIG_HOME/opencode``, else
    ``~/.config/opencode``.

    ``OPENCODE_CONFIG_DIR`` is no alternative to it: OpenCode loads that folder besides this one,
    and only while it is set.
    """
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    # As the XDG specification has it, a relative path counts as unset.
    return (Path(configured) if os.path.isabs(configured) else Path.home() / ".config") / "opencode"


def status(project: Path | None, *, global_: bool = False) -> list[InstalledFile]:
    """The plugin, the command and the library as they are in a project or OpenCode's own folder."""
    folder = _folder(project, global_=global_)
    library = InstalledFile(
        "library", folder / python_library.FOLDER, python_library.state(folder), None
    )
    return [*(_inspect(shipped, folder) for shipped in (PLUGIN, COMMAND)), library]


def install(project: Path | None, *, global_: bool = False) -> list[Change]:
    """Install the plugin, the command and the library, and for a project the telemetry folder.

    Doing it twice is harmless. If the user has another command ``/telemetry``, or another folder of
    the library's name, it is ``kept``: recording does not need ours.

    Raises:
        ForeignFileError: a file of the plugin's name is not ours; nothing was changed.
        OSError: something can't be written; what this call had changed before is undone.
    """
    folder = _folder(project, global_=global_)
    found = [(shipped, _inspect(shipped, folder)) for shipped in (PLUGIN, COMMAND)]
    for shipped, installed in found:
        if installed.state == "foreign" and shipped is PLUGIN:
            raise ForeignFileError(installed.path)
    with ExitStack() as undo:
        changes = [_put(shipped, installed, folder, undo) for shipped, installed in found]
        if project is not None and not global_:
            existed = telemetry_dir(project).is_dir()
            made = ensure_telemetry_dir(project)
            changes.append(Change(made, "unchanged" if existed else "created"))
        changes.append(_put_library(folder))
        undo.pop_all()
    return changes


def remove(project: Path | None, *, global_: bool = False) -> list[Change]:
    """Undo `install`: remove our files, and the folders that it made if they are empty now.

    What was recorded stays. Returns only what was there; an empty list: nothing was installed.
    """
    folder = _folder(project, global_=global_)
    changes: list[Change] = []
    made: set[Path] = set()
    for shipped in (PLUGIN, COMMAND):
        installed = _inspect(shipped, folder)
        if installed.state == "missing":
            continue
        if installed.state == "foreign":
            changes.append(Change(installed.path, "kept"))
            continue
        made.update(folder / name for name in shipped.folders_in(_read(installed.path) or ""))
        installed.path.unlink()
        changes.append(Change(installed.path, "removed"))
    library = python_library.state(folder)
    if library == "foreign":
        changes.append(Change(folder / python_library.FOLDER, "kept"))
    elif library != "missing":
        changes.append(Change(python_library.take_away(folder), "removed"))
    if project is not None and not global_ and telemetry_dir(project).is_dir():
        changes.append(_remove_telemetry(telemetry_dir(project)))
    for path in sorted(made, reverse=True):  # the deepest first
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
            changes.append(Change(path, "removed"))
    return changes


def _folder(project: Path | None, *, global_: bool) -> Path:
    if global_:
        return config_dir()
    if project is None:
        raise ValueError("without global_, a project is needed")
    return project / ".opencode"


def _inspect(shipped: Shipped, folder: Path) -> InstalledFile:
    path = folder / shipped.place
    text = _read(path)
    if text is None:
        return InstalledFile(shipped.kind, path, "missing", None)
    version = shipped.version_of(text)
    state: State
    if version is None:
        state = "foreign"
    elif version != shipped.version:
        state = "older" if version < shipped.version else "newer"
    else:
        state = "current" if text == shipped.with_folders(shipped.folders_in(text)) else "changed"
    return InstalledFile(shipped.kind, path, state, version)


def _put(shipped: Shipped, installed: InstalledFile, folder: Path, undo: ExitStack) -> Change:
    path = installed.path
    if installed.state == "foreign":
        return Change(path, "kept")
    if installed.state in ("current", "newer"):
        return Change(path, "unchanged")
    before = _read(path)
    missing = [place for place in (folder, path.parent) if not place.exists()]
    undo.callback(_restore, path, before, missing)
    path.parent.mkdir(parents=True, exist_ok=True)
    remembered = shipped.folders_in(before or "")
    made = [place.relative_to(folder).as_posix() for place in missing]
    _write(path, shipped.with_folders(remembered or made))
    return Change(path, "created" if before is None else "updated")


def _put_library(folder: Path) -> Change:
    place, state = folder / python_library.FOLDER, python_library.state(folder)
    if state == "foreign":
        return Change(place, "kept")
    if state in ("current", "newer"):
        return Change(place, "unchanged")
    python_library.put(folder)
    return Change(place, "created" if state == "missing" else "updated")


def _restore(path: Path, before: str | None, made: list[Path]) -> None:
    with suppress(OSError):  # the error that led here is the one to raise
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _write(path, before)
        for place in reversed(made):
            place.rmdir()


def _remove_telemetry(folder: Path) -> Change:
    for sign in SIGNS:
        if (folder / sign).is_file():
            (folder / sign).unlink()
    # Anything else in there was recorded, or is the user's.
    if {entry.name for entry in folder.iterdir()} - {".gitignore"}:
        return Change(folder, "kept")
    (folder / ".gitignore").unlink(missing_ok=True)
    folder.rmdir()
    return Change(folder, "removed")


def _read(path: Path) -> str | None:
    """The text of a file; None where there is none, empty for what is no regular file."""
    if path.exists() and not path.is_file():
        return ""
    try:
        # Ours are a few KB: a longer file is not ours, and its head shows that.
        return read_head(path, _BYTES_MAX).decode("utf-8", "replace")
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    # OpenCode may be starting right now: it must find the old file or the new one.
    write_file(path, [text.encode()], mode=0o644)
