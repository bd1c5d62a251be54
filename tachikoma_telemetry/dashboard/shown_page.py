"""The HTML page of what is shown."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..atomic_file import write_file
from ..errors import StoreError
from ..project import create_private_dir
from ..reports import Filters
from ..reports.forms import FORMS
from ..reports.forms.html.browser import open_page
from .store_reader import StoreReader


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
    return f"{'opened' if open_page(path) else 'written to'} {path}"
