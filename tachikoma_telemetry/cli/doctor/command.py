"""The command `doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from ... import project as places
from ...errors import TachikomaError
from ...visible import visible
from ..options import DatabaseOption, ProjectOption, StoreOption, root_of, store_of
from .finding import Finding
from .library_checks import check_library
from .source_checks import check_databases, check_journal, check_plugin, check_warnings
from .store_checks import check_store


def doctor_command(
    db: DatabaseOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
) -> None:
    """Say what is in place and what is missing: plugin, databases, journal, joins.

    Reads only; `merge` first for what the joins look like now.

    Example:

        tachikoma-telemetry doctor
    """
    root = root_of(project)
    for finding in findings(root, store_of(root, store), db):
        typer.echo(visible(str(finding)))


def findings(root: Path, store: Path, named: list[Path] | None) -> list[Finding]:
    """What every check found, in the order in which data flows.

    Args:
        root: the project's root.
        store: the unified store.
        named: OpenCode databases by the user's choice; None or empty finds them.

    """
    from ...journal.find import is_begun

    journal, databases = places.journal_path(root), _databases(named)
    mergeable = is_begun(journal) or not isinstance(databases, TachikomaError)
    return [
        Finding("project", "ok", str(root)),
        *check_plugin(root),
        *check_library(root),
        *check_databases(databases),
        *check_journal(journal),
        *check_warnings(journal),
        *check_store(store, mergeable=mergeable),
    ]


def _databases(named: list[Path] | None) -> list[Path] | TachikomaError:
    from ...opencode.locate import find_databases

    try:
        return find_databases(named)
    except TachikomaError as error:
        return error
