"""The standard streams, which may be closed, full, or without a reader."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast


def prepare() -> None:
    """Make all three streams usable, and let no write to stderr fail."""
    _open_closed()
    sys.stderr = cast("TextIO", LenientStderr(sys.stderr))


def discard_stdout() -> None:
    """Write no more to stdout: Python would fail again when it flushes it at shutdown."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_closed() -> None:
    """Put a sink where the caller has closed a stream.

    Else the next file that is opened, a database perhaps, gets its number and is written into.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the least number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - as long as the process lives
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


class LenientStderr:
    """A stderr that may be full or closed: the command does its work all the same.

    Everything but writing is the wrapped stream's.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`, or lose it; returns its length."""
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
