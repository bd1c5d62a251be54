"""The metric rows that follow from one event each: iterations, retries, chunks and intents."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from ..changes import Changes
from ..phase_progress import Track

Body = dict[str, Any]


class RecordedEvent(NamedTuple):
    """An event with what the store knows of its call and its run."""

    event_id: str
    type: str
    time: int
    run_id: str | None
    skill: str | None
    session_id: str | None
    call_key: str | None
    match: str
    model: str | None
    named_call: str | None
    body: Body


# An event without a skill has that of its run, one without a model that of its call.
_SELECT = """
SELECT e.event_id, e.type, e.time, e.run, coalesce(e.skill, r.skill), e.session, e.call_key,
       e.match, coalesce(e.model, c.model), coalesce(e.session_id, '') || '/' || e.call_id, e.body
FROM events e
LEFT JOIN skill_metrics r ON r.metric_id = 'run:' || e.run
LEFT JOIN calls c ON c.call_key = e.call_key
WHERE e.rowid IN ({})
"""


def recorded_events(
    store: sqlite3.Connection, rows: str, values: tuple[str, ...] = ()
) -> Iterator[RecordedEvent]:
    """Some events, in no particular order; runs have to be derived before.

    As long as it is not at its end, what it reads must not be written: events, calls and skills.

    `rows` is a query for the numbers of their rows.
    """
    for row in store.execute(_SELECT.format(rows), values):
        yield RecordedEvent._make((*row[:-1], orjson.loads(row[-1])))


def derive_event_metrics(
    store: sqlite3.Connection, changes: Changes, track: Track[RecordedEvent]
) -> None:
    """Make the rows of changed events in the metrics of iterations, chunks and intents again."""
    events = recorded_events(store, "SELECT row FROM changed_events")
    for event in track(events, changes.count("changed_events")):
        write = _WRITERS.get(event.type)
        if write is not None:
            write(store, event)


def _put(store: sqlite3.Connection, table: str, event: RecordedEvent, values: Body) -> None:
    row = {
        "event_id": event.event_id,
        "run_id": event.run_id,
        "skill": event.skill,
        "session_id": event.session_id,
        "call_key": event.call_key,
        "match": event.match,
        "model": event.model,
        "time": event.time,
        **values,
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    store.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", [*row.values()])


def _put_iteration(store: sqlite3.Connection, event: RecordedEvent) -> None:
    body = event.body
    passed = body.get("passed")
    if passed is None:
        # "cant_evaluate" is the absence of a verdict, not a failure.
        passed = {"pass": True, "fail": False, "needs_revision": False}.get(body.get("verdict", ""))
    values = {
        "source": "event",
        "kind": "iteration",
        "stage": body.get("stage"),
        "number": body.get("index"),
        "maximum": body.get("max"),
        "passed": passed,
        **_pick(body, "score", "duration_ms", "tokens"),
    }
    _put(store, "iteration_metrics", event, values)
    store.execute("DELETE FROM iteration_criteria WHERE event_id = ?", (event.event_id,))
    store.executemany(
        "INSERT INTO iteration_criteria VALUES (?, ?)",
        ((event.event_id, each) for each in sorted(set(body.get("failed_criteria", ())))),
    )


def _put_retry(store: sqlite3.Connection, event: RecordedEvent) -> None:
    values = {
        "source": "event",
        "kind": "retry",
        "number": event.body.get("attempt"),
        "maximum": event.body.get("max"),
        "duration_ms": event.body.get("delay_ms"),
        **_pick(event.body, "reason", "error_type"),
    }
    _put(store, "iteration_metrics", event, values)


def _put_chunk(store: sqlite3.Connection, event: RecordedEvent) -> None:
    body = {**event.body, **_label(store, event.event_id, "accuracy")}
    names = ("total", "size", "unit", "mode", "wave", "success", "duration_ms", "tokens")
    values = {
        "named_call": event.named_call,
        "chunk": body.get("index"),
        **_pick(body, *names, "accuracy", "content_type", "depth", "error_type"),
    }
    _put(store, "rlm_metrics", event, values)


def _put_intent(store: sqlite3.Connection, event: RecordedEvent) -> None:
    body = event.body
    label = _label(store, event.event_id, "actual", "correct")
    complexity = body.get("complexity")
    predicted, actual, correct = body.get("intent"), body.get("actual"), body.get("correct")
    if label:
        # The last label wins as a whole: an older truth beside it would contradict it.
        actual, correct = label.get("actual"), label.get("correct")
    if predicted is not None and actual is not None:
        correct = predicted == actual
    elif correct is True:
        actual = predicted
    values = {
        "intent": predicted,
        "actual": actual,
        "correct": correct,
        **_pick(body, "confidence", "escalated", "strategy"),
        "complexity": complexity if isinstance(complexity, str) else None,
        "complexity_score": None if isinstance(complexity, str) else complexity,
    }
    _put(store, "intent_metrics", event, values)


def _label(store: sqlite3.Connection, event_id: str, *names: str) -> Body:
    """What the last label of an event that says any of `names` says."""
    for (body,) in store.execute(
        "SELECT body FROM events WHERE label_of = ? ORDER BY time DESC, event_id DESC", (event_id,)
    ):
        label = {name: value for name, value in orjson.loads(body).items() if name in names}
        if label:
            return label
    return {}


def _pick(body: Body, *names: str) -> Body:
    return {name: body.get(name) for name in names}


_WRITERS: dict[str, Callable[[sqlite3.Connection, RecordedEvent], None]] = {
    "iteration": _put_iteration,
    "retry": _put_retry,
    "rlm_chunk": _put_chunk,
    "intent": _put_intent,
}
