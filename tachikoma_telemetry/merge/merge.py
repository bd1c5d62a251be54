"""The merge: everything that is new, joined, in one transaction."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import JournalError
from ..journal.read import journal_files
from ..project import as_text
from .activations import derive_activations
from .copies import mark_copies
from .databases import Progress, merge_database
from .edits import derive_edits
from .facts import drop_impossible_facts
from .journals import journal_project, merge_journal
from .load import Touched
from .making import make_store
from .match import match_events
from .migrate import migrate
from .named_runs import forget_runs, tell_apart
from .recorded import derive_recorded
from .repeats import derive_repeats
from .runs import derive_runs
from .store import create_indexes, create_indexes_of_few, open_store, telling, use_wal
from .union import drop_doubles


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
        all_projects: take sessions of every folder.
        rebuild: read everything again, and make every metric anew. Rows whose source is gone stay:
            the store is history.

    """

    store: Path
    root: Path
    journals: list[Path] = field(default_factory=list)
    named_journals: bool = False
    databases: list[Path] = field(default_factory=list)
    all_projects: bool = False
    rebuild: bool = False


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

    return make_store(request.store, fill) or _update(request.store, fill, fill_cleaned)


_Fill = Callable[[sqlite3.Connection], Summary]


def _update(path: Path, fill: _Fill, fill_cleaned: _Fill) -> Summary:
    """Let `fill` change the store that is at `path`, or `fill_cleaned` where it can't."""
    store = open_store(path, older=True)
    try:
        with telling("write", path):
            try:
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
    store.execute("PRAGMA temp_store = MEMORY")
    # KB. More makes nothing faster: rows come in the order in which they are looked at again.
    store.execute("PRAGMA cache_size = -8192")
    store.execute("BEGIN IMMEDIATE")
    touched, warnings = _merge_locked(store, request, progress)
    summary = summarise(store, touched, warnings)
    store.execute("COMMIT")
    return summary


def _silent(phase: str, done: int, total: int | None) -> None:
    return None


def _merge_locked(
    store: sqlite3.Connection, request: MergeRequest, progress: Progress
) -> tuple[Touched, list[str]]:
    touched = Touched()
    warnings: list[str] = []
    now = time.time_ns() // 1_000_000
    own = os.path.realpath(request.root)
    if migrate(store) or request.rebuild:
        drop_impossible_facts(store)
        _forget(store, touched)
    create_indexes_of_few(store)
    found = []
    for database in request.databases:
        scope = None if request.all_projects else own
        found.append(merge_database(store, database, scope, touched, progress, now))
        warnings += found[-1].warnings
    if not any(each.ours for each in found):
        warnings += _elsewhere(set().union(*(each.others for each in found)))
    progress("joining", 0, None)
    create_indexes(store)
    drop_doubles(store, touched.sessions)
    for journal in request.journals:
        if not journal.exists() and not journal_files(journal):
            if request.named_journals:
                raise JournalError(f"no journal at {journal}")
            continue
        project = as_text(journal_project(journal) or own)
        merge_journal(store, journal, project, touched, now)
    _derive(store, touched)
    return touched, warnings


def _elsewhere(sessions: set[str]) -> list[str]:
    if len(sessions) == 1:
        return ["1 session belongs to another folder: --all-projects takes it too"]
    many = f"{len(sessions):,} sessions belong to other folders: --all-projects takes them too"
    return [many] if sessions else []


_METRICS = (
    "skill_metrics",
    "iteration_metrics",
    "iteration_criteria",
    "edit_metrics",
    "rlm_metrics",
    "intent_metrics",
)


def _forget(store: sqlite3.Connection, touched: Touched) -> None:
    """Drop what follows from the facts, and how far each source was read; the facts stay."""
    for table in (*_METRICS, "merge_state"):
        store.execute(f"DELETE FROM {table}")
    for table in ("messages", "calls"):
        store.execute(f"UPDATE {table} SET active_skill = NULL WHERE active_skill IS NOT NULL")
    forget_runs(store)
    touched.touch([row[0] for row in store.execute("SELECT session_id FROM sessions")])
    touched.events.update(row[0] for row in store.execute("SELECT event_id FROM events"))


def _derive(store: sqlite3.Connection, touched: Touched) -> None:
    """From the facts to the metrics, in the order in which one rests on the other."""
    if touched.sessions:
        touched.touch(mark_copies(store))
    changed = touched.sessions - touched.derived
    if touched.sessions or touched.events:
        touched.events |= match_events(store, touched.events, touched.sessions)
    touched.events |= _events_of_calls(store, touched.sessions)
    # What is told of edits and retries says which skill was active, in a whole tree of sessions.
    changed |= derive_activations(store, changed)
    moved = tell_apart(store, _run_names_of(store, touched.events))
    touched.events |= moved.keys()
    runs = _runs_of(store, touched.events) | set(moved.values())
    derive_runs(store, runs)
    touched.events |= _events_of_runs(store, runs)
    derive_recorded(store, touched.events)
    derive_edits(store, changed, touched.events)
    derive_repeats(store, changed | _sessions_of(store, touched.events))


def _sessions_of(store: sqlite3.Connection, events: Iterable[str]) -> set[str]:
    return _all(
        store, "SELECT session FROM events WHERE event_id = ? AND session IS NOT NULL", events
    )


def _events_of_calls(store: sqlite3.Connection, sessions: Iterable[str]) -> set[str]:
    """Events recorded in calls that may have changed: they take their model from the call."""
    return _all(
        store,
        "SELECT event_id FROM events WHERE session = ? AND call_key IS NOT NULL",
        sessions,
    )


def _run_names_of(store: sqlite3.Connection, events: Iterable[str]) -> set[str]:
    return _all(
        store, "SELECT run_id FROM events WHERE event_id = ? AND run_id IS NOT NULL", events
    )


def _runs_of(store: sqlite3.Connection, events: Iterable[str]) -> set[str]:
    return _all(store, "SELECT run FROM events WHERE event_id = ? AND run IS NOT NULL", events)


def _events_of_runs(store: sqlite3.Connection, runs: Iterable[str]) -> set[str]:
    """Events of changed runs: they take their skill from the run."""
    return _all(store, "SELECT event_id FROM events WHERE run = ?", runs)


def _all(store: sqlite3.Connection, query: str, keys: Iterable[str]) -> set[str]:
    return {value for key in keys for (value,) in store.execute(query, (key,))}


def summarise(store: sqlite3.Connection, touched: Touched, warnings: list[str]) -> Summary:
    """What the store holds now."""

    def number(query: str) -> int:
        value: Any = store.execute(query).fetchone()[0]
        return int(value or 0)

    # A count of all rows reads the smallest index; the copies have one of their own.
    copies = number("SELECT count(*) FROM calls WHERE copied = 1 AND counted = 0")
    matches = dict.fromkeys(("exact", "inferred", "orphan", "ambiguous", "none"), 0)
    matches.update(store.execute("SELECT match, count(*) FROM events GROUP BY 1").fetchall())
    return Summary(
        sessions=number("SELECT count(*) FROM sessions"),
        calls=number("SELECT count(*) FROM calls") - copies,
        copies=copies,
        events=number("SELECT count(*) FROM events"),
        matches=matches,
        malformed=number("SELECT sum(malformed) FROM merge_state"),
        dropped=number("SELECT sum(dropped) FROM merge_state"),
        new_events=len(touched.events),
        changed_sessions=len(touched.sessions),
        warnings=warnings,
    )
