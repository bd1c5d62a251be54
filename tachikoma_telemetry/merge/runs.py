"""Skill runs: a row for every run that skill code recorded, however many processes it took."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson

from ..ranges import DURATION, TOKENS


def derive_runs(store: sqlite3.Connection, runs: Iterable[str]) -> None:
    """Make the rows of these runs in `skill_metrics` anew."""
    for run_id in sorted(runs):
        store.execute("DELETE FROM skill_metrics WHERE metric_id = ?", (f"run:{run_id}",))
        events = store.execute(
            "SELECT type, time, skill, model, agent, session, call_key, body, run_id FROM events "
            "WHERE run = ? ORDER BY time, event_id",
            (run_id,),
        ).fetchall()
        row = _run_row(run_id, events)
        if row is not None:
            store.execute(_INSERT, row)


_INSERT = """
INSERT INTO skill_metrics (
    metric_id, kind, run_id, skill, session_id, call_key, model, agent, parent_run_id, started,
    ended, outcome, reason, error_type, run_ms, run_tokens_input, run_tokens_output, iterations,
    retries, counted
) VALUES (?, 'run', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
"""


def _run_row(run_id: str, events: list[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """The row of a run; None when neither its start nor its end was recorded."""
    starts = [event for event in events if event[0] == "skill_run_started"]
    ends = [event for event in events if event[0] == "skill_run_finished"]
    edges = starts + ends
    if not edges:
        return None
    bodies = [orjson.loads(event[7]) for event in ends]
    # A loop over several processes ends several times; the last end is the one that counts.
    last: dict[str, Any] = bodies[-1] if bodies else {}
    begun = starts[0][1] if starts else _begun(events, ends[0], bodies[0])
    ended = ends[-1][1] if ends else None
    joined = next((event for event in events if event[6] is not None), None)
    parents = (orjson.loads(event[7]).get("parent_run_id") for event in starts)
    return (
        f"run:{run_id}",
        run_id,
        _first(event[2] for event in (*edges, *events)),
        joined[5] if joined else None,
        joined[6] if joined else None,
        _first(event[3] for event in events),
        _first(event[4] for event in events),
        _first(parents),
        begun,
        ended,
        last.get("outcome"),
        last.get("reason"),
        last.get("error_type"),
        _duration(begun, ended, len(starts), last),
        _total(bodies, "tokens_input"),
        _total(bodies, "tokens_output"),
        _steps(events, "iteration", last.get("iterations")),
        _steps(events, "retry", last.get("retries")),
    )


def _begun(events: list[tuple[Any, ...]], end: tuple[Any, ...], body: dict[str, Any]) -> int:
    """When a run without a start began: its duration before its end, or with the first event."""
    took = body.get("duration_ms")
    return int(events[0][1] if took is None else end[1] - int(took))


def _duration(begun: int, ended: int | None, starts: int, last: dict[str, Any]) -> float | None:
    """ms: by the monotonic clock for a run in one process, else from first start to last end.

    None while it has not ended, and where neither a start nor the end tells.
    """
    own = last.get("duration_ms")
    if starts <= 1 and own is not None:
        return float(own)
    if ended is None or not starts:
        return None
    took = float(max(0, ended - begun))
    return took if DURATION.holds(took) else None


def _steps(events: list[tuple[Any, ...]], kind: str, told: int | None) -> int | None:
    """How many steps of a kind; of a run without a name, to which none can belong, as it told."""
    return sum(event[0] == kind for event in events) if events[0][8] is not None else told


def _total(bodies: list[dict[str, Any]], name: str) -> int | None:
    values = [body[name] for body in bodies if name in body]
    total = sum(values)
    return total if values and TOKENS.holds(total) else None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
