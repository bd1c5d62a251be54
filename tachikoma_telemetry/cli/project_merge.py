"""Merging a project, with progress and warnings on stderr."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from .. import project
from ..errors import NoDatabaseError
from ..journal.find import is_begun
from ..merge.merge import MergeRequest, Summary, merge
from ..merge.progress import Progress
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
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
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
        progress: gets the progress; None shows a bar.
        say: gets each note; None writes it to stderr. That a database is gone is said each time.

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
    if progress is not None:
        summary = merge(request, progress)
    else:
        with progress_bar(quiet=quiet) as shown:
            summary = merge(request, shown)
    say = say or partial(_note, quiet=quiet)
    if missing and summary.sessions:
        say(f"{missing}; what was merged before is kept")
    elif missing and first:
        say(f"{missing}; only recorded events are reported")
    for warning in summary.warnings:
        say(warning)
    return summary


def _note(text: str, *, quiet: bool) -> None:
    note(f"tachikoma-telemetry: {text}", quiet=quiet)


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
