"""The HTML page of what is shown."""

from __future__ import annotations

import os
import sqlite3
import sys
import webbrowser
from pathlib import Path

from ..atomic_file import write_file
from ..errors import StoreError
from ..project import create_private_dir
from ..reports import Filters
from ..reports.forms import FORMS
from .store_reader import StoreReader

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def write_page(
    reader: StoreReader,
    store: sqlite3.Connection,
    section: str | None,
    filters: Filters,
    path: Path,
) -> str:
    """Write the page to `path`, and open it where there is a screen; says what was done.

    Raises:
        TachikomaError: when it can't be made or written.

    """
    html = FORMS["html"].load()(reader.report(store, section, filters, charts=True))
    try:
        create_private_dir(path.parent)
        write_file(path, [html.encode()])
    except OSError as error:
        raise StoreError(f"can't write {path}: {error.strerror}") from error
    # Without a screen Python starts a browser for terminals, which would draw over this one.
    seen = sys.platform == "darwin" or any(os.environ.get(each) for each in _DISPLAYS)
    opened = seen and webbrowser.open(path.absolute().as_uri())
    return f"{'opened' if opened else 'written to'} {path}"
