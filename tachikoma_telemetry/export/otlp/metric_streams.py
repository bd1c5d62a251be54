"""The metrics: totals over all that is final, so that sending them twice adds nothing."""

from __future__ import annotations

import math
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .call_spans import end_of, error_of, final_calls, start_of
from .conventions import model_names, skill_of_call
from .evaluation import fields_of
from .session_tree import SessionTree
from .skill_spans import final_runs, outcome_of
from .span import Value, known, moment
from .step_spans import Turns, error_of_turn

# The conventions' boundaries for durations (s), with more where agents take minutes.
SECONDS = tuple(0.01 * 2**power for power in range(20))
COUNTS = (0.0, *(float(2**power) for power in range(13)))

Key = tuple[tuple[str, Value], ...]


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


@dataclass
class Stream:
    """A metric with its points: a histogram where it has bounds, else a sum that only grows."""

    name: str
    unit: str
    description: str
    bounds: tuple[float, ...] = ()
    _points: dict[Key, float | Histogram] = field(default_factory=dict, repr=False)

    def add(self, value: float | None, attributes: Mapping[str, object]) -> None:
        """Take in one value; None is unknown, and counts nothing."""
        if value is None or value < 0 or not math.isfinite(value):
            return
        key = tuple(known(attributes).items())
        if not self.bounds:
            before = self._points.get(key, 0)
            assert not isinstance(before, Histogram)
            self._points[key] = before + value
            return
        point = self._points.setdefault(key, Histogram([0] * (len(self.bounds) + 1)))
        assert isinstance(point, Histogram)
        point.add(value, self.bounds)

    def points(self) -> Iterator[tuple[Mapping[str, Value], float | Histogram]]:
        """Attributes and value of each point."""
        for key, value in self._points.items():
            yield dict(key), value


class Totals(NamedTuple):
    """The metrics, and when the oldest record in them began (ms; None without any)."""

    streams: Sequence[Stream]
    since: int | None


def totals(store: sqlite3.Connection, tree: SessionTree, settled: int) -> Totals:
    """All metrics of a store."""
    streams: list[Stream] = []
    oldest: list[int] = []
    for found, began in (
        _agents(store, settled),
        _tools(store, tree, settled),
        (_runs(store, settled), None),
        _recorded(store),
    ):
        streams += found
        oldest += [began] if began else []
    return Totals([each for each in streams if any(each.points())], min(oldest, default=None))


_Found = tuple[list[Stream], int | None]


def _agents(store: sqlite3.Connection, settled: int) -> _Found:
    seconds = Stream("gen_ai.invoke_agent.duration", "s", "Duration of a turn", SECONDS)
    calls = Stream("gen_ai.invoke_agent.tool_calls", "{call}", "Tool calls of a turn", COUNTS)
    steps = Stream("gen_ai.invoke_agent.inference_calls", "{call}", "Steps of a turn", COUNTS)
    tokens = Stream("tachikoma.tokens", "{token}", "Tokens by kind, each counted once")
    cost = Stream("tachikoma.cost", "{USD}", "Cost as OpenCode computes it")
    began: int | None = None
    for turn, step in Turns(store, settled).turns_and_steps():
        if step is None:
            agent = turn.first["agent"] if turn.first else None
            named = {"gen_ai.agent.name": agent, "error.type": error_of_turn(turn)}
            if moment(turn.start):
                began = min(began or turn.start, turn.start)
                seconds.add((max(turn.start, turn.end) - turn.start) / 1000, named)
            calls.add(turn.calls, named)
            steps.add(turn.steps, named)
        else:
            named = {"gen_ai.agent.name": step["agent"]}
            named |= model_names(step["model"], step["provider"])
            cost.add(step["cost"], named)
            for kind in ("input", "output", "reasoning", "cache_read", "cache_write"):
                tokens.add(step[f"tokens_{kind}"] or None, {**named, "gen_ai.token.type": kind})
    return [seconds, calls, steps, tokens, cost], began


def _tools(store: sqlite3.Connection, tree: SessionTree, settled: int) -> _Found:
    seconds = Stream("gen_ai.execute_tool.duration", "s", "Duration of a tool call", SECONDS)
    loads = Stream("tachikoma.skill.loads", "{load}", "Loads of a skill")
    commands = Stream("tachikoma.skill.commands", "{call}", "Commands that ran a skill's file")
    began: int | None = None
    for call in final_calls(store, tree, settled):
        start, error = start_of(call) or 0, error_of(call)
        began = min(began or start, start)
        skill = skill_of_call(call)[1].get("gen_ai.skill.name")
        named = {"gen_ai.agent.name": call["agent"], "error.type": error}
        if call["tool"]:
            tool = {"gen_ai.tool.name": call["tool"], **named}
            seconds.add((end_of(call) - start) / 1000, tool)
        ended = {"gen_ai.skill.name": skill, "tachikoma.call.outcome": call["outcome"]}
        if call["skill"]:
            loads.add(1, {**ended, "tachikoma.skill.trigger": call["trigger"]})
        elif call["script_skill"]:
            commands.add(1, {**ended, "gen_ai.skill.resource.name": call["script"]})
    return [seconds, loads, commands], began


def _runs(store: sqlite3.Connection, settled: int) -> list[Stream]:
    seconds = Stream("tachikoma.skill.run.duration", "s", "Duration of a recorded run", SECONDS)
    runs = Stream("tachikoma.skill.runs", "{run}", "Recorded runs")
    for run in final_runs(store, settled):
        named = {"gen_ai.skill.name": run["skill"], "tachikoma.run.outcome": outcome_of(run)}
        runs.add(1, named)
        seconds.add(None if run["run_ms"] is None else run["run_ms"] / 1000, named)
    return [seconds, runs]


# Of each type of event: its metric, and the fields that are its attributes.
_COUNTED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "iteration": ("tachikoma.iterations", "{iteration}", ("stage", "passed")),
    "retry": ("tachikoma.retries", "{retry}", ()),
    "edit_format": ("tachikoma.edit.attempts", "{attempt}", ("format", "success")),
    "rlm_chunk": ("tachikoma.rlm.chunks", "{chunk}", ("mode", "success")),
    "intent": ("tachikoma.intents", "{intent}", ("intent", "correct", "escalated")),
}


def _recorded(store: sqlite3.Connection) -> _Found:
    streams = {
        kind: Stream(name, unit, f"Recorded events of the type {kind}")
        for kind, (name, unit, _) in _COUNTED.items()
    }
    marks = ",".join("?" * len(streams))
    query = f"SELECT type, skill, model, body, time FROM events WHERE type IN ({marks})"
    began: int | None = None
    for kind, skill, model, body, time in store.execute(query, [*streams]):
        fields = fields_of(body)
        if moment(time):
            began = min(began or time, time)
        streams[kind].add(
            1,
            {
                "gen_ai.skill.name": skill,
                **model_names(model),
                **{f"tachikoma.{kind}.{name}": fields.get(name) for name in _COUNTED[kind][2]},
            },
        )
    return [*streams.values()], began
