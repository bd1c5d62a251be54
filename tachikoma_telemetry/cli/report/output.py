"""Writing a report: in which form, and where to."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...atomic_file import write_file, write_files
from ...errors import StoreError
from ..choice import Choice

if TYPE_CHECKING:
    from ...reports import Report


class Format(Choice):
    """How a report is written."""

    table = "table"
    json = "json"
    csv = "csv"
    md = "md"
    html = "html"


def write(report: Report, form: Format, output: Path | None) -> None:
    """Write a report to the file `output`, or to stdout; CSV also to a folder, a file a part.

    Raises:
        StoreError: when it can't be written.

    """
    if form is Format.table:
        _write_table(report, output)
    elif form is Format.csv and output is not None and is_folder(output, report.section):
        _write_folder(report, output)
    elif output is None:
        sys.stdout.buffer.write(_content(report, form))
        sys.stdout.buffer.flush()
    else:
        _to_file(output, _content(report, form))


def is_folder(output: Path, section: str | None) -> bool:
    """Whether the output for CSV is a folder: one that exists, or of the overview a new one."""
    return output.is_dir() or (section is None and not output.suffix and not output.exists())


def _content(report: Report, form: Format) -> bytes:
    if form is Format.json:
        from ...reports.forms.as_json import to_json

        return to_json(report)
    if form is Format.csv:
        from ...reports.forms.as_csv import to_csv

        return to_csv(report).encode()
    if form is Format.html:
        from ...reports.forms.html import to_html

        return to_html(report).encode()
    from ...reports.forms.as_markdown import to_markdown

    return to_markdown(report).encode()


def _write_table(report: Report, output: Path | None) -> None:
    from rich.console import Console

    from ...reports.forms.as_table import tables

    buffer = io.StringIO() if output is not None else None
    # A pipe has no width of its own; 80 columns fit everywhere.
    width = None if sys.stdout.isatty() and output is None else _columns()
    # rich takes NO_COLOR to leave bold and dim; plain text has neither.
    plain: dict[str, Any] = {"color_system": None} if os.environ.get("NO_COLOR") else {}
    console = Console(file=buffer, width=width, highlight=False, **plain)
    for each in tables(report):
        console.print(each)
    if output is not None and buffer is not None:
        _to_file(output, buffer.getvalue().encode())


def _write_folder(report: Report, folder: Path) -> None:
    from ...reports.forms.as_csv import to_csv

    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"can't make {folder}: {error.strerror}") from error
    files = {str(folder / f"{part}.csv"): [to_csv(report, part).encode()] for part in report.parts}
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
