"""The metrics: totals that only grow. Each record counts once, when it is final.

The totals are kept with the ids of what is in them: what is deleted from the store later stays in
them, for a backend takes a total that falls for one that begins again.
"""

from __future__ import annotations

import math
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, NamedTuple

import orjson

from .call_spans import end_of, error_of, final_calls, start_of
from .conventions import model_names, skill_of_call
from .evaluation import fields_of
from .session_tree import SessionTree
from .skill_spans import final_runs, outcome_of
from .span import Value, known, moment, span_id
from .step_spans import Turn, Turns, error_of_turn

# The conventions' boundaries for durations (s), with more where agents take minutes.
_SECONDS = tuple(0.01 * 2**power for power in range(20))
_COUNTS = (0.0, *(float(2**power) for power in range(13)))

# By name: the unit, what it is, and of a histogram its boundaries.
_METRICS: Mapping[str, tuple[str, str, tuple[float, ...]]] = {
    "gen_ai.invoke_agent.duration": ("s", "Duration of a turn", _SECONDS),
    "gen_ai.invoke_agent.tool_calls": ("{call}", "Tool calls of a turn", _COUNTS),
    "gen_ai.invoke_agent.inference_calls": ("{call}", "Steps of a turn", _COUNTS),
    "gen_ai.execute_tool.duration": ("s", "Duration of a tool call", _SECONDS),
    "tachikoma.tokens": ("{token}", "Tokens by kind, each counted once", ()),
    "tachikoma.cost": ("{USD}", "Cost as OpenCode computes it", ()),
    "tachikoma.skill.loads": ("{load}", "Loads of a skill", ()),
    "tachikoma.skill.commands": ("{call}", "Commands that ran a skill's file", ()),
    "tachikoma.skill.runs": ("{run}", "Recorded runs", ()),
    "tachikoma.skill.run.duration": ("s", "Duration of a recorded run", _SECONDS),
    "tachikoma.iterations": ("{iteration}", "Recorded iterations", ()),
    "tachikoma.retries": ("{retry}", "Recorded retries", ()),
    "tachikoma.edit.attempts": ("{attempt}", "Recorded attempts to edit", ()),
    "tachikoma.rlm.chunks": ("{chunk}", "Recorded chunks", ()),
    "tachikoma.intents": ("{intent}", "Recorded intents", ()),
}

# Of the types of events that are counted: the metric, and the fields that are its attributes.
_EVENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "iteration": ("tachikoma.iterations", ("stage", "passed")),
    "retry": ("tachikoma.retries", ()),
    "edit_format": ("tachikoma.edit.attempts", ("format", "success")),
    "rlm_chunk": ("tachikoma.rlm.chunks", ("mode", "success")),
    "intent": ("tachikoma.intents", ("intent", "correct", "escalated")),
}
_TOKENS = ("input", "output", "reasoning", "cache_read", "cache_write")


@dataclass
class Histogram:
    """How values are spread: `buckets` has one more than there are boundaries."""

    buckets: list[int]
    count: int = 0
    sum: float = 0.0
    min: float = 0.0
    max: float = 0.0

    def add(self, value: float, bounds: Sequence[float]) -> None:
        """Count one value."""
        self.min = min(self.min, value) if self.count else value
        self.max = max(self.max, value) if self.count else value
        self.count += 1
        self.sum += value
        self.buckets[bisect_left(bounds, value)] += 1


Key = tuple[tuple[str, Value], ...]


@dataclass
class Stream:
    """A metric: a histogram where it has bounds, else a sum; its points by their attributes."""

    name: str
    unit: str
    description: str
    bounds: tuple[float, ...]
    points: dict[Key, float | Histogram] = field(default_factory=dict, repr=False)


class MetricTotals:
    """The metrics of a store, as far as they are counted.

    Attributes:
        since: when the oldest record in them began, ms; None without any.

    """

    def __init__(self, kept: str | None) -> None:
        """Go on from what `kept` says, see `text`."""
        self.since: int | None = None
        self._streams = {name: Stream(name, *about) for name, about in _METRICS.items()}
        for name, points in orjson.loads(kept or "{}").items():
            if name in self._streams:
                self._streams[name].points = {
                    tuple((each, value) for each, value in key): _number(value)
                    for key, value in points
                }

    def add(self, name: str, value: float | None, attributes: Mapping[str, object]) -> None:
        """Count one value; None is unknown, and counts nothing."""
        if value is None or value < 0 or not math.isfinite(value):
            return
        stream, key = self._streams[name], tuple(known(attributes).items())
        point = stream.points.get(key)
        if not stream.bounds:
            assert not isinstance(point, Histogram)
            stream.points[key] = (point or 0) + value
            return
        if not isinstance(point, Histogram):
            point = stream.points[key] = Histogram([0] * (len(stream.bounds) + 1))
        point.add(value, stream.bounds)

    def began(self, time: int | None) -> None:
        """Take in when a record began, ms."""
        if time:
            self.since = min(self.since or time, time)

    def streams(self) -> list[Stream]:
        """The metrics that have a point."""
        return [each for each in self._streams.values() if each.points]

    def text(self) -> str:
        """All points as JSON, to go on from."""
        return orjson.dumps(
            {
                each.name: [
                    [key, asdict(value) if isinstance(value, Histogram) else value]
                    for key, value in each.points.items()
                ]
                for each in self.streams()
            }
        ).decode()


class CountedRecord(NamedTuple):
    """A record that counts once, by its id."""

    id: int
    into: Callable[[MetricTotals], None]


def records(store: sqlite3.Connection, tree: SessionTree, settled: int) -> Iterator[CountedRecord]:
    """All records of a store that are final."""
    for turn, step in Turns(store, settled).turns_and_steps():
        if step is None and not turn.steps:
            continue
        if step is None:
            yield CountedRecord(span_id("turn", turn.key), partial(_turn, turn))
        else:
            yield CountedRecord(span_id("step", step["message_id"]), partial(_step, step))
    for call in final_calls(store, tree, settled):
        yield CountedRecord(span_id("call", call["call_key"]), partial(_call, call))
    for run in final_runs(store, settled):
        yield CountedRecord(span_id("run", run["run_id"]), partial(_run, run))
    marks = ",".join("?" * len(_EVENTS))
    query = f"SELECT event_id, type, skill, model, body, time FROM events WHERE type IN ({marks})"
    for id, *event in store.execute(query, [*_EVENTS]):
        yield CountedRecord(span_id("event", id), partial(_event, *event))


def _turn(turn: Turn, into: MetricTotals) -> None:
    agent = turn.first["agent"] if turn.first else None
    named = {"gen_ai.agent.name": agent, "error.type": error_of_turn(turn)}
    if moment(turn.start):
        into.began(turn.start)
        lasted = max(turn.start, turn.end) - turn.start
        into.add("gen_ai.invoke_agent.duration", lasted / 1000, named)
    into.add("gen_ai.invoke_agent.tool_calls", turn.calls, named)
    into.add("gen_ai.invoke_agent.inference_calls", turn.steps, named)


def _step(step: sqlite3.Row, into: MetricTotals) -> None:
    named = {"gen_ai.agent.name": step["agent"], **model_names(step["model"], step["provider"])}
    into.add("tachikoma.cost", step["cost"], named)
    for kind in _TOKENS:
        tokens = step[f"tokens_{kind}"] or None
        into.add("tachikoma.tokens", tokens, {**named, "gen_ai.token.type": kind})


def _call(call: sqlite3.Row, into: MetricTotals) -> None:
    start, error = start_of(call) or 0, error_of(call)
    into.began(start)
    if call["tool"]:
        into.add(
            "gen_ai.execute_tool.duration",
            (end_of(call) - start) / 1000,
            {
                "gen_ai.tool.name": call["tool"],
                "gen_ai.agent.name": call["agent"],
                "error.type": error,
            },
        )
    skill = skill_of_call(call)[1].get("gen_ai.skill.name")
    ended = {"gen_ai.skill.name": skill, "tachikoma.call.outcome": call["outcome"]}
    if call["skill"]:
        trigger = {"tachikoma.skill.trigger": call["trigger"]}
        into.add("tachikoma.skill.loads", 1, {**ended, **trigger})
    elif call["script_skill"]:
        script = {"gen_ai.skill.resource.name": call["script"]}
        into.add("tachikoma.skill.commands", 1, {**ended, **script})


def _run(run: sqlite3.Row, into: MetricTotals) -> None:
    named = {"gen_ai.skill.name": run["skill"], "tachikoma.run.outcome": outcome_of(run)}
    seconds = None if run["run_ms"] is None else run["run_ms"] / 1000
    into.add("tachikoma.skill.runs", 1, named)
    into.add("tachikoma.skill.run.duration", seconds, named)


def _event(
    kind: str, skill: str | None, model: str | None, body: str, time: int, into: MetricTotals
) -> None:
    name, attributes = _EVENTS[kind]
    fields = fields_of(body)
    into.began(moment(time))
    into.add(
        name,
        1,
        {
            "gen_ai.skill.name": skill,
            **model_names(model),
            **{f"tachikoma.{kind}.{each}": fields.get(each) for each in attributes},
        },
    )


def _number(value: Any) -> float | Histogram:
    return Histogram(**value) if isinstance(value, dict) else value
