"""Merging, as `merge` and `report` both do it."""

from __future__ import annotations

from pathlib import Path

from .. import project
from ..errors import NoDatabaseError
from ..journal.find import is_begun
from ..merge.merge import MergeRequest, Summary, merge
from ..opencode.batches import bind_fast
from ..opencode.locate import find_databases
from .say import note, progress_bar


def run_merge(
    root: Path,
    *,
    databases: list[Path] | None,
    journals: list[Path] | None,
    store: Path,
    all_projects: bool,
    quiet: bool,
    rebuild: bool = False,
    adopt: bool = False,
) -> Summary:
    """Merge what is new into `store`.

    Without a database of OpenCode, what was recorded is merged all the same; that there is none is
    told to whom it is news: with a new store, and with one that had a database before.

    Args:
        root: the project's root.
        databases: named by hand; None or empty finds OpenCode's.
        journals: named by hand; None or empty is the project's.
        store: the unified store.
        all_projects: take sessions of every folder.
        quiet: no words on stderr.
        rebuild: read everything again.
        adopt: take over a store that this user's merges did not make.

    Raises:
        TachikomaError: when it can't be done.

    """
    missing: NoDatabaseError | None = None
    found: list[Path] = []
    journal = project.journal_path(root)
    try:
        found = find_databases(databases)
    except NoDatabaseError as error:
        if databases or not (journals or store.exists() or is_begun(journal)):
            raise
        missing = error
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
    # Where there never was one, saying so once is enough.
    if missing and summary.sessions:
        note(f"tachikoma-telemetry: {missing}; what was merged before is kept", quiet=quiet)
    elif missing and first:
        note(f"tachikoma-telemetry: {missing}; only recorded events are reported", quiet=quiet)
    for warning in summary.warnings:
        note(f"tachikoma-telemetry: {warning}", quiet=quiet)
    return summary
