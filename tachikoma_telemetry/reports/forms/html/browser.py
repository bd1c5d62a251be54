"""Opening a page in the browser of a user at a terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def open_page(path: Path) -> bool:
    """Open a page where a browser would show it on the user's screen; returns whether it did.

    Without a display, `webbrowser` starts a text browser, which takes over the terminal.
    """
    if not _has_browser():
        return False
    import webbrowser

    return webbrowser.open(path.absolute().as_uri())


def _has_browser() -> bool:
    if os.environ.get("CI"):
        return False
    if os.environ.get("BROWSER"):
        return True
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return not os.environ.get("SSH_CONNECTION")
