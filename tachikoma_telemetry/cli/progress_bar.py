"""The progress bar of a long merge: on stderr, and only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..progress import Progress

# Shorter work is over before a bar could be read.
_SHOW_AFTER_SECONDS = 1.0


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress | None]:
    """A callback that shows the progress of long work; None where no user would see it."""
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
