"""A folder of somebody whom the system may refuse something, also when the tests run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """A folder, and until the end the rights of its owner, who is not root.

    Not below pytest's own, which only the one who started it may enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="nobody", dir="/tmp")).resolve()
    root = os.geteuid() == 0
    # The key by which a user's stores are known is that user's.
    state = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    try:
        if root:
            os.chown(folder, _NOBODY, -1)
            os.seteuid(_NOBODY)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        if state is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = state
        for place in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            place.chmod(0o700)
        shutil.rmtree(folder)
