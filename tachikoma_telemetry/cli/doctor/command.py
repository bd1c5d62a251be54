"""The command `doctor`."""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from ... import project as places
from ...errors import TachikomaError
from ...visible import visible
from ..option_group import value_option
from ..options import DatabaseOption, ProjectOption, StoreOption, root_of, store_of
from .finding import INDENT, Finding

_PLAIN = str.maketrans({"✓": "+", "✗": "x"})

ReportOption = Annotated[
    Path | None,
    value_option(
        "Write what a maintainer needs instead: versions, types and counts, no text, no name, no "
        "path. As JSON, or Markdown if FILE ends with .md; - is stdout.",
        "FILE",
    ),
]


def doctor_command(
    db: DatabaseOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    report: ReportOption = None,
) -> None:
    """Say what is in place and what is missing: plugin, OpenCode, databases, journal, joins.

    ✓ is fine, ! is missing though recording works without it, ✗ is wrong: then it exits with 1.
    Behind an arrow is what to do. Reads only; `merge` first for what the joins look like now.

    Example:

        tachikoma-telemetry doctor
    """
    root = root_of(project)
    if report is not None:
        from .maintainer_report import maintainer_report, write_report

        write_report(maintainer_report(root, _databases(db), store_of(root, store)), report)
        return
    found = findings(root, store_of(root, store), db)
    for finding in found:
        typer.echo("\n".join(_lines(_encodable(visible(str(finding))))))
    if any(each.state == "bad" for each in found):
        raise typer.Exit(1)


def _lines(text: str) -> list[str]:
    """A terminal breaks a line at any letter, so break it between words; a path stays whole."""
    if not sys.stdout.isatty():
        return [text]
    columns = shutil.get_terminal_size().columns
    return textwrap.wrap(
        text,
        columns,
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [text]


def _encodable(text: str) -> str:
    """What a terminal without our marks can show."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate(_PLAIN).replace("→", "->")
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def findings(root: Path, store: Path, named: list[Path] | None) -> list[Finding]:
    """What every check found, in the order in which data flows."""
    from ...journal.find import is_begun
    from .library_checks import check_command, check_library
    from .plugin_checks import check_plugin, check_served
    from .source_checks import check_databases, check_journal, check_warnings, read_sessions
    from .store_checks import check_limits, check_store

    journal, databases = places.journal_path(root), _databases(named)
    found = isinstance(databases, list)
    read = read_sessions(databases) if isinstance(databases, list) else databases
    readable = read.values() if isinstance(read, dict) else []
    sessions = {
        session.session_id: session
        for each in readable
        if isinstance(each, tuple)
        for session in each.sessions
    }
    mergeable = is_begun(journal) or found
    return [
        Finding("project", "ok", str(root)),
        *check_plugin(root),
        *check_served(root, sessions.values()),
        *check_library(root),
        *check_command(),
        *check_databases(read),
        *check_journal(journal),
        *check_warnings(journal),
        *check_store(store, mergeable=mergeable),
        *check_limits(places.telemetry_dir(root)),
    ]


def _databases(named: list[Path] | None) -> list[Path] | TachikomaError:
    from ...opencode.locate import find_databases

    try:
        return find_databases(named)
    except TachikomaError as error:
        return error
