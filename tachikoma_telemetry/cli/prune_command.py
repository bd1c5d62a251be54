"""`tachikoma-telemetry prune`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import project as places
from ..errors import JournalError, StoreError
from ..vocabulary.retention import KINDS, cutoffs
from ..words import counted
from .option_group import value_option
from .options import MetricsOption, ProjectOption, QuietOption, root_of
from .say import note
from .time_words import parse_time

_DEFAULTS = ", ".join(f"{name}={days}d" for name, days in KINDS.items())


def prune_command(
    *,
    older_than: Annotated[
        list[str],
        value_option(
            "90d for all events; KIND=AGE for some (repeatable), where KIND is one of "
            f"{', '.join(KINDS)}; `default` for {_DEFAULTS}.",
            "AGE",
        ),
    ],
    store: Annotated[
        bool, typer.Option("--store", help="Also from the unified store: they leave the reports.")
    ] = False,
    metrics: MetricsOption = None,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Delete old events from the journal. Nothing is deleted unless you ask.

    Only events that a merge has taken into the unified store go, so reports stay as they are;
    with --store they go from there, too, and the reports forget them.

    Example:

        tachikoma-telemetry prune --older-than 90d

        tachikoma-telemetry prune --older-than rlm=30d --older-than edits=180d
    """
    before = cutoffs(_times(older_than))
    root = root_of(project)
    journals = metrics or [places.journal_path(root)]
    target = places.store_path(root)
    _prune_journals(journals, target, before, quiet=quiet)
    if store:
        _prune_store(target, before, quiet=quiet)


def _times(given: list[str]) -> dict[str, int]:
    """By kind, the time before which events go."""
    times: dict[str, int] = {}
    for each in given:
        kind, equals, age = each.partition("=")
        if each == "default":
            times.update({name: _time(f"{days}d") for name, days in KINDS.items()})
        elif not equals:
            times.update(dict.fromkeys(KINDS, _time(each)))
        elif kind in KINDS:
            times[kind] = _time(age)
        else:
            raise typer.BadParameter(
                f"no kind {kind!r}; there are {', '.join(KINDS)}", param_hint="--older-than"
            )
    return times


def _time(age: str) -> int:
    try:
        return parse_time(age)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--older-than") from None


def _prune_journals(
    journals: list[Path], store: Path, before: Mapping[str, int], *, quiet: bool
) -> None:
    from ..journal.prune import prune
    from ..journal.read import journal_files
    from ..store.event_removal import merged_ids
    from ..store.store import store_at

    def is_old(event: dict[str, Any]) -> bool:
        return bool(event["time"] < before.get(event["type"], 0))

    if not store.exists():
        raise StoreError(
            f"no store at {store}, so nothing is merged yet and nothing was deleted; "
            "run `tachikoma-telemetry merge` first"
        )
    try:
        with store_at(store) as connection:
            for path in journals:
                if not journal_files(path):
                    note(f"no journal at {path}", quiet=quiet)
                    continue
                done = prune(path, is_old, lambda ids: merged_ids(connection, ids))
                waiting = counted(done.waiting, "old one", "old ones")
                waiting = f"; {waiting} not merged yet" if done.waiting else ""
                note(f"{path}: {done.removed:,} deleted, {done.kept:,} kept{waiting}", quiet=quiet)
    except OSError as error:
        raise JournalError(f"can't prune the journal: {error.strerror or error}") from error


def _prune_store(path: Path, before: Mapping[str, int], *, quiet: bool) -> None:
    from ..store.event_removal import prune_store
    from ..store.store import open_store, store_errors

    with closing(open_store(path)) as store, store_errors("write", path, "; it is as it was"):
        removed = prune_store(store, before)
    note(f"{path}: {counted(removed, 'event')} deleted", quiet=quiet)
