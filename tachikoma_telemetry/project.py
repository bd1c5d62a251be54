"""Where a project's telemetry lives.

    <root>/.opencode/telemetry/metrics.json         the journal
    <root>/.opencode/telemetry/metrics.json.lock    its lock
    <root>/.opencode/telemetry/unified.db           the unified store

Only the standard library: this module is imported by every skill that records.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from .atomic_file import discard, name_beside, write_new

JOURNAL_NAME = "metrics.json"
_STORE_NAME = "unified.db"


def find_root(start: Path | str | None = None) -> Path:
    """The project's root folder, absolute.

    ``TACHIKOMA_PROJECT`` wins (the OpenCode plugin sets it). Otherwise the first folder, from
    `start` upwards, that holds ``.opencode`` or ``.git``. The home folder and everything above it
    never count: ``~/.opencode`` is OpenCode's own. Neither does one where the folder or what marks
    it belongs to another user, as in git: anyone may put an ``.opencode`` into ``/tmp``. Without
    such a folder, `start` itself.

    Args:
        start: where to look from; None is the working folder, and only then does
            ``TACHIKOMA_PROJECT`` count, because a folder named by hand is the more specific wish.

    """
    if start is None:
        named = os.environ.get("TACHIKOMA_PROJECT", "")
        if named and os.path.isdir(named):
            return Path(os.path.abspath(named))
        start = os.getcwd()
    first = os.path.abspath(start)
    home = os.path.realpath(os.path.expanduser("~"))
    folder = first
    while True:
        real = os.path.realpath(folder)
        if home == real or home.startswith(real.rstrip(os.sep) + os.sep):
            return Path(first)
        if _is_marked(folder):
            return Path(folder)
        parent = os.path.dirname(folder)
        if parent == folder:
            return Path(first)
        folder = parent


def _is_marked(folder: str) -> bool:
    """Whether `folder` is the root of a project of this user."""
    for name in (".opencode", ".git"):
        try:
            found = os.stat(os.path.join(folder, name))
            # ``.git`` is a file in a worktree.
            if (name == ".git" or stat.S_ISDIR(found.st_mode)) and is_own(found):
                return is_own(os.stat(folder))
        except (OSError, ValueError):
            pass
    return False


def telemetry_dir(root: Path) -> Path:
    """The folder of journal and store: ``TACHIKOMA_TELEMETRY_DIR``, or below `root`.

    A relative one is relative to `root`, so that every folder of a project has the same journal.
    """
    moved = os.path.expanduser(os.environ.get("TACHIKOMA_TELEMETRY_DIR", ""))
    return Path(os.path.abspath(root / moved)) if moved else root / ".opencode" / "telemetry"


def ensure_telemetry_dir(root: Path) -> Path:
    """Create the telemetry folder of `root` if it is missing, and return it.

    Raises:
        OSError: when it can't be created, or a file is where it should be.

    """
    folder = telemetry_dir(root)
    create_private_dir(folder)
    return folder


def create_private_dir(folder: Path) -> None:
    """Create `folder` readable by its owner only, and invisible to git.

    A folder that exists already is left as it is: its owner may have opened it on purpose.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    # It gets its name when git does not see it any more, so that no kill leaves one that git sees.
    fresh, unseen = name_beside(str(folder)), ".gitignore"
    os.mkdir(fresh, mode=0o700)
    try:
        write_new(os.path.join(fresh, unseen), [b"*\n"])
        os.rename(fresh, folder)
    except OSError:
        # Another process was faster; or without room for that file, the folder is what is needed:
        # an event must not be lost.
        discard(os.path.join(fresh, unseen))
        with suppress(OSError):
            os.rmdir(fresh)
        folder.mkdir(mode=0o700, exist_ok=True)


def journal_path(root: Path) -> Path:
    """The journal of the project at `root`."""
    return telemetry_dir(root) / JOURNAL_NAME


def journal_in(root: Path) -> Path:
    """The journal in the folder of the project at `root`, wherever this process's own was moved."""
    return root / ".opencode" / "telemetry" / JOURNAL_NAME


def store_path(root: Path) -> Path:
    """The unified store of the project at `root`."""
    return telemetry_dir(root) / _STORE_NAME


def is_own(found: os.stat_result) -> bool:
    """Whether a file is this user's. To root, that includes the user who ran `sudo`, as in git."""
    user = os.geteuid()
    if found.st_uid == user:
        return True
    sudo = os.environ.get("SUDO_UID", "")
    return user == 0 and sudo.isascii() and sudo.isdecimal() and found.st_uid == int(sudo)


def is_inside(directory: str, root: str) -> bool:
    """Whether `directory` is `root` or below it, links resolved."""
    if "\0" in directory:
        return False  # no folder has such a name, and the system refuses to look for it
    real, base = os.path.realpath(directory), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def as_text(path: Path | str) -> str:
    """A path as a text that can be stored: names that are no UTF-8 have their bytes written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
