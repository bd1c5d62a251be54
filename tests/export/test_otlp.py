"""What `export otlp` sends, as a real receiver takes it: the demo's recorded session."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tachikoma_telemetry.export.otlp.sent_ids import sent_path
from tachikoma_telemetry.sample import unpack

from ..merging import merge_project
from ..reports_store import NOW
from .receivers import Tap, attributes, send, tap


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the demo, which no test changes."""
    folder = tmp_path_factory.mktemp("sample")
    found = unpack(folder)
    store = folder / "unified.db"
    journals = [found.journal]
    merge_project(found.root, found.database, journals=journals, store=store, all_projects=True)
    return store


@pytest.fixture
def store(sample: Path, tmp_path: Path) -> Path:
    """A store of one's own, of which nothing was exported yet."""
    return Path(shutil.copy(sample, tmp_path / "unified.db"))


@pytest.fixture(scope="module")
def received(sample: Path) -> Iterator[Tap]:
    """All that is exported of the demo."""
    with tap() as receiver:
        send(sample, receiver.endpoint)
        yield receiver.drain()


def _rows(store: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(store)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _operation(received: Tap, name: str) -> list[Any]:
    return [
        each for each in received.spans if attributes(each).get("gen_ai.operation.name") == name
    ]


def test_every_step_and_call_is_a_span_once(received: Tap, sample: Path) -> None:
    """Copies in forks are none; a load by the user is no call of a tool."""
    steps = "FROM messages WHERE role = 'assistant' AND counted = 1"
    calls = "FROM calls WHERE counted = 1 AND tool IS NOT NULL"

    assert len(_operation(received, "chat")) == _rows(sample, f"SELECT count(*) {steps}")[0][0]
    assert (
        len(_operation(received, "execute_tool"))
        == (_rows(sample, f"SELECT count(*) {calls}")[0][0])
    )
    assert {1} == {*Counter(each.span_id for each in received.spans).values()}


def test_tokens_add_up_to_what_was_spent(received: Tap, sample: Path) -> None:
    """Input with the cache and output with reasoning, on the steps and nowhere else."""
    ((spent_in, spent_out),) = _rows(
        sample,
        "SELECT sum(tokens_input + tokens_cache_read + tokens_cache_write), "
        "sum(tokens_output + tokens_reasoning) FROM messages WHERE counted = 1",
    )
    found = [attributes(each) for each in received.spans]

    assert spent_in == sum(each.get("gen_ai.usage.input_tokens", 0) for each in found)
    assert spent_out == sum(each.get("gen_ai.usage.output_tokens", 0) for each in found)
    assert {"chat"} == {
        each["gen_ai.operation.name"] for each in found if "gen_ai.usage.input_tokens" in each
    }


def test_a_session_is_a_trace_down_to_its_subagents(received: Tap) -> None:
    """Turn, step, call, and in a `task` call the turn of the subagent that it began."""
    by_id = {each.span_id: each for each in received.spans}
    (turn,) = (
        each
        for each in _operation(received, "invoke_agent")
        if "ses_df926cce0ffezsaPwARde5JlFt" == attributes(each)["gen_ai.conversation.id"]
    )

    names = []
    span = turn
    while span.parent_span_id:
        span = by_id[span.parent_span_id]
        names.append(span.name)
    assert ["execute_tool task", "chat glm-4.7", "invoke_agent build"] == names
    assert turn.trace_id == span.trace_id
    assert "ses_df926e8a8ffehfjEbLH6zYJmqy" == attributes(turn)["session.id"]
    assert "chat glm-4.7" in {each.name for each in received.children(turn)}


def test_no_parent_is_missing(received: Tap) -> None:
    """Every span but those at the top is below another one of its trace."""
    spans = {(each.trace_id, each.span_id) for each in received.spans}
    tops = [each for each in received.spans if not each.parent_span_id]

    assert {"invoke_agent build"} == {each.name for each in tops}
    for each in received.spans:
        assert each in tops or (each.trace_id, each.parent_span_id) in spans


def test_a_further_turn_links_to_the_one_before(received: Tap) -> None:
    """It is at the top of the same trace, for the first one was sent with its end."""
    turns = [
        each for each in _operation(received, "invoke_agent")
        if "ses_df926e8a8ffehfjEbLH6zYJmqy" == attributes(each)["gen_ai.conversation.id"]
    ]  # fmt: skip
    first, second = sorted(turns, key=lambda each: each.start_time_unix_nano)

    assert first.trace_id == second.trace_id
    assert not first.parent_span_id
    assert not second.parent_span_id
    assert [first.span_id] == [each.span_id for each in second.links]


def test_loads_and_commands_have_the_names_of_the_conventions(received: Tap) -> None:
    """A load the skill's, a command that runs a skill's file both, and its exit code."""
    load = next(each for each in received.spans if each.name == "execute_tool skill code-agent")
    command = received.named("execute_tool bash intent-router route.py")
    failed = [each for each in received.spans if each.status.code == Status.STATUS_CODE_ERROR]

    assert "code-agent" == attributes(load)["gen_ai.skill.name"]
    assert "gen_ai.skill.resource.name" not in attributes(load)
    assert "model" == attributes(load)["tachikoma.skill.trigger"]
    assert "route.py" == attributes(command)["gen_ai.skill.resource.name"]
    assert 0 == attributes(command)["process.exit.code"]
    assert "functions.bash:1" == attributes(command)["gen_ai.tool.call.id"]
    assert 3 in {attributes(each).get("process.exit.code") for each in failed}
    assert {"failed", "invalid", "timed_out", "escalated"} >= {
        attributes(each)["error.type"] for each in failed
    }


def test_kinds_are_those_of_the_conventions(received: Tap) -> None:
    """A step calls the model's provider; the others stay inside."""
    kinds = {(each.name.split()[0], each.kind) for each in received.spans}

    assert ("chat", Span.SPAN_KIND_CLIENT) in kinds
    assert {Span.SPAN_KIND_INTERNAL} == {kind for name, kind in kinds if name != "chat"}


def test_recorded_events_are_in_the_span_of_their_call(received: Tap) -> None:
    """With their fields as attributes, and what was graded as an evaluation."""
    command = received.named("execute_tool bash intent-router route.py")
    named = [(each.name, attributes(each)) for each in command.events]
    intents = [found for name, found in named if name == "tachikoma.intent"]
    graded = [found for name, found in named if name == "gen_ai.evaluation.result"]

    assert ["debug", "unclear"] == [each["tachikoma.intent.intent"] for each in intents]
    assert ["correct", "incorrect"] == [each["gen_ai.evaluation.score.label"] for each in graded]
    assert {"IntentResolution"} == {each["gen_ai.evaluation.name"] for each in graded}
    assert [1.0, 0.0] == [each["gen_ai.evaluation.score.value"] for each in graded]


def test_every_event_is_sent_once(received: Tap, sample: Path) -> None:
    """In a call's span, or as a span of its own."""
    carried = [
        attributes(event)["tachikoma.event.id"]
        for span in received.spans
        for event in span.events
        if event.name.startswith("tachikoma.") or "tachikoma.label.event_id" in attributes(event)
    ]
    alone = [attributes(each).get("tachikoma.event.id") for each in received.spans]
    sent = Counter([*carried, *filter(None, alone)])

    assert {1} == {*sent.values()}
    events = {row[0] for row in _rows(sample, "SELECT event_id FROM events WHERE type <> 'label'")}
    assert events == {*sent}


def test_windows_and_runs_have_names_of_our_own(received: Tap) -> None:
    """The window of a load links to it; a run is below the call that began it."""
    windows = [e for e in received.spans if e.name.startswith("tachikoma.skill_window ")]
    runs = [e for e in received.spans if e.name.startswith("tachikoma.skill_run ")]
    loads = {e.span_id for e in received.spans if e.name.startswith("execute_tool skill ")}
    bash = {e.span_id for e in received.spans if e.name.startswith("execute_tool bash")}

    assert windows
    assert runs
    assert loads >= {each.links[0].span_id for each in windows}
    assert bash >= {each.parent_span_id for each in runs}
    for each in (*windows, *runs):
        assert not [name for name in attributes(each) if name.startswith("gen_ai.usage")]


def test_evaluations_are_log_records_of_the_span_that_they_are_about(received: Tap) -> None:
    """One a label and one a grade, with the id of the recorded event."""
    spans = {(each.trace_id, each.span_id) for each in received.spans}

    assert {"gen_ai.evaluation.result"} == {each.event_name for each in received.logs}
    assert {1} == {*Counter(attributes(e)["tachikoma.event.id"] for e in received.logs).values()}
    for each in received.logs:
        assert (each.trace_id, each.span_id) in spans


def test_metrics_have_the_sums_of_the_spans(received: Tap) -> None:
    """Durations of turns and calls, and how many calls and steps a turn had."""
    turns, calls = _operation(received, "invoke_agent"), _operation(received, "execute_tool")
    for name, spans in (("invoke_agent", turns), ("execute_tool", calls)):
        points = received.metric(f"gen_ai.{name}.duration").histogram.data_points
        seconds = sum((e.end_time_unix_nano - e.start_time_unix_nano) / 1e9 for e in spans)
        assert len(spans) == sum(each.count for each in points)
        assert seconds == pytest.approx(sum(each.sum for each in points))
        assert {2} == {received.metric(f"gen_ai.{name}.duration").histogram.aggregation_temporality}
    for name, count in (("tool_calls", len(calls)), ("inference_calls", 44)):
        points = received.metric(f"gen_ai.invoke_agent.{name}").histogram.data_points
        assert count == sum(each.sum for each in points)
        assert len(turns) == sum(each.count for each in points)


def test_exporting_twice_sends_nothing_new(store: Path) -> None:
    """Of no signal."""
    with tap() as receiver:
        first = send(store, receiver.endpoint)
        again = send(store, receiver.endpoint, now=NOW + 1)
        received = receiver.drain()

    assert [len(received.spans), len(received.logs), len(received.metrics)] == [
        each.sent for each in first
    ]
    assert [0, 0, 0] == [each.sent for each in again]


def test_ids_are_those_of_the_records(store: Path, received: Tap) -> None:
    """Another machine, or one that lost its record of what was sent, sends the same ids."""
    with tap() as receiver:
        send(store, receiver.endpoint)
        again = receiver.drain()

    assert {(e.trace_id, e.span_id) for e in received.spans} == {
        (e.trace_id, e.span_id) for e in again.spans
    }


def test_a_dry_run_sends_and_keeps_nothing(store: Path) -> None:
    """It counts what would be sent, also after an export."""
    counted = [each.sent for each in send(store, "http://127.0.0.1:1", dry_run=True)]
    assert not sent_path(store).exists()

    with tap() as receiver:
        sent = [each.sent for each in send(store, receiver.endpoint)]
        left = [each.sent for each in send(store, receiver.endpoint, dry_run=True)]
    assert counted == sent
    assert [0, 0, 0] == left
