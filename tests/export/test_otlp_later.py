"""What is not final yet waits; what comes later goes out as spans of its own, with links."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..reports_store import DAY, HOUR, NOW, ReportsStore
from .receivers import Backend, attributes, backend, send


@pytest.fixture
def store(tmp_path: Path) -> ReportsStore:
    """A store with a session in which a user has just asked for something."""
    store = ReportsStore(tmp_path / "unified.db").marked()
    store.connection.execute("PRAGMA journal_mode = OFF")
    store.session(updated=NOW)
    store.message(message_id="u1", role="user", opens_turn=1, created=NOW - 9000)
    return store


@pytest.fixture
def receiver() -> Iterator[Backend]:
    """A backend that takes everything."""
    with backend() as found:
        yield found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "unified.db"


def _step(store: ReportsStore, id: str, at: int, **values: Any) -> None:
    store.message(message_id=id, created=at, updated=at, agent="build", **values)


def _ids(receiver: Backend) -> dict[str, str]:
    return {each.name.split()[0]: each.span_id.hex() for each in receiver.spans}


def test_what_runs_waits(store: ReportsStore, path: Path, receiver: Backend) -> None:
    """A call, its step and its turn go out when each has ended."""
    _step(store, "m1", NOW - 8000)
    call = store.call(outcome="running", started=NOW - 7000, updated=NOW - 7000)
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    change = "UPDATE calls SET outcome = 'succeeded', ended = ? WHERE call_key = ?"
    store.connection.execute(change, (NOW - 5000, call))
    send(path, receiver.endpoint)
    assert ["execute_tool bash"] == [each.name for each in receiver.spans]

    store.connection.execute("UPDATE messages SET completed = ? WHERE message_id = 'm1'", (NOW,))
    send(path, receiver.endpoint)
    assert ["execute_tool bash", "chat glm-4.7"] == [each.name for each in receiver.spans]

    _step(store, "m2", NOW + 1, completed=NOW + 9)
    send(path, receiver.endpoint)
    turn = receiver.named("invoke_agent build")
    assert NOW + 9 == turn.end_time_unix_nano // 1_000_000
    assert 4 == len(receiver.spans)


def test_what_the_user_writes_meanwhile_ends_nothing(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """It waits for the step that runs."""
    _step(store, "m1", NOW - 8000)
    store.message(message_id="u2", role="user", opens_turn=1, created=NOW - 5000)
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    _step(store, "m2", NOW - 4000)
    send(path, receiver.endpoint)
    assert ["chat", "invoke_agent"] == sorted(each.name.split()[0] for each in receiver.spans)


def test_what_never_ends_is_abandoned(store: ReportsStore, path: Path, receiver: Backend) -> None:
    """After a week without a change, or when the model went on."""
    _step(store, "m1", NOW - 8000)
    store.call(outcome="running", started=NOW - 7000, updated=NOW - 7000)
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    send(path, receiver.endpoint, now=NOW + 7 * DAY)
    call = receiver.named("execute_tool bash")
    assert "abandoned" == attributes(call)["tachikoma.call.outcome"]
    assert call.start_time_unix_nano == call.end_time_unix_nano
    assert {"execute_tool", "chat", "invoke_agent"} == {*_ids(receiver)}


def test_where_no_later_export_comes_nothing_waits(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """In CI: what was killed is abandoned, and events that found no call go out."""
    _step(store, "m1", NOW - 8000)
    call = store.call(outcome="running", started=NOW - 7000, updated=NOW - 7000)
    store.event("iteration", call_key=call, time=NOW - 6500)
    store.event("retry", "orphan", session_id="s9", call_id="c", time=NOW - 1000)
    store.run(outcome=None, source="event", session_id=None, last_seen=NOW - 800)
    send(path, receiver.endpoint, unfinished=True)

    assert {
        *("execute_tool", "chat", "invoke_agent", "tachikoma.retry", "tachikoma.skill_run"),
    } == {*_ids(receiver)}
    assert 1 == len(receiver.named("execute_tool bash").events)


def test_an_event_waits_for_its_call(store: ReportsStore, path: Path, receiver: Backend) -> None:
    """And then goes out inside of it."""
    _step(store, "m1", NOW - 8000)
    call = store.call(outcome="running", started=NOW - 7000, updated=NOW - 7000)
    event = store.event(call_key=call, session_id="s1", time=NOW - 6000)
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    store.connection.execute("UPDATE calls SET outcome = 'succeeded'")
    send(path, receiver.endpoint)
    ((inside,),) = [each.events for each in receiver.spans]
    assert event == attributes(inside)["tachikoma.event.id"]


@pytest.mark.parametrize("kind", ["event", "label"])
def test_what_comes_after_its_call_is_linked_to_it(
    kind: str, store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """A late join or a label: in the trace of the call, below it, and with a link to it."""
    _step(store, "m1", NOW - 8000, completed=NOW)
    call = store.call(started=NOW - 7000, ended=NOW - 6000)
    first = store.event("intent", call_key=call, time=NOW - 6500, body='{"intent":"debug"}')
    send(path, receiver.endpoint)
    sent = receiver.named("execute_tool bash")
    assert 1 == len(sent.events)

    if kind == "event":
        store.event("retry", call_key=call, time=NOW - 6400, session_id="s1")
    else:
        body = json.dumps({"event_id": first, "actual": "implement"})
        store.event("label", "none", label_of=first, time=NOW + 5000, body=body)
    send(path, receiver.endpoint)
    late = receiver.spans[-1]

    assert ("tachikoma.retry" if kind == "event" else "gen_ai.evaluation.result") == late.name
    assert sent.trace_id == late.trace_id
    assert sent.span_id == late.parent_span_id == late.links[0].span_id
    if kind == "label":
        assert "incorrect" == attributes(late)["gen_ai.evaluation.score.label"]
        (record,) = receiver.logs
        assert sent.span_id == record.span_id
    before = len(receiver.spans)
    send(path, receiver.endpoint)
    assert before == len(receiver.spans)


def test_an_event_that_names_an_unknown_call_waits_for_a_week(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """A merge may find the call until then."""
    store.event("retry", "orphan", session_id="s9", call_id="c", time=NOW - 1000)
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    send(path, receiver.endpoint, now=NOW + 7 * DAY)
    assert "tachikoma.retry" == receiver.spans[-1].name
    assert not receiver.spans[-1].parent_span_id


def test_a_label_of_an_event_without_a_call_is_below_that_event(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """In the trace of its own that such an event has."""
    first = store.event("intent", "none", time=NOW - 500, body='{"intent":"debug"}')
    store.event(
        "label", "none", label_of=first, time=NOW,
        body=json.dumps({"event_id": first, "actual": "debug"}),
    )  # fmt: skip
    send(path, receiver.endpoint)

    intent, label = receiver.named("tachikoma.intent"), receiver.named("gen_ai.evaluation.result")
    assert intent.trace_id == label.trace_id
    assert intent.span_id == label.parent_span_id == label.links[0].span_id
    assert "correct" == attributes(label)["gen_ai.evaluation.score.label"]


def test_a_run_is_a_span_when_it_has_ended(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """Its events outside of calls are below it."""
    run = store.run(
        outcome=None, source="event", session_id=None, started=NOW - 900, last_seen=NOW - 800
    )
    send(path, receiver.endpoint)
    assert [] == receiver.spans

    store.connection.execute(
        "UPDATE skill_metrics SET outcome = 'escalated', ended = ?", (NOW - 100,)
    )
    store.event("iteration", "none", run_id=run, time=NOW - 850, body='{"stage":"verify"}')
    send(path, receiver.endpoint)
    span, event = receiver.spans
    assert "tachikoma.skill_run code-agent" == span.name
    assert "escalated" == attributes(span)["error.type"]
    assert span.span_id == event.parent_span_id


def test_rows_of_any_age_are_new(store: ReportsStore, path: Path, receiver: Backend) -> None:
    """A database that is merged for the first time may hold sessions of last year."""
    _step(store, "m1", NOW - 8000, completed=NOW)
    send(path, receiver.endpoint)
    before = len(receiver.spans)

    store.session("old", created=NOW - 9000 * HOUR)
    _step(store, "m0", NOW - 9000 * HOUR, session_id="old", completed=NOW - 8999 * HOUR)
    send(path, receiver.endpoint)
    assert before + 2 == len(receiver.spans)


def test_since_leaves_out_what_began_before(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """Spans only: metrics are of all that the store holds."""
    _step(store, "m1", NOW - 8000, completed=NOW - 7000)
    store.call(started=NOW - 7500, ended=NOW - 7400)
    _step(store, "m2", NOW - 2000, completed=NOW)
    send(path, receiver.endpoint, since=NOW - 3000)

    assert ["chat glm-4.7"] == [each.name for each in receiver.spans]
    (turns,) = receiver.metric("gen_ai.invoke_agent.inference_calls").histogram.data_points
    assert (1, 2) == (turns.count, turns.sum)


def test_metrics_are_totals_that_only_grow(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """Since the same time in every export, and sent only when they changed."""
    _step(store, "m1", NOW - 8000, completed=NOW - 7000, tokens_input=3, tokens_cache_read=4)
    send(path, receiver.endpoint)
    send(path, receiver.endpoint, now=NOW + 1)
    _step(store, "m2", NOW - 2000, completed=NOW, tokens_input=5)
    store.session("older", created=NOW - 500 * HOUR)
    _step(store, "m0", NOW - 500 * HOUR, session_id="older", completed=NOW - 499 * HOUR)
    send(path, receiver.endpoint, now=NOW + 2)

    first, second = (each.sum for each in receiver.metrics if each.name == "tachikoma.tokens")
    assert first.is_monotonic
    kinds = [
        {attributes(e)["gen_ai.token.type"]: e.as_int or e.as_double for e in each.data_points}
        for each in (first, second)
    ]
    assert [{"input": 3, "cache_read": 4}, {"input": 8, "cache_read": 4}] == kinds
    (start,) = {e.start_time_unix_nano for each in (first, second) for e in each.data_points}
    assert NOW - 9000 == start // 1_000_000


def test_metrics_keep_what_is_deleted(store: ReportsStore, path: Path, receiver: Backend) -> None:
    """A backend takes a total that falls for one that begins again, and would count it twice."""
    for _ in range(5):
        store.event("retry", "none", time=NOW - 900)
    send(path, receiver.endpoint)
    store.connection.execute("DELETE FROM events")
    send(path, receiver.endpoint)
    store.event("retry", "none", time=NOW - 800)
    send(path, receiver.endpoint)

    found = [each.sum for each in receiver.metrics if each.name == "tachikoma.retries"]
    assert [5, 6] == [each.data_points[0].as_int for each in found]


def test_metrics_that_did_not_arrive_are_sent_later(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """With the same totals: what was counted counts once."""
    store.event("retry", "none", time=NOW - 900)
    receiver.status = {"metrics": [500]}
    assert [True] == [e.failed for e in send(path, receiver.endpoint) if e.problem]
    send(path, receiver.endpoint)

    (point,) = receiver.metric("tachikoma.retries").sum.data_points
    assert 1 == point.as_int


def test_more_events_than_a_span_holds_are_spans(
    store: ReportsStore, path: Path, receiver: Backend
) -> None:
    """Each is sent once all the same."""
    _step(store, "m1", NOW - 8000, completed=NOW)
    call = store.call(started=NOW - 7000, ended=NOW - 6000)
    events = {store.event("retry", call_key=call, time=NOW - 6500) for _ in range(200)}
    send(path, receiver.endpoint)

    inside = receiver.named("execute_tool bash").events
    alone = [each for each in receiver.spans if each.name == "tachikoma.retry"]
    assert 64 == len(inside)
    assert events == {attributes(each)["tachikoma.event.id"] for each in (*inside, *alone)}
    assert 200 == len(inside) + len(alone)
