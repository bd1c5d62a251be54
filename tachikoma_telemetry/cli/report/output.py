"""Writing a report to a file, a folder, a pipe or a terminal."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_file import write_file, write_files
from ...errors import StoreError
from . import pager

if TYPE_CHECKING:
    from rich.console import Console

    from ...reports import Report
    from ...reports.forms import Form
    from ...reports.table_view import TableView


def write(
    report: Report,
    form: Form,
    output: Path | None,
    view: TableView | None = None,
    *,
    paged: bool = True,
) -> None:
    """Write a report to the file `output`, or to stdout; CSV also to a folder, a file a part.

    A terminal gets the overview on one screen, unless it should be everything.

    `paged` sends what is higher than the screen of a terminal through a pager.

    Raises:
        StoreError: when it can't be written.
        UnknownNameError: when the view names a column that no table of the section has.
    """
    if form.terminal:
        _write_table(report, form, output, view, paged=paged)
    elif form.one_part and output is not None and is_folder(output, report.section):
        _write_folder(report, form, output)
    elif output is None:
        sys.stdout.buffer.write(_content(report, form, view=view))
        sys.stdout.buffer.flush()
    else:
        _to_file(output, _content(report, form, view=view))


def show_page(report: Report, form: Form) -> None:
    """Write the page to a temporary file, print its path, and open it where there is a browser.

    Raises:
        StoreError: when it can't be written.
    """
    import tempfile

    from ...reports.forms.html.browser import open_page

    name = "".join(each if each.isalnum() else "-" for each in report.project or "report")
    try:
        folder = tempfile.mkdtemp(prefix="tachikoma-")
    except OSError as error:
        raise StoreError(f"can't make a temporary folder: {error.strerror}") from error
    path = Path(folder) / f"{name[:60]}{form.suffix}"
    _to_file(path, _content(report, form))
    print(path)
    if sys.stdout.isatty():
        open_page(path)


def is_folder(output: Path, section: str | None) -> bool:
    """Whether the output for CSV is a folder: one that exists, or of the overview a new one."""
    return output.is_dir() or (section is None and not output.suffix and not output.exists())


def _content(report: Report, form: Form, *part: str, view: TableView | None = None) -> bytes:
    seen = {"view": view} if form.view else {}
    written: str | bytes = form.load()(report, *part, **seen)
    return written.encode() if isinstance(written, str) else written


def _write_table(
    report: Report, form: Form, output: Path | None, view: TableView | None, *, paged: bool
) -> None:
    from rich.console import Console

    from ...reports.table_view import TableView

    buffer = io.StringIO() if output is not None else None
    # A pipe has no width of its own; 80 columns fit everywhere.
    terminal = sys.stdout.isatty() and output is None
    width = None if terminal else _columns()
    # rich takes NO_COLOR to leave bold and dim; plain text has neither.
    plain: dict[str, Any] = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    console = Console(file=buffer, width=width, highlight=False, **plain)
    view = view or TableView()
    if terminal or view.lines is not None:
        view = replace(view, screen=(view.lines or console.height, console.width))
    if view.screen is None:
        for each in form.load()(report, view):
            console.print(each)
    else:
        text = _on_screen(console, report, form, view)
        if terminal:
            pager.show(text, height=console.height, paged=paged)
        else:
            console.file.write(text)
            console.file.flush()
    if output is not None and buffer is not None:
        _to_file(output, buffer.getvalue().encode())


def _on_screen(console: Console, report: Report, form: Form, view: TableView) -> str:
    """The report as a screen shows it; the overview with as many findings as fit.

    Without a section there are seven findings at most; each fewer leaves a line that says so.
    """
    lines = view.lines or console.height
    summary = not view.everything
    text = ""
    for rows in [view.rows] if view.rows or not summary else [None, 6, 5, 4, 3, 2, 1]:
        with console.capture() as shown:
            for each in form.load()(report, replace(view, rows=rows), summary=summary):
                console.print(each)
        text = shown.get()
        if report.section is not None or text.count("\n") < lines:
            break
    return text if view.lines is None else _first_lines(text, view.lines)


def _first_lines(text: str, most: int) -> str:
    """As many lines of a text; the last one says how many there are more."""
    lines = text.splitlines(keepends=True)
    more = len(lines) - most
    return text if more <= 0 else "".join([*lines[: most - 1], f"{more + 1:,} more lines\n"])


def _write_folder(report: Report, form: Form, folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"can't make {folder}: {error.strerror}") from error
    files = {
        str(folder / f"{part}{form.suffix}"): [_content(report, form, part)]
        for part in report.parts
    }
    try:
        write_files(files)
    except OSError as error:
        for each in missing:
            with suppress(OSError):
                each.rmdir()
        raise StoreError(f"can't write {error.filename}: {error.strerror}") from error


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else 80


def _to_file(output: Path, content: bytes) -> None:
    try:
        write_file(output, [content])
    except OSError as error:
        raise StoreError(f"can't write {output}: {error.strerror}") from error
