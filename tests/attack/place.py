"""A place to attack in: a project, a home folder, and nothing of the machine's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def project_in(folder: Path, *, strict: str = "0") -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
    """A project in `folder`, which is the working folder until the end, and what to patch with."""
    root, home = folder / "project", folder / "home"
    (root / ".opencode").mkdir(parents=True)
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("TACHIKOMA_", "OPENCODE", "XDG_")):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        patch.setenv("TACHIKOMA_TELEMETRY_STRICT", strict)
        patch.setenv("NO_COLOR", "1")
        patch.chdir(root)
        yield root, patch


def child(work: Callable[[], object]) -> int:
    """The id of a process that does this work, and ends with 0, or with 1 if it raised."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)
