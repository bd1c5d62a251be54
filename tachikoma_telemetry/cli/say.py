"""Words and progress for the person at the terminal: stderr only."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from ..merge.progress import Progress

# Shorter work is over before a bar could be read.
_SHOW_AFTER_SECONDS = 1.0


def note(message: str, *, quiet: bool = False) -> None:
    """One line on stderr. Names of folders and files in it can't act on the terminal."""
    if not quiet:
        from ..visible import visible

        print(visible(message), file=sys.stderr)


class LenientStderr:
    """A stderr that may be full, or have lost its reader: what was to be done is done all the same.

    Everything else is as with the stream that it stands for.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Python would try once more when it ends, and exit with 120.
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress | None]:
    """A callback that shows how far long work has come; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", visible=False)

        def show(phase: str, done: int, total: int | None) -> None:
            if time.monotonic() - began > _SHOW_AFTER_SECONDS:
                bar.update(task, description=phase, completed=done, total=total, visible=True)

        yield show
