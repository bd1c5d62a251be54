"""Databases as OpenCode leaves them, processes that merge them, and small disks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .opencode_rows import START, Rows

# A merge in a process of its own: root, store, database.
MERGE = """
import sys
from pathlib import Path
from tests.merging import merge_project
root, store, database = map(Path, sys.argv[1:4])
print(merge_project(root, database, store=store, journals=[]).calls)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def database_of(path: Path, project: Path, calls: int = 3, *, wal: bool = True) -> Rows:
    if wal:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    database = Rows(path, project)
    database.session("ses_a")
    database.db.execute("BEGIN")
    for number in range(calls):
        database.call("ses_a", "bash", f"call_{number}", at=START + 100 + number * 10)
    database.db.execute("COMMIT")
    return database


@contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A small file system of its own on `folder`, whose options can be changed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs to mount a tmpfs, which only root may")
    try:

        def remount(options: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
