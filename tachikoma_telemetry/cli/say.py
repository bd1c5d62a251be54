"""Words for the user: on stderr only, for stdout is for data."""

from __future__ import annotations

import sys


def note(message: str, *, quiet: bool = False) -> None:
    """Write one line to stderr. Names of folders and files in it can't act on the terminal."""
    if not quiet:
        from ..visible import visible

        print(visible(message), file=sys.stderr)
