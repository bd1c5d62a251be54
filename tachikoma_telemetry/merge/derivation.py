"""From the facts to the metrics: what changed is matched and derived again."""

from __future__ import annotations

import sqlite3

from ..progress import Progress
from ..project import is_inside
from ..store.session_sums import add_up
from ..store.store import create_indexes_of_events
from .changes import Changes
from .facts.copies import mark_copies
from .facts.match import match_events
from .facts.named_runs import assign_runs
from .metrics.activations import derive_activations
from .metrics.edits import derive_edits
from .metrics.event_metrics import derive_event_metrics
from .metrics.inferred_retries import derive_inferred_retries
from .metrics.left_out_numbers import number_steps
from .metrics.runs import derive_runs
from .metrics.script_runs import derive_script_runs, sessions_of_loose_runs
from .phase_progress import PhaseProgress
from .run_names import is_generated

# Matching, activations, names of runs, runs, recorded events, edits, retries and runs of scripts.
_STEPS = 8


_NAMING_SESSIONS = """
SELECT DISTINCT session FROM events
WHERE rowid IN (SELECT row FROM changed_events) AND session IS NOT NULL AND skill IS NOT NULL
"""


def derive(store: sqlite3.Connection, changes: Changes, progress: Progress) -> None:
    """Match events and derive metrics, each step after those that it depends on."""
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
    # An event that names a skill brings its window back. Edits and retries name the skill that was
    # active, which may change in a tree of sessions.
    named = {session for (session,) in store.execute(_NAMING_SESSIONS)}
    changed |= derive_activations(store, phase.track_sorted(changed | changes.left | named))
    add_up(store, sorted(changed))
    _assign_named_runs(store, changes, phase)
    changes.add_runs_of_events()
    runs = store.execute("SELECT run FROM changed_runs ORDER BY run")
    derive_runs(store, phase.track((run for (run,) in runs), changes.count("changed_runs")))
    # The events of changed runs: they take their skill from the run.
    changes.add_events("SELECT e.rowid FROM changed_runs r CROSS JOIN events e ON e.run = r.run")
    derive_event_metrics(store, changes, phase.track)
    number_steps(store)
    derive_edits(store, changed, phase.track)
    sessions = store.execute(
        "SELECT DISTINCT session FROM events "
        "WHERE rowid IN (SELECT row FROM changed_events) AND session IS NOT NULL"
    )
    changed.update(changes.left, (session for (session,) in sessions))
    derive_inferred_retries(store, phase.track_sorted(changed))
    store.create_function("is_inside", 2, _is_inside, deterministic=True)
    changed.update(sessions_of_loose_runs(store))
    derive_script_runs(store, phase.track_sorted(changed))


def _is_inside(directory: str | None, project: str | None) -> bool:
    return directory is not None and project is not None and is_inside(directory, project)


def _assign_named_runs(store: sqlite3.Connection, changes: Changes, phase: PhaseProgress) -> None:
    """Find the run of each event whose run has a name that was chosen by hand."""
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
