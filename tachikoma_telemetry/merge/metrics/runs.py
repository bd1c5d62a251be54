"""Skill runs: a row for every run that skill code recorded, however many processes it took."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from ...vocabulary.ids import is_of_activation
from ...vocabulary.ranges import DURATION, TOKENS


def derive_runs(store: sqlite3.Connection, runs: Iterable[str]) -> None:
    """Make the rows of these runs in `skill_metrics` again."""
    for run_id in runs:
        store.execute("DELETE FROM skill_metrics WHERE metric_id = ?", (f"run:{run_id}",))
        row = _run_row(
            run_id, [_RunEvent._make(each) for each in store.execute(_EVENTS, (run_id,))]
        )
        if row is not None:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            store.execute(f"INSERT INTO skill_metrics ({names}) VALUES ({marks})", [*row.values()])


class _RunEvent(NamedTuple):
    """An event of a run, with what the store knows of the call it was recorded in."""

    type: str
    time: int
    skill: str | None
    model: str | None
    agent: str | None
    session: str | None
    call_key: str | None
    body: str
    run_id: str | None
    call_outcome: str | None
    call_reason: str | None


_EVENTS = """
SELECT e.type, e.time, e.skill, coalesce(e.model, c.model), coalesce(e.agent, c.agent), e.session,
       e.call_key, e.body, e.run_id, c.outcome, c.reason
FROM events e LEFT JOIN calls c ON c.call_key = e.call_key
WHERE e.run = ? ORDER BY e.time, e.event_id
"""
_START, _PAUSE, _END = "skill_run_started", "skill_run_paused", "skill_run_finished"


def _run_row(run_id: str, events: list[_RunEvent]) -> dict[str, Any] | None:
    """The row of a run, by column.

    None when neither its start nor its end was recorded. An activation's run needs neither: a skill
    that is only a prompt, and logs the turns of its loop, may be left before it says how it ended.
    """
    starts = [event for event in events if event.type == _START]
    ends = [event for event in events if event.type == _END]
    pauses = [event for event in events if event.type == _PAUSE]
    edges = starts + ends + pauses
    if not edges and not (is_of_activation(run_id) and _has_steps(events)):
        return None
    joined = next((event for event in events if event.call_key is not None), None)
    return {
        "metric_id": f"run:{run_id}",
        "kind": "run",
        "run_id": run_id,
        "skill": _first(event.skill for event in (*edges, *events)),
        "session_id": joined.session if joined else None,
        "call_key": joined.call_key if joined else None,
        "model": _first(event.model for event in events),
        "agent": _first(event.agent for event in events),
        "parent_run_id": _first(orjson.loads(each.body).get("parent_run_id") for each in starts),
        "processes": _processes(starts),
        "counted": 1,
        **_end_of(events, ends),
        **_sizes(events, starts, ends, pauses),
    }


def _end_of(events: list[_RunEvent], ends: list[_RunEvent]) -> dict[str, Any]:
    """The columns that say how a run ended, or when it was last heard of."""
    # What comes after the end, or is said of an event later, is no sign that the run goes on.
    lived = [event for event in events if event.type != "label"]
    inside = [event for event in ends[-1:] or lived if event.call_key is not None]
    left = _left_by_exception(lived) if not ends else None
    left_open = not ends and left is None and _is_left_open(lived)
    last = {"outcome": "failed", "error_type": left} if left else _last_end(ends)
    return {
        "last_seen": lived[-1].time,
        "last_call": inside[-1].call_key if inside else None,
        "left_open": left_open,
        "outcome": last.get("outcome"),
        "reason": last.get("reason"),
        "error_type": last.get("error_type"),
        **(_of_call(inside[-1]) if inside and not (ends or left or left_open) else {}),
    }


def _sizes(
    events: list[_RunEvent], starts: list[_RunEvent], ends: list[_RunEvent], pauses: list[_RunEvent]
) -> dict[str, Any]:
    """The columns that say how long a run took, and how much."""
    begun = starts[0].time if starts else _begun(events, (*ends, *pauses))
    # A verdict that was said later says nothing of the time.
    timed = [end for end in ends if "duration_ms" in orjson.loads(end.body)] or ends
    ended = timed[-1].time if timed else None
    last = _last_end(timed)
    pieces = [orjson.loads(event.body) for event in (*ends, *pauses)]
    return {
        "started": begun,
        "ended": ended,
        "run_ms": _duration(begun, ended, len(starts), last),
        "run_tokens_input": _total(pieces, "tokens_input"),
        "run_tokens_output": _total(pieces, "tokens_output"),
        "iterations": _steps(events, "iteration", last.get("iterations")),
        "retries": _steps(events, "retry", last.get("retries")),
    }


def _last_end(ends: list[_RunEvent]) -> dict[str, Any]:
    """What the end that counts says: a loop over several processes ends several times."""
    return dict(orjson.loads(ends[-1].body)) if ends else {}


def _is_left_open(events: list[_RunEvent]) -> bool:
    """Whether the process that was last heard of left the run on purpose."""
    edge = next((event for event in reversed(events) if event.type in (_START, _PAUSE)), None)
    if edge is None or edge.type == _PAUSE:
        return True
    last = events[-1]
    # An activation's run that was heard of from another call since goes on without that process.
    return is_of_activation(edge.run_id or "") and last.call_key not in (None, edge.call_key)


def _left_by_exception(events: list[_RunEvent]) -> str | None:
    """The class of the exception that left an activation's run, if nothing went on with it."""
    last = events[-1]
    found = orjson.loads(last.body).get("error_type") if last.type == _PAUSE else None
    return str(found) if found else None


def _has_steps(events: list[_RunEvent]) -> bool:
    return any(event.type in ("iteration", "retry", "rlm_chunk") for event in events)


def _processes(starts: list[_RunEvent]) -> str | None:
    marks = [orjson.loads(event.body).get("process") for event in starts]
    known = [mark for mark in marks if mark and " " not in mark]
    return " ".join(dict.fromkeys(known)) or None if len(known) == len(marks) else None


def _of_call(event: _RunEvent) -> dict[str, str | None]:
    """The outcome of a run that has no end of its own: that of the call that its process died in.

    Nothing when that call succeeded or still runs: the outcome then depends on the report's time
    (reports/selection/prepared/run_outcomes.sql).
    """
    if event.call_outcome == "timed_out":
        return {"outcome": "failed", "reason": "timed out"}
    if event.call_outcome in ("failed", "cancelled"):
        return {"outcome": event.call_outcome, "reason": event.call_reason}
    return {}


def _begun(events: list[_RunEvent], ends: tuple[_RunEvent, ...]) -> int:
    """When a run without a start began: its duration before its end, or with the first event."""
    took = orjson.loads(ends[0].body).get("duration_ms") if ends else None
    return int(events[0].time if took is None else ends[0].time - int(took))


def _duration(begun: int, ended: int | None, starts: int, last: dict[str, Any]) -> float | None:
    """ms: by the monotonic clock for a run in one process, else from first start to last end.

    None while it has not ended, and where neither a start nor the end says it.
    """
    own = last.get("duration_ms")
    if starts <= 1 and own is not None:
        return float(own)
    if ended is None or not starts:
        return None
    took = float(max(0, ended - begun))
    return took if DURATION.holds(took) else None


def _steps(events: list[_RunEvent], kind: str, said: int | None) -> int | None:
    """How many steps of a kind; of a run without a name, to which none can belong, as it said."""
    return sum(event.type == kind for event in events) if events[0].run_id is not None else said


def _total(bodies: list[dict[str, Any]], name: str) -> int | None:
    values = [body[name] for body in bodies if name in body]
    total = sum(values)
    return total if values and TOKENS.holds(total) else None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
