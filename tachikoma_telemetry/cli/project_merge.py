"""Merging a project, with progress and warnings on stderr."""

from __future__ import annotations

from pathlib import Path

from .. import project
from ..errors import NoDatabaseError
from ..journal.find import is_begun
from ..merge.merge import MergeRequest, Summary, merge
from ..opencode.batches import bind_fast
from ..opencode.locate import find_databases
from .progress_bar import progress_bar
from .say import note


def merge_project(
    root: Path,
    *,
    databases: list[Path] | None = None,
    journals: list[Path] | None = None,
    store: Path,
    all_projects: bool = False,
    quiet: bool = False,
    rebuild: bool = False,
    adopt: bool = False,
) -> Summary:
    """Merge what is new into `store`.

    Recorded events are merged even if OpenCode has no database. A note says so, once: with a new
    store, or with each merge when the store had a database before.

    Args:
        root: the project's root.
        databases: the user's choice; None or empty finds OpenCode's.
        journals: the user's choice; None or empty is the project's.
        store: the unified store.
        all_projects: take sessions of every folder.
        quiet: write only errors to stderr.
        rebuild: read everything again.
        adopt: take over a store that this user's merges did not make.

    Raises:
        NoDatabaseError: when there is neither a database nor a recorded event.
        TachikomaError: when it can't be done.

    """
    journal = project.journal_path(root)
    anything_else = bool(journals) or store.exists() or is_begun(journal)
    found, missing = _databases(databases, required=bool(databases) or not anything_else)
    first = not store.exists()
    request = MergeRequest(
        store=store,
        root=root,
        journals=journals or [journal],
        named_journals=bool(journals),
        databases=found,
        all_projects=all_projects,
        rebuild=rebuild,
        adopt=adopt,
    )
    bind_fast()
    with progress_bar(quiet=quiet) as progress:
        summary = merge(request, progress)
    if missing and summary.sessions:
        note(f"tachikoma-telemetry: {missing}; what was merged before is kept", quiet=quiet)
    elif missing and first:
        note(f"tachikoma-telemetry: {missing}; only recorded events are reported", quiet=quiet)
    for warning in summary.warnings:
        note(f"tachikoma-telemetry: {warning}", quiet=quiet)
    return summary


def _databases(
    named: list[Path] | None, *, required: bool
) -> tuple[list[Path], NoDatabaseError | None]:
    """OpenCode's databases, and why there is none."""
    try:
        return find_databases(named), None
    except NoDatabaseError as error:
        if required:
            raise
        return [], error
