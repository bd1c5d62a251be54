"""`tachikoma-telemetry merge`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..atomic_file import write_file
from ..errors import StoreError
from .merge_options import MergeOptions
from .merge_summary import describe
from .option_group import value_option
from .options import QuietOption
from .say import note


def merge_command(
    *,
    merge: MergeOptions,
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
        str | None, value_option("Write the unified records to this file; `-` is stdout.", "PATH")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Join recorded events to OpenCode's calls and update the unified store.

    Reads OpenCode's databases (never writes them) and the journal, and says how many events found
    their call and why the rest did not. Doing it twice changes nothing. Where OpenCode has no
    database, the journal is merged alone.

    Example:

        tachikoma-telemetry merge --db ~/backup/opencode.db
    """
    summary = merge.run(quiet=quiet, rebuild=rebuild, adopt=adopt)
    if json is not None:
        _write_records(merge.target, json)
    for line in describe(summary):
        note(line, quiet=quiet)
    note(f"store: {merge.target}", quiet=quiet)


def _write_records(store: Path, target: str) -> None:
    from ..store.records import unified_records
    from ..store.store import store_at

    try:
        with store_at(store) as connection:
            if target == "-":
                for piece in unified_records(connection):
                    sys.stdout.buffer.write(piece)
                return
            write_file(target, unified_records(connection))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise StoreError(f"can't write {target}: {error.strerror}") from error
