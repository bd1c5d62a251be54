"""`tachikoma-telemetry merge`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from ..atomic_file import write_file
from ..errors import StoreError
from ..words import counted
from .options import (
    AllProjectsOption,
    DatabaseOption,
    MetricsOption,
    ProjectOption,
    QuietOption,
    StoreOption,
    root_of,
    store_of,
)
from .say import note

if TYPE_CHECKING:
    from ..merge.merge import Summary

WHY = {
    "orphan": "naming a call that is not here: not written yet, or of another folder",
    "ambiguous": "fitting more than one call, and none is guessed",
    "none": "recorded outside of any OpenCode call",
}


def merge_command(
    db: DatabaseOption = None,
    metrics: MetricsOption = None,
    store: StoreOption = None,
    all_projects: AllProjectsOption = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read everything again; history stays.")
    ] = False,
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt",
            help="Take over a store that your merges did not make: from another machine or user.",
        ),
    ] = False,
    json: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--json",
            help="Write the unified records to this file; `-` is stdout.",
            metavar="PATH",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Join recorded events to OpenCode's calls and update the unified store.

    Reads OpenCode's databases (never writes them) and the journal, and says how many events found
    their call and why the rest did not. Doing it twice changes nothing. Where OpenCode has no
    database, the journal is merged alone.

    Example:

        tachikoma-telemetry merge --db ~/backup/opencode.db
    """
    from .merging import run_merge

    root = root_of(project)
    target = store_of(root, store)
    summary = run_merge(
        root,
        databases=db,
        journals=metrics,
        store=target,
        all_projects=all_projects,
        quiet=quiet,
        rebuild=rebuild,
        adopt=adopt,
    )
    if json is not None:
        _write_records(target, json)
    for line in describe(summary):
        note(line, quiet=quiet)
    note(f"store: {target}", quiet=quiet)


def _write_records(store: Path, target: str) -> None:
    from ..store.records import unified_records
    from ..store.store import read_store, telling

    connection = read_store(store)
    try:
        with telling("read", store):
            if target == "-":
                for piece in unified_records(connection):
                    sys.stdout.buffer.write(piece)
                return
            write_file(target, unified_records(connection))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise StoreError(f"can't write {target}: {error.strerror}") from error
    finally:
        connection.close()


def describe(summary: Summary) -> list[str]:
    """The summary in sentences."""
    lines = [
        f"{counted(summary.sessions, 'session')}, {counted(summary.calls, 'call')}"
        + (f" (and {counted(summary.copies, 'copy', 'copies')} in forks)" if summary.copies else "")
    ]
    if summary.events:
        joined = summary.matches["exact"] + summary.matches["inferred"]
        inferred = summary.matches["inferred"]
        lines.append(
            f"{joined} of {counted(summary.events, 'event')} joined to a call"
            + (f", {inferred} of them inferred" if inferred else "")
        )
        for match, why in WHY.items():
            if summary.matches[match]:
                lines.append(f"  {summary.matches[match]} {match}: {why}")
    else:
        lines.append(
            'no events yet: record some with `with telemetry.skill_run("…")` in a skill\'s code'
        )
    if summary.malformed:
        lines.append(f"{counted(summary.malformed, 'malformed row')} skipped")
    if summary.dropped:
        lines.append(f"{counted(summary.dropped, 'value')} that can't be right left out")
    return lines
