"""Checks of the unified store: how many events found their call, and what does not agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ...errors import TachikomaError
from ...words import counted, unknown_rows
from ..merge_summary import WHY
from ..time_words import shown_time
from .finding import Finding

_FIXES = {
    "orphan": "merge again once OpenCode has ended, or check that --db names its database",
    "ambiguous": "OpenCode older than 1.2.15 can't tell parallel calls apart: upgrade it",
    "none": "if not, OpenCode had no plugin yet: `init`, then restart it",
}


def check_store(path: Path, *, mergeable: bool) -> list[Finding]:
    """What the last merge found.

    `mergeable`: whether there is anything that a merge would read.
    """
    from ...store.store import store_at

    if not path.exists():
        if not mergeable:
            return [Finding("store", "warn", "none yet, and nothing to merge yet")]
        return [Finding("store", "warn", "none yet", "run `tachikoma-telemetry merge`")]
    try:
        with store_at(path) as store:
            (merged,) = store.execute("SELECT max(merged) FROM merge_state").fetchone()
            when = f", merged {shown_time(merged)}" if merged else ""
            return [
                Finding("store", "ok", f"{path}{when}"),
                *_check_unknown(store),
                *_check_joins(store),
                *_check_run_outcomes(store),
            ]
    except TachikomaError as error:
        return [Finding.of_error("store", error)]


def check_limits(folder: Path) -> Iterator[Finding]:
    """The limits that are set in the telemetry folder: the findings go without a broken file."""
    from ...reports.sections.check.thresholds import CONFIG_NAME, read_thresholds

    path = folder / CONFIG_NAME
    if path.exists():
        try:
            read_thresholds(path)
            yield Finding("limits", "ok", str(path))
        except TachikomaError as error:
            yield Finding.of_error("limits", error)


def _check_unknown(store: sqlite3.Connection) -> Iterator[Finding]:
    """What OpenCode wrote and this version does not know, so that no number has it."""
    from ...store.unknown_kinds import QUERY as UNKNOWN_KINDS
    from ...store.unknown_kinds import unknown_kinds

    kinds = unknown_kinds(store.execute(UNKNOWN_KINDS))
    if kinds:
        fix = "is there a newer tachikoma-telemetry?"
        yield Finding("unknown", "warn", unknown_rows(kinds), fix)


def _check_joins(store: sqlite3.Connection) -> Iterator[Finding]:
    matches = dict(store.execute("SELECT match, count(*) FROM events GROUP BY 1").fetchall())
    joined = matches.get("exact", 0) + matches.get("inferred", 0)
    yield Finding("joined", "ok", f"{joined:,} of {counted(sum(matches.values()), 'event')}")
    for match, fix in _FIXES.items():
        if matches.get(match):
            yield Finding("", "warn", f"{matches[match]:,} {match}: {WHY[match]}", fix)


def _check_run_outcomes(store: sqlite3.Connection) -> Iterator[Finding]:
    """Runs that recorded success in a call that failed."""
    from ...reports import selection
    from ...reports.query import sql_of

    query = sql_of(selection.__name__, "prepared/contradictions")
    contradicted = len(store.execute(query).fetchall())
    if contradicted:
        text = (
            f"{counted(contradicted, 'run')} recorded success in a call that ended with another "
            "exit code than 0"
        )
        yield Finding("runs", "warn", text, 'record run.fail("…"), or use exit_code=True')
