"""What must be true of every history of the scenario, live or recorded, once it is merged."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from tests.scripted.history import History

from .merging import merge_project, rows


def fingerprint(history: History) -> dict[str, str]:
    """The database and its write-ahead log, as they lie there."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(history.database.parent.glob(f"{history.database.name}*"))
        # What SQLite itself makes for a reader is no change of the database.
        if not file.name.endswith("-shm") and file.stat().st_size
    }


def merge_history(history: History, store: Path) -> None:
    """Merge a history of the scenario into `store`."""
    journals = [history.journal]
    merge_project(
        history.project, history.database, journals=journals, store=store, all_projects=True
    )


def check_every_event_joined(history: History, store: Path) -> None:
    """Each event is joined exactly to the call that its process ran in; in doubt to none."""
    by_pid = {
        process.pid: (history.expected.sessions[process.session], process.call_id)
        for process in history.expected.processes
    }
    overlapping = {
        (history.expected.sessions[call.session], call.call_id)
        for call in history.expected.calls
        if call.overlaps
    }
    found = rows(
        history.project,
        "SELECT e.match, c.session_id, c.call_id, e.event_id FROM events e "
        "LEFT JOIN calls c USING (call_key)",
        store=store,
    )
    pids = _pids(history)
    assert len(pids) == len(found)
    for match, session, call_id, event in found:
        right = by_pid[pids[event]]
        if history.version == "1.2.1" and right in overlapping and match != "exact":
            # 1.2.1 does not say which of two parallel calls a command is started for.
            assert match in ("ambiguous", "none", "inferred")
            assert (session, call_id) in (right, (None, None))
        else:
            assert ("exact", *right) == (match, session, call_id)


def check_every_call_counted_once(history: History, store: Path) -> None:
    """The calls that count, with their outcomes, are those that the scenario made."""
    expected = Counter(
        (
            history.expected.sessions[call.session],
            call.call_id,
            call.tool,
            call.outcome,
        )
        for call in history.expected.calls
    )
    found = rows(
        history.project,
        "SELECT session_id, call_id, tool, outcome FROM calls WHERE counted = 1",
        store=store,
    )
    assert expected == Counter(found)


def check_tokens(history: History, store: Path) -> None:
    """Tokens are those that the model reported, each once, forks or not."""
    expected = [
        (step.input, step.output, step.cached) for step in history.expected.steps if step.finished
    ]
    found = rows(
        history.project,
        "SELECT sum(tokens_input), sum(tokens_output), sum(tokens_cache_read) FROM messages "
        "WHERE counted = 1",
        store=store,
    )
    assert [tuple(sum(column) for column in zip(*expected, strict=True))] == found


def check_kinds_of_events(history: History, store: Path) -> None:
    """Every kind of event was recorded, and as often as the scripts did."""
    expected = Counter(kind for call in history.expected.calls for kind in call.events)
    found = dict(rows(history.project, "SELECT type, count(*) FROM events GROUP BY 1", store=store))
    assert expected == found


def _pids(history: History) -> dict[str, int]:
    import json

    document = json.loads(history.journal.read_bytes())
    return {event["id"]: event["pid"] for event in document["events"]}
