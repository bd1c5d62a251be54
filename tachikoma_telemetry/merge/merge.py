"""The merge: everything that is new, joined, in one transaction."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import JournalError
from ..journal.find import is_begun
from ..project import as_text
from ..store.creation import make_store
from ..store.limits import drop_impossible_facts
from ..store.masks import mask_again
from ..store.migrate import migrate
from ..store.origin import adopt
from ..store.store import (
    create_indexes,
    create_indexes_of_events,
    create_indexes_of_few,
    open_store,
    telling,
    use_wal,
)
from ..store.tables import METRICS
from .changes import Changes
from .facts.copies import mark_copies
from .facts.databases import merge_database
from .facts.duplicates import drop_duplicates
from .facts.journals import (
    is_of_this_user,
    journal_project,
    journals_of_folders,
    merge_journal,
)
from .facts.match import match_events
from .facts.named_runs import assign_runs, reset_runs
from .metrics.activations import derive_activations
from .metrics.edits import derive_edits
from .metrics.event_metrics import derive_event_metrics
from .metrics.inferred_retries import derive_inferred_retries
from .metrics.runs import derive_runs
from .progress import PhaseProgress, Progress
from .run_names import is_generated


@dataclass(frozen=True)
class MergeRequest:
    """What to merge.

    Attributes:
        store: where the unified store is.
        root: the project's root; only sessions in this folder or below are taken.
        journals: the journals to read.
        named_journals: whether somebody named them by hand, so that a missing one is an error; the
            project's own journal may be missing: then nothing was recorded yet.
        databases: OpenCode's databases.
        all_projects: take sessions of every folder, and, unless journals are named by hand, the
            events of these folders' journals.
        rebuild: read everything again, and make every metric anew. Rows whose source is gone stay:
            the store is history.
        adopt: take over a store that this user's merges did not make.

    """

    store: Path
    root: Path
    journals: list[Path] = field(default_factory=list)
    named_journals: bool = False
    databases: list[Path] = field(default_factory=list)
    all_projects: bool = False
    rebuild: bool = False
    adopt: bool = False


@dataclass(frozen=True)
class Summary:
    """What the store holds after a merge, and what this merge brought.

    Attributes:
        sessions: sessions in the store.
        calls: tool calls that count.
        copies: calls that are a fork's copies of those.
        events: events in the store.
        matches: events by how they got their call.
        malformed: rows and lines that could not be read.
        dropped: values of events that can't be right, as a duration of a million years.
        new_events: events that this merge brought.
        changed_sessions: sessions that this merge brought or changed.
        warnings: what was read only in part, one sentence each.

    """

    sessions: int
    calls: int
    copies: int
    events: int
    matches: dict[str, int]
    malformed: int
    dropped: int
    new_events: int
    changed_sessions: int
    warnings: list[str]


def merge(request: MergeRequest, progress: Progress | None = None) -> Summary:
    """Bring the store up to date; killed anywhere, it leaves the old state or the new.

    Args:
        request: what to merge, and where to.
        progress: is told a phase, how far it is and how far it goes (None: who knows).

    Raises:
        DatabaseError: a database can't be read; the store is as it was.
        JournalError: so for a journal.
        StoreError: the store can't be written.

    """

    def fill(store: sqlite3.Connection) -> Summary:
        return _merge_into(store, request, progress or _silent)

    def fill_cleaned(store: sqlite3.Connection) -> Summary:
        return _merge_into(store, replace(request, rebuild=True), progress or _silent)

    return make_store(request.store, fill) or _update(request, fill, fill_cleaned)


_Fill = Callable[[sqlite3.Connection], Summary]


def _update(request: MergeRequest, fill: _Fill, fill_cleaned: _Fill) -> Summary:
    """Let `fill` change the store that is there, or `fill_cleaned` where it can't."""
    path = request.store
    store = open_store(path, older=True, foreign=request.adopt)
    try:
        with telling("write", path):
            try:
                if request.adopt:
                    adopt(store, path)
                summary = _fill_or_clean(store, fill, fill_cleaned)
                use_wal(store)
            except BaseException:
                if store.in_transaction:
                    store.execute("ROLLBACK")
                raise
    finally:
        store.close()
    return summary


def _fill_or_clean(store: sqlite3.Connection, fill: _Fill, fill_cleaned: _Fill) -> Summary:
    """Let `fill` change a store; where it meets values there that can't be, the other one does."""
    try:
        return fill(store)
    except (ArithmeticError, TypeError, ValueError):
        # Another program wrote into the store: no merge puts such values there.
        if store.in_transaction:
            store.execute("ROLLBACK")
        return fill_cleaned(store)


def _merge_into(store: sqlite3.Connection, request: MergeRequest, progress: Progress) -> Summary:
    # What is new in a first merge may be more than memory should hold.
    store.execute("PRAGMA temp_store = FILE")
    # KB. More makes nothing faster: rows come in the order in which they are looked at again.
    store.execute("PRAGMA cache_size = -8192")
    store.execute("BEGIN IMMEDIATE")
    changes, warnings = _merge_locked(store, request, progress)
    summary = summarise(store, changes, warnings)
    store.execute("COMMIT")
    return summary


def _silent(phase: str, done: int, total: int | None) -> None:
    return None


def _merge_locked(
    store: sqlite3.Connection, request: MergeRequest, progress: Progress
) -> tuple[Changes, list[str]]:
    changes = Changes(store)
    warnings: list[str] = []
    now = time.time_ns() // 1_000_000
    own = os.path.realpath(request.root)
    if migrate(store) or request.rebuild:
        drop_impossible_facts(store)
        _forget(store, changes)
    create_indexes_of_few(store)
    found = []
    for database in request.databases:
        scope = None if request.all_projects else own
        found.append(merge_database(store, database, scope, changes, progress, now))
        warnings += found[-1].warnings
    if not any(each.ours for each in found):
        warnings += _elsewhere(set().union(*(each.others for each in found)))
    progress("joining", 0, None)
    create_indexes(store)
    if store.execute("SELECT EXISTS (SELECT 1 FROM events)").fetchone()[0]:
        create_indexes_of_events(store)
    drop_duplicates(store, changes)
    for journal in request.journals:
        if not is_begun(journal):
            if request.named_journals:
                raise JournalError(f"no journal at {journal}")
            continue
        project = as_text(journal_project(journal) or own)
        warnings += merge_journal(store, journal, project, changes, now)
    if request.all_projects:
        warnings += _merge_other_journals(store, request, changes, now)
    _derive(store, changes, progress)
    return changes, warnings


def _merge_other_journals(
    store: sqlite3.Connection, request: MergeRequest, changes: Changes, now: int
) -> list[str]:
    """Take in the journals of all folders with sessions; returns which were not, and why."""
    folders = store.execute("SELECT DISTINCT directory FROM sessions WHERE directory IS NOT NULL")
    read = {os.path.realpath(journal) for journal in request.journals}
    others = [
        journal
        for journal in journals_of_folders(folder for (folder,) in folders)
        if os.path.realpath(journal) not in read
    ]
    if request.named_journals:
        return [f"{journal} was not read: --metrics adds it" for journal in others]
    warnings = []
    for journal in others:
        if not is_of_this_user(journal):
            warnings.append(f"{journal} is another user's and was not read: --metrics adds it")
            continue
        try:
            warnings += merge_journal(store, journal, journal_project(journal), changes, now)
        except JournalError as error:
            # One project's damage is no reason to have nothing of all the others.
            warnings.append(str(error))
    return warnings


def _elsewhere(sessions: set[str]) -> list[str]:
    if len(sessions) == 1:
        return ["1 session belongs to another folder: --all-projects takes it too"]
    many = f"{len(sessions):,} sessions belong to other folders: --all-projects takes them too"
    return [many] if sessions else []


def _forget(store: sqlite3.Connection, changes: Changes) -> None:
    """Drop what follows from the facts, and how far each source was read; the facts stay, masked by
    the rules of today.
    """
    mask_again(store)
    for table in (*(each.name for each in METRICS), "merge_state"):
        store.execute(f"DELETE FROM {table}")
    for table in ("messages", "calls"):
        store.execute(f"UPDATE {table} SET active_skill = NULL WHERE active_skill IS NOT NULL")
    reset_runs(store)
    changes.add_sessions([row[0] for row in store.execute("SELECT session_id FROM sessions")])
    changes.add_events("SELECT rowid FROM events")


# Matching, activations, names of runs, runs, recorded events, edits and retries.
_STEPS = 7


def _derive(store: sqlite3.Connection, changes: Changes, progress: Progress) -> None:
    """From the facts to the metrics, in the order in which one rests on the other."""
    phase = PhaseProgress(progress, "joining", _STEPS)
    if changes.sessions:
        changes.add_sessions(mark_copies(store))
    changed = changes.sessions.copy()
    match_events(store, changes, phase.track)
    create_indexes_of_events(store)
    # Events recorded in calls that may have changed: they take their model from the call.
    changes.add_events(
        "SELECT rowid FROM events WHERE session = ? AND call_key IS NOT NULL",
        sorted(changes.sessions),
    )
    # What is told of edits and retries says which skill was active, in a whole tree of sessions.
    changed |= derive_activations(store, phase.track_sorted(changed))
    _assign_named_runs(store, changes, phase)
    changes.add_runs_of_events()
    runs = store.execute("SELECT run FROM changed_runs ORDER BY run")
    derive_runs(store, phase.track((run for (run,) in runs), changes.count("changed_runs")))
    # The events of changed runs: they take their skill from the run.
    changes.add_events("SELECT e.rowid FROM changed_runs r CROSS JOIN events e ON e.run = r.run")
    derive_event_metrics(store, changes, phase.track)
    derive_edits(store, changed, phase.track)
    sessions = store.execute(
        "SELECT DISTINCT session FROM events "
        "WHERE rowid IN (SELECT row FROM changed_events) AND session IS NOT NULL"
    )
    changed.update(session for (session,) in sessions)
    derive_inferred_retries(store, phase.track_sorted(changed))


def _assign_named_runs(store: sqlite3.Connection, changes: Changes, phase: PhaseProgress) -> None:
    """Where a name was chosen by hand: which run of that name each event is of."""
    store.create_function("is_generated", 1, is_generated, deterministic=True)
    store.execute("CREATE TEMP TABLE names (name TEXT PRIMARY KEY) WITHOUT ROWID")
    store.execute(
        "INSERT OR IGNORE INTO names SELECT run_id FROM events "
        "WHERE rowid IN (SELECT row FROM changed_events) "
        "AND run_id IS NOT NULL AND NOT is_generated(run_id)"
    )
    (many,) = store.execute("SELECT count(*) FROM names").fetchone()
    names = (name for (name,) in store.execute("SELECT name FROM names ORDER BY name"))
    for event, former in assign_runs(store, phase.track(names, many)):
        changes.add_events("SELECT rowid FROM events WHERE event_id = ?", [event])
        store.execute("INSERT OR IGNORE INTO changed_runs VALUES (?)", (former,))
    store.execute("DROP TABLE names")


def summarise(store: sqlite3.Connection, changes: Changes, warnings: list[str]) -> Summary:
    """What the store holds now."""

    def number(query: str) -> int:
        value: Any = store.execute(query).fetchone()[0]
        return int(value or 0)

    # A count of all rows reads the smallest index; the copies have one of their own.
    copies = number("SELECT count(*) FROM calls WHERE copied = 1 AND counted = 0")
    matches = dict.fromkeys(("exact", "inferred", "orphan", "ambiguous", "none"), 0)
    matches.update(
        store.execute(
            "SELECT match, count(*) FROM events INDEXED BY events_open "
            "WHERE match <> 'exact' GROUP BY match"
        ).fetchall()
    )
    events = number("SELECT count(*) FROM events")
    matches["exact"] = events - sum(matches.values())
    return Summary(
        sessions=number("SELECT count(*) FROM sessions"),
        calls=number("SELECT count(*) FROM calls") - copies,
        copies=copies,
        events=events,
        matches=matches,
        malformed=number("SELECT sum(malformed) FROM merge_state"),
        dropped=number("SELECT sum(dropped) FROM merge_state"),
        new_events=changes.new_events,
        changed_sessions=len(changes.sessions),
        warnings=warnings,
    )
