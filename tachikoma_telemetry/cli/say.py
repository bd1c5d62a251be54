"""Words and progress for the person at the terminal: stderr only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..merge.databases import Progress

# Shorter work is over before a bar could be read.
_SHOW_AFTER_SECONDS = 1.0


def note(message: str, *, quiet: bool = False) -> None:
    """One line on stderr."""
    if not quiet:
        print(message, file=sys.stderr)


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress | None]:
    """A callback that shows how far long work has come; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    began = time.monotonic()
    with Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=False,
        auto_refresh=True,
    ) as bar:
        task = bar.add_task("reading OpenCode's database", visible=False)

        def show(phase: str, rows: int) -> None:
            if time.monotonic() - began > _SHOW_AFTER_SECONDS:
                bar.update(task, description=f"reading {phase}: {rows:,}", visible=True)

        yield show
