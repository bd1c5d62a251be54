"""A long text on a terminal goes through the user's pager, as git's does."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress

_DEFAULT = "less"
# Quit when it fits the screen, keep colours, leave the text on the screen.
_LESS = {"LESS": "FRX", "LV": "-c"}


def show(text: str, *, height: int, paged: bool) -> None:
    """Write a text to the terminal; one that is higher than the screen through the pager.

    `height` is in lines.
    """
    command = _pager() if paged and text.count("\n") >= height else None
    if command is None or not _page(command, text):
        sys.stdout.write(text)
        sys.stdout.flush()


def _pager() -> list[str] | None:
    """The words of `PAGER`, or less; None where the user or the terminal wants none."""
    if os.environ.get("TERM") == "dumb":
        return None
    try:
        words = shlex.split(os.environ.get("PAGER", _DEFAULT))
    except ValueError:
        return None
    return words if words and words != ["cat"] else None


def _page(command: list[str], text: str) -> bool:
    """Whether the pager could be started."""
    environment = _LESS | os.environ
    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError:
        return False
    # Ctrl-C is the pager's: it ends a search, and must not leave a pager without its parent.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Who has read enough quits.
        with suppress(BrokenPipeError):
            pager.communicate(text.encode(errors="backslashreplace"))
        pager.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return True
