"""The library that makes `import tachikoma_telemetry` work for the commands that OpenCode runs.

The `python` of an agent is rarely the one that this package was installed into. So `install` copies
the modules that recording needs, as they are here, to where OpenCode's plugin finds them by its own
place. That holds for a project as for all projects, and wherever the telemetry folder was moved:

    <OpenCode's folder>/plugin/tachikoma-telemetry.ts   the plugin, which puts the next folder
    <OpenCode's folder>/tachikoma-telemetry/python/     at the end of PYTHONPATH
        tachikoma_telemetry/__init__.py                 makes way for an installed copy (finder.py)
        tachikoma_telemetry/too_old.py                  for interpreters that are too old
        tachikoma_telemetry/rooms_<digest>/             the modules

The folder has a ``.gitignore`` of ``*``: `init` writes it again. A new version gets a
folder of its own, and what came before it stays until the next one, for processes that use it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from tachikoma_telemetry import __version__
from tachikoma_telemetry.atomic_file import write_files
from tachikoma_telemetry.regular_file import read_head

NAME = "tachikoma_telemetry"
FOLDER = "tachikoma-telemetry"
# As in library/finder.py. The package itself needs 3.11; many systems still come with 3.10, and the
# modules that recording needs run there.
OLDEST = (3, 10)
_BYTES_MAX = 1 << 20
_MARK = b"# tachikoma-telemetry library "
# What the recording modules import, at any depth; a test holds this against their source.
_BY_ROOM = {
    "": "__init__ atomic_file clock errors project regular_file visible",
    "vocabulary.": "__init__ cleaning credentials events ids process ranges",
    "journal.": (
        "__init__ absorb append event_line files find flock format json_text lines lock "
        "predecessor read repair spill warnings"
    ),
    "recording.": (
        "__init__ attempts chunk context decorate delivery edit_chain event_methods misspelling "
        "problems recorder rlm run run_verdicts settings skill_run timed_block"
    ),
}
MODULES = tuple(room + name for room, names in _BY_ROOM.items() for name in names.split())
"""The modules that the library holds, by their names within the package."""

State = Literal["missing", "current", "older", "newer", "changed", "foreign"]


def python_path(folder: Path) -> Path:
    """What belongs on PYTHONPATH, of OpenCode's folder `folder`."""
    return folder / FOLDER / "python"


def state(folder: Path) -> State:
    """The library in OpenCode's folder `folder`, in the words of `InstalledFile.state`."""
    place = folder / FOLDER
    if not place.exists() and not place.is_symlink():
        return "missing"
    if not _is_ours(folder):
        return "foreign"
    found, own = _version_of(_read(_start(folder)) or b""), _version_of(_finder())
    if found != own:
        return "older" if found < own else "newer"
    current = all(_read(folder / name) == text for name, text in _contents().items())
    return "current" if current and not _is_anything_else(folder) else "changed"


def put(folder: Path) -> Path:
    """Write the library into OpenCode's folder; returns its place.

    Raises:
        OSError: it can't be written; the one that was there before still works.

    """
    package = _start(folder).parent
    existed = (folder / FOLDER).exists()
    before = _rooms_of(_read(_start(folder)) or b"")
    _clear(package, {before} - {_rooms()})
    try:
        for name in _contents():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # The finder is the last one: from then on a process imports the new modules.
        write_files({str(folder / name): [text] for name, text in _contents().items()}, mode=0o644)
    except BaseException:
        if not existed:
            shutil.rmtree(folder / FOLDER, ignore_errors=True)
        raise
    return folder / FOLDER


def take_away(folder: Path) -> Path:
    """Remove the library, which must be ours, from OpenCode's folder; returns its place."""
    shutil.rmtree(folder / FOLDER)
    return folder / FOLDER


def _start(folder: Path) -> Path:
    return python_path(folder) / NAME / "__init__.py"


def _is_ours(folder: Path) -> bool:
    """Whether the folder was made by `put`: no link leads elsewhere, and the finder is ours.

    One that was left without a finder, by a process that was killed, holds nothing but ours.
    """
    place, start = folder / FOLDER, _start(folder)
    if any(each.is_symlink() for each in (place, *start.parents[:2], start)):
        return False
    if not start.exists():
        names = {each.name for each in place.iterdir()} if place.is_dir() else {""}
        return names <= {".gitignore", "python"}
    return start.is_file() and (_read(start) or b"").startswith(_MARK)


def _is_anything_else(folder: Path) -> bool:
    """Whether there is a file that a process would import, or a link, and `put` made none."""
    ours = {folder / name for name in _contents()}
    package = _start(folder).parent
    for path in (*package.parent.iterdir(), *package.iterdir(), *(package / _rooms()).rglob("*")):
        if path.is_symlink() or (path.is_file() and path not in ours and path.suffix != ".pyc"):
            return True
    return False


def _clear(package: Path, rooms: set[str]) -> None:
    """Remove what is in the folder on PYTHONPATH, but for the package's start and these rooms."""
    kept = {"__init__.py", "too_old.py", *rooms}
    others = [path for path in package.parent.glob("*") if path != package]
    for path in (*others, *(path for path in package.glob("*") if path.name not in kept)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _version_of(finder: bytes) -> tuple[int, ...]:
    """The version that a finder names; empty when it names none."""
    found = re.match(rb"# tachikoma-telemetry library (\d+(?:\.\d+)*)", finder)
    return tuple(map(int, found[1].split(b"."))) if found else ()


def _rooms_of(finder: bytes) -> str:
    """The folder of the modules that an installed finder names."""
    found = re.search(rb"rooms_[0-9a-f]+", finder)
    return found[0].decode() if found else ""


def _read(path: Path) -> bytes | None:
    """The content of a file, or the head of one that is too long to be ours."""
    try:
        return read_head(path, _BYTES_MAX) if path.is_file() else None
    except OSError:
        return None


@cache
def _sources() -> dict[str, bytes]:
    """The source of each module, by its path below the package."""
    package = files(NAME)
    paths = [f"{name.replace('.', '/')}.py" for name in MODULES]
    return {path: package.joinpath(path).read_bytes() for path in paths}


@cache
def _rooms() -> str:
    """The folder of the modules: another one whenever one of them has changed."""
    digest = hashlib.sha256()
    for path, text in _sources().items():
        digest.update(b"%s\0%d\0%s" % (path.encode(), len(text), text))
    return f"rooms_{digest.hexdigest()[:12]}"


def _finder() -> bytes:
    text = files("opencode_hooks.library").joinpath("finder.py").read_text(encoding="utf-8")
    return text.replace("@VERSION@", __version__).replace("@ROOMS@", _rooms()).encode()


def _contents() -> dict[str, bytes]:
    """All files by their paths below OpenCode's folder, the finder last."""
    package = f"{FOLDER}/python/{NAME}"
    too_old = files("opencode_hooks.library").joinpath("too_old.py").read_bytes()
    return {
        f"{FOLDER}/.gitignore": b"*\n",
        f"{package}/too_old.py": too_old,
        **{f"{package}/{_rooms()}/{path}": text for path, text in _sources().items()},
        f"{package}/__init__.py": _finder(),
    }
