"""Calls as `execute_tool`, with the events that were recorded in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.resources import files

from .candidate import SpanCandidate, rows
from .conventions import ERRORS, skill_of_call
from .event_spans import span_events
from .session_tree import SessionTree
from .span import Span, known, moment, span_id

# OpenTelemetry's own libraries put 128 into a span, and one of ours may be two of them: itself and
# its grade. The others become spans.
_EVENTS_MAX = 64
# In SQL, so that labels of events find their way to the call of those.
_EVENTS = f"""
    SELECT * FROM ({files(__package__).joinpath("events.sql").read_text("utf-8")})
    WHERE carrier = ? AND event_id IN (
        SELECT event_id FROM events WHERE call_key = ?
        UNION ALL
        SELECT l.event_id FROM events e JOIN events l ON l.label_of = e.event_id
        WHERE e.call_key = ?
    )
    ORDER BY time, event_id LIMIT {_EVENTS_MAX}
"""


def final_calls(
    store: sqlite3.Connection, tree: SessionTree, settled: int
) -> Iterator[sqlite3.Row]:
    """The calls that have ended, or never will: another message of the model follows, or nothing
    changed since `settled`.
    """
    for call in rows(store, "calls.sql"):
        if start_of(call) is None:
            continue
        if call["outcome"] == "running" and not call["overtaken"]:
            changed = max(
                call["updated"] or 0,
                call["started"] or 0,
                call["stepped"] or 0,
                tree.session(call["session_id"]).updated,
            )
            if changed > settled:
                continue
        yield call


def call_spans(
    store: sqlite3.Connection, tree: SessionTree, settled: int
) -> Iterator[SpanCandidate]:
    """A span a call."""
    for call in final_calls(store, tree, settled):
        yield SpanCandidate(
            span_id("call", call["call_key"]), partial(_call_span, call, store, tree)
        )


def start_of(call: sqlite3.Row) -> int | None:
    """When a call began, ms; None when that is unknown, and so no span."""
    return moment(call["started"], call["stepped"], call["ended"], call["updated"])


def end_of(call: sqlite3.Row) -> int:
    """When a call ended, ms; one without an end has none but its start."""
    start = start_of(call) or 0
    lasted = start + (call["duration_ms"] or 0)
    return max(start, moment(call["ended"], lasted) or 0)


def error_of(call: sqlite3.Row) -> str | None:
    """The `error.type` of a call that failed."""
    return call["outcome"] if call["outcome"] in ERRORS else None


def _call_span(call: sqlite3.Row, store: sqlite3.Connection, tree: SessionTree) -> Span:
    session, tool, error = call["session_id"], call["tool"], error_of(call)
    named, skill = skill_of_call(call)
    start, events = start_of(call) or 0, _events(store, call["call_key"])
    outcome = "abandoned" if call["outcome"] == "running" else call["outcome"]
    # What the user loads is no call of a tool.
    operation = {"gen_ai.operation.name": "execute_tool"} if tool else {}
    return Span(
        f"execute_tool {tool}{named}" if tool else f"tachikoma.skill_load{named}",
        tree.session(session).trace,
        span_id("call", call["call_key"]),
        _around(call, start, tree),
        start,
        end_of(call),
        known(
            {
                **operation,
                "gen_ai.tool.name": tool,
                "gen_ai.tool.call.id": call["call_id"],
                **tree.names(session),
                "gen_ai.agent.name": call["agent"],
                **skill,
                "process.exit.code": call["exit_code"],
                "error.type": error,
                "tachikoma.call.outcome": outcome,
                "tachikoma.skill.version": call["skill_version"],
                "tachikoma.skill.trigger": call["trigger"],
                "tachikoma.skill.context_chars": call["context_chars"],
                "tachikoma.skill.active": call["active_skill"],
            }
        ),
        failed=error is not None,
        events=tuple(each for event in events for each in span_events(event)),
        carried=tuple(span_id("event", event["event_id"]) for event in events),
    )


def _around(call: sqlite3.Row, start: int, tree: SessionTree) -> int:
    if call["parent_call"]:
        return span_id("call", call["parent_call"])
    if call["step"]:
        return span_id("step", call["message_id"])
    return span_id("turn", tree.turn(call["session_id"], call["stepped"] or start))


def _events(store: sqlite3.Connection, call: str) -> Sequence[sqlite3.Row]:
    cursor = store.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(_EVENTS, (call, call, call)).fetchall()
