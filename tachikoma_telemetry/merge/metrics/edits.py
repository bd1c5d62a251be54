"""Edit attempts and the edits they belong to, from events and from OpenCode's own edit calls.

An attempt is one event, or one finished call of an edit tool that no event describes. Events win
over calls, never both: an event describes a call by naming it (`edit_call_id`), by being `derived`
from the call it was recorded in, or by following it (`logged_edits`).

An edit is a chain of attempts. Events chain by `edit_id` within their session (without one, within
their run); an explicit attempt 1 begins a new chain, so a script may call each of its edits "e1".
Calls chain while they are about the same file in the same turn, up to a success; other files
between them do not break the chain, and a call whose file is not known is a chain of its own. So is
one that began while the others still ran: parallel calls know nothing of a failure. An event that
follows the call that it describes, and has no `edit_id`, chains as that call would.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from ...vocabulary.events import fold_format, model_key
from ..phase_progress import Track
from ..run_names import are_namesakes
from .event_metrics import RecordedEvent, recorded_events
from .logged_edits import EditCall, logged_edits
from .turns import turns_of

_FORMAT_OF_TOOL = {
    "edit": "str_replace",
    "multiedit": "str_replace",
    "apply_patch": "apply_patch",
    "patch": "apply_patch",
    "write": "whole",
}
_SUCCESS = {"succeeded": 1, "failed": 0, "timed_out": 0, "invalid": 0}


class _EditCall(NamedTuple):
    """A call of an edit tool; times in ms, `asked` when its message was made."""

    call_key: str
    tool: str
    outcome: str
    model: str | None
    active_skill: str | None
    started: int
    duration_ms: int | None
    reason: str | None
    file_digest: str | None
    asked: int | None
    ended: int | None

    def turn(self, turns: list[int]) -> int:
        """Which of its session's turns it is of, from 0."""
        return bisect_right(turns, self.asked or self.started)


class EditAttempt(NamedTuple):
    """One attempt, before it is known which edit it belongs to."""

    attempt_id: str
    source: str
    format: str | None
    success: int | None
    model: str | None
    skill: str | None
    session_id: str | None
    call_key: str | None
    time: int
    duration_ms: float | None
    error_type: str | None
    edit_id: str | None = None
    number: int | None = None
    run_id: str | None = None
    match: str | None = None
    tokens: int | None = None


def derive_edits(
    store: sqlite3.Connection, sessions: Iterable[str], track: Track[tuple[str]]
) -> None:
    """Make the rows of `edit_metrics` again that sessions or changed events have a part in."""
    store.execute("CREATE TEMP TABLE scopes (scope TEXT PRIMARY KEY) WITHOUT ROWID")
    store.executemany("INSERT OR IGNORE INTO scopes VALUES (?)", zip(sessions))
    store.execute(_SCOPES_OF_EVENTS)
    store.execute(_FORMER_SCOPES_OF_EVENTS)
    (many,) = store.execute("SELECT count(*) FROM scopes").fetchone()
    scopes: Iterator[tuple[str]] = store.execute("SELECT scope FROM scopes ORDER BY scope")
    for (scope,) in track(scopes, many):
        store.execute("DELETE FROM edit_metrics WHERE scope = ?", (scope,))
        chains = _chains(store, scope)
        store.executemany(_INSERT, (row for chain in chains for row in _rows(scope, chain)))
    store.execute("DROP TABLE scopes")


def _chains(store: sqlite3.Connection, scope: str) -> list[list[EditAttempt]]:
    """The edits of a scope, each as its attempts in order."""
    recorded = list(recorded_events(store, _EVENTS_OF_SCOPE, (scope,)))
    described = {event.event_id: _described_call(store, event, scope) for event in recorded}
    calls = [_EditCall._make(row) for row in store.execute(_EDIT_CALLS, (scope,))]
    turns = turns_of(store, scope) if calls else []
    logged = _logged(store, recorded, described, calls, turns)
    described |= logged
    attempts = {e.event_id: _from_event(store, e, described[e.event_id]) for e in recorded}
    in_place = {
        key: attempts.pop(event) for event, key in logged.items() if attempts[event].edit_id is None
    }
    named = {key for key in described.values() if key} - in_place.keys()
    return _event_chains([*attempts.values()]) + _call_chains(scope, calls, turns, named, in_place)


# What an edit's id is unique in. An index has the events of each scope (see indexes_of_events.sql).
_SCOPE = "coalesce(session, session_id, 'run:' || run, 'project:' || coalesce(project, ''))"
_EVENTS_OF_SCOPE = f"SELECT rowid FROM events WHERE type = 'edit_format' AND {_SCOPE} = ?"
# Where the changed events chain now, and where they did when the store was last derived.
_SCOPES_OF_EVENTS = (
    f"INSERT OR IGNORE INTO scopes SELECT {_SCOPE} FROM events "
    "WHERE type = 'edit_format' AND rowid IN (SELECT row FROM changed_events)"
)
_FORMER_SCOPES_OF_EVENTS = """
INSERT OR IGNORE INTO scopes
SELECT m.scope FROM changed_events t
CROSS JOIN events e ON e.rowid = t.row AND e.type = 'edit_format'
CROSS JOIN edit_metrics m ON m.attempt_id = 'event:' || e.event_id
"""


def _described_call(store: sqlite3.Connection, event: RecordedEvent, scope: str) -> str | None:
    """The call that was this attempt; None when the event names none, or it is not here yet."""
    named = event.body.get("edit_call_id")
    if named is None:
        return event.call_key if event.body.get("derived") is True else None
    row = store.execute(
        "SELECT call_key FROM calls WHERE session_id = ? AND call_id = ? AND copied = 0 "
        "ORDER BY started > ?, abs(coalesce(ended, started) - ?), call_key LIMIT 1",
        (event.session_id or scope, named.strip(), event.time, event.time),
    ).fetchone()
    return row[0] if row else None


def _logged(
    store: sqlite3.Connection,
    recorded: list[RecordedEvent],
    described: dict[str, str | None],
    calls: list[_EditCall],
    turns: list[int],
) -> dict[str, str]:
    """The calls that events describe without naming them, by the event's id."""
    named = {key for key in described.values() if key}
    free = [
        EditCall(
            call.call_key,
            _FORMAT_OF_TOOL[call.tool],
            _SUCCESS[call.outcome],
            call.started if call.ended is None else call.ended,
            call.turn(turns),
        )
        for call in calls
        if call.outcome in _SUCCESS and call.call_key not in named
    ]
    events = (
        event
        for event in recorded
        if described[event.event_id] is None
        and event.body.get("edit_call_id") is None
        and event.body.get("derived") is not True
    )
    return logged_edits(store, events, free, turns) if free else {}


def _from_event(
    store: sqlite3.Connection, event: RecordedEvent, described: str | None
) -> EditAttempt:
    body = event.body
    success, model = body.get("success"), event.model
    if described is not None:
        outcome, called_with = store.execute(
            "SELECT outcome, model FROM calls WHERE call_key = ?", (described,)
        ).fetchone()
        success = _SUCCESS.get(outcome) if success is None else success
        model = model or called_with
    name = body.get("format")
    return EditAttempt(
        attempt_id=f"event:{event.event_id}",
        source="event",
        edit_id=body.get("edit_id"),
        number=body.get("attempt"),
        format=fold_format(name) if name is not None else None,
        success=None if success is None else int(success),
        model=model,
        run_id=event.run_id,
        skill=event.skill,
        session_id=event.session_id,
        call_key=described or event.call_key,
        match=event.match,
        time=event.time,
        tokens=body.get("tokens"),
        duration_ms=body.get("duration_ms"),
        error_type=body.get("error_type"),
    )


def _event_chains(attempts: list[EditAttempt]) -> list[list[EditAttempt]]:
    chains: list[list[EditAttempt]] = []
    by_edit: dict[str, list[list[EditAttempt]]] = defaultdict(list)
    # Attempts of one process may fall into one millisecond: their numbers order them.
    attempts.sort(key=lambda each: (each.time, each.number or 0, each.attempt_id))
    for attempt in attempts:
        known = by_edit[attempt.edit_id] if attempt.edit_id is not None else []
        chain = None
        if attempt.number != 1:
            # Two runs side by side may use the same name: each goes on with its own.
            fitting = [c for c in known if not are_namesakes(c[-1].run_id, attempt.run_id)]
            same_run = (c for c in reversed(fitting) if c[-1].run_id == attempt.run_id)
            chain = next(same_run, fitting[-1] if fitting else None)
        if chain is None:
            chain = []
            chains.append(chain)
            known.append(chain)
        chain.append(attempt)
    return chains


def _call_chains(
    session: str,
    calls: list[_EditCall],
    turns: list[int],
    described: set[str],
    in_place: dict[str, EditAttempt],
) -> list[list[EditAttempt]]:
    """The chains of calls; `in_place` has the events that replace them."""
    chains: list[list[EditAttempt]] = []
    # Of each file in each turn, by when its last attempt ended; the later one of two comes last.
    failed: dict[tuple[int, str], list[tuple[int, list[EditAttempt]]]] = defaultdict(list)
    for call in calls:
        # Cancelled or still running: nothing was tried to the end.
        if call.outcome not in _SUCCESS or call.call_key in described:
            continue
        attempt = in_place.get(call.call_key) or _from_call(session, call)
        # A file that is not known, or several: the call is a chain of its own.
        place = (call.turn(turns), call.file_digest) if call.file_digest is not None else None
        waiting = failed[place] if place is not None else []
        at = bisect_right(waiting, call.started, key=itemgetter(0))
        chain: list[EditAttempt] = waiting.pop(at - 1)[1] if at else []
        if not at:
            chains.append(chain)
        chain.append(attempt)
        if not attempt.success:
            ended = call.started if call.ended is None else call.ended
            insort(waiting, (ended, chain), key=itemgetter(0))
    return chains


def _from_call(session: str, call: _EditCall) -> EditAttempt:
    return EditAttempt(
        attempt_id=f"call:{call.call_key}",
        source="call",
        format=_FORMAT_OF_TOOL[call.tool],
        success=_SUCCESS[call.outcome],
        model=call.model,
        skill=call.active_skill,
        session_id=session,
        call_key=call.call_key,
        time=call.started,
        duration_ms=call.duration_ms,
        error_type=call.reason,
    )


_EDIT_CALLS = f"""
SELECT c.call_key, c.tool, c.outcome, c.model, c.active_skill, c.started, c.duration_ms, c.reason,
       c.file_digest, m.created, c.ended
FROM calls c LEFT JOIN messages m ON m.message_id = c.message_id
WHERE c.session_id = ? AND c.counted = 1 AND c.started IS NOT NULL
  AND c.tool IN ({", ".join(f"'{tool}'" for tool in _FORMAT_OF_TOOL)})
ORDER BY c.started, c.call_key
"""

_INSERT = """
INSERT OR REPLACE INTO edit_metrics (
    attempt_id, source, scope, edit, attempt, last, format, success, model, model_key, run_id,
    skill, session_id, call_key, match, time, tokens, duration_ms, error_type
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _rows(scope: str, chain: list[EditAttempt]) -> Iterator[tuple[Any, ...]]:
    edit = f"edit:{chain[0].attempt_id}"
    for number, attempt in enumerate(chain, 1):
        yield (
            attempt.attempt_id,
            attempt.source,
            scope,
            edit,
            number,
            number == len(chain),
            attempt.format,
            attempt.success,
            attempt.model,
            model_key(attempt.model) if attempt.model else None,
            attempt.run_id,
            attempt.skill,
            attempt.session_id,
            attempt.call_key,
            attempt.match,
            attempt.time,
            attempt.tokens,
            attempt.duration_ms,
            attempt.error_type,
        )
