"""Recorded events: span events of their call, or spans of their own.

An event goes out with its call. One that comes after its call was sent, or belongs to none, is a
span of its own, with a link to the span that it is about.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

from ...vocabulary.events import EVENT_TYPES
from .candidate import SpanCandidate, rows
from .evaluation import NAME, evaluation, fields_of
from .session_tree import SessionTree
from .span import Link, Span, SpanEvent, Value, known, moment, span_id, trace_id

# Sentences, which are the user's own; ids of processes and of other events.
_LEFT_OUT = frozenset({"reason", "process", "event_id"})
_SENT_KINDS = frozenset({"text", "integer", "number", "flag", "texts", "scalar"})
# What an event waits for may still come.
_UNDECIDED = frozenset({"orphan", "ambiguous"})


def attributes(event: sqlite3.Row) -> dict[str, Value]:
    """The fields of an event as attributes: names and numbers, no sentence."""
    kind, fields = event["type"], fields_of(event["body"])
    sent: dict[str, object] = {
        "tachikoma.event.id": event["event_id"],
        "tachikoma.run.id": event["run"],
        "gen_ai.skill.name": event["skill"],
        "gen_ai.agent.name": event["agent"],
        # Not by the conventions' name: with that, a span of its own is taken for a step.
        "tachikoma.model": event["model"],
    }
    for name, about in EVENT_TYPES[kind].fields.items() if kind in EVENT_TYPES else ():
        value = fields.get(name)
        if name in _LEFT_OUT or about.kind not in _SENT_KINDS:
            continue
        if about.kind == "texts":
            value = tuple(each for each in value or () if isinstance(each, str)) or None
        sent["error.type" if name == "error_type" else f"tachikoma.{kind}.{name}"] = value
    return known(sent)


def span_events(event: sqlite3.Row) -> Iterator[SpanEvent]:
    """What an event is inside of a span: itself, and what it says of how good something was."""
    graded, time = evaluation(event), moment(event["time"])
    if time is None:
        return
    own = attributes(event)
    if event["type"] == "label":
        yield SpanEvent(NAME, time, {**own, **(graded or {})})
        return
    yield SpanEvent(f"tachikoma.{event['type']}", time, own)
    if graded:
        yield SpanEvent(NAME, time, {"tachikoma.event.id": event["event_id"], **graded})


def event_spans(
    store: sqlite3.Connection, tree: SessionTree, settled: int, sent: Callable[[int], bool]
) -> Iterator[SpanCandidate]:
    """A span each event that did not go out with its call, once it is decided where it belongs.

    What did not change since `settled` (ms) never will. An event waits for its call, with which it
    goes out: `sent` says of a span whether it was.
    """
    for event in rows(store, "events.sql"):
        if moment(event["time"]) is None or _waits(event, settled):
            continue
        if event["carrier"] and not sent(span_id("call", event["carrier"])):
            continue
        yield SpanCandidate(span_id("event", event["event_id"]), partial(_event_span, event, tree))


def place(event: sqlite3.Row, tree: SessionTree) -> tuple[int, int | None]:
    """The trace that an event is in, and the span that it is about."""
    if event["carrier"]:
        return tree.session(event["call_session"]).trace, span_id("call", event["carrier"])
    around = span_id("run", event["run"]) if event["run_row"] else None
    if event["label_of"]:
        around = span_id("event", event["label_of"])
    if event["run_session"]:
        return tree.session(event["run_session"]).trace, around
    if event["run"]:
        return trace_id("run", event["run"]), around
    if tree.has(event["session_id"]):
        return tree.session(event["session_id"]).trace, around
    return trace_id("event", event["label_of"] or event["event_id"]), around


def _waits(event: sqlite3.Row, settled: int) -> bool:
    """Whether a later merge may find the call, or the event, that it is about."""
    lost = event["label_of"] and event["about"] is None
    undecided = event["match"] in _UNDECIDED and not event["carrier"]
    return bool((lost or undecided) and event["time"] > settled)


def _event_span(event: sqlite3.Row, tree: SessionTree) -> Span:
    trace, around = place(event, tree)
    first, *others = span_events(event)
    session = event["call_session"] or event["session_id"]
    return Span(
        first.name,
        trace,
        span_id("event", event["event_id"]),
        around,
        first.time,
        first.time,
        {**first.attributes, **(tree.names(session) if session else {})},
        events=tuple(others),
        links=(Link(trace, around),) if around else (),
    )
