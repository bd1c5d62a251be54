"""The tables of the store, as far as they are not written in schema.sql: one entry a table.

`facts` are what a merge read, `metrics` what follows from them. What holds neither
has no entry: `merge_state`, `origin` and the sums (see `session_sums`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..vocabulary.ranges import COST, DURATION, INDEX, SHARE, SIZE, TIME, TOKENS, Range

_NO_RANGES: Mapping[str, Range] = MappingProxyType({})


class EventLink(NamedTuple):
    """How the rows of a table refer to the events that they were made from.

    Attributes:
        column: a column of the table.
        value: what it holds: an SQL expression over an event's `event_id` and `run`.
    """

    column: str
    value: str

    def among(self, events: str) -> str:
        """The SQL condition that a row is of one of these events; `events` names a table."""
        return f"{self.column} IN (SELECT {self.value} FROM {events})"


OF_EVENT = EventLink("event_id", "event_id")
OF_ATTEMPT = EventLink("attempt_id", "'event:' || event_id")
# A row of a run has many events; one that is a load, and so of no run, has none.
OF_RUN = EventLink("run_id", "run")


class Table(NamedTuple):
    """A table of the store.

    Attributes:
        name: as in schema.sql.
        layer: facts were read, metrics follow from them.
        key: the columns by which its rows are known.
        start: when a row begins (ms since the epoch), an SQL expression; None without a time.
        link: the events that a row was made from; None where it is of no event.
        flags: columns that hold 0 or 1.
        ranges: what its other numbers may be.
    """

    name: str
    layer: Literal["facts", "metrics"]
    key: tuple[str, ...]
    start: str | None = None
    link: EventLink | None = None
    flags: frozenset[str] = frozenset()
    ranges: Mapping[str, Range] = _NO_RANGES


TABLES = (
    Table(
        "sessions",
        "facts",
        ("session_id",),
        start="created",
        ranges={
            **dict.fromkeys(("created", "updated", "archived"), TIME),
            **dict.fromkeys(("todos", "todos_completed"), INDEX),
        },
    ),
    Table(
        "messages",
        "facts",
        ("message_id",),
        start="created",
        flags=frozenset({"opens_turn", "copied", "counted"}),
        ranges={
            **dict.fromkeys(("created", "completed", "updated"), TIME),
            **dict.fromkeys(("tokens_input", "tokens_output", "tokens_reasoning"), TOKENS),
            **dict.fromkeys(("tokens_cache_read", "tokens_cache_write"), TOKENS),
            "cost": COST,
        },
    ),
    Table(
        "calls",
        "facts",
        ("call_key",),
        start="coalesce(started, updated)",
        flags=frozenset({"copied", "counted", "shell", "script_decides"}),
        ranges={
            **dict.fromkeys(("started", "ended", "updated"), TIME),
            "duration_ms": DURATION,
            "exit_code": Range(-(2**32), 2**32),
            "context_chars": SIZE,
        },
    ),
    Table(
        "events",
        "facts",
        ("event_id",),
        start="time",
        link=OF_EVENT,
        flags=frozenset({"opencode"}),
        ranges={"time": TIME},
    ),
    Table(
        "skill_metrics",
        "metrics",
        ("metric_id",),
        start="started",
        link=OF_RUN,
        flags=frozenset({"counted", "left_open"}),
        ranges={
            # A run without a start began its duration before its end.
            **dict.fromkeys(("started", "ended"), Range(TIME.low - DURATION.high, TIME.high)),
            "last_seen": TIME,
            **dict.fromkeys(("load_ms", "window_ms", "run_ms"), Range(0, TIME.high)),
            "context_chars": SIZE,
            **dict.fromkeys(("tokens_input", "tokens_output", "tokens_cache_read"), Range(0, 1e15)),
            "cost": Range(0, 1e15),
            **dict.fromkeys(("tool_calls", "failed_tool_calls", "iterations", "retries"), INDEX),
            **dict.fromkeys(("run_tokens_input", "run_tokens_output"), TOKENS),
        },
    ),
    Table("also_active", "metrics", ("session_id", "message_id", "skill")),
    Table(
        "iteration_metrics",
        "metrics",
        ("event_id",),
        start="time",
        link=OF_EVENT,
        flags=frozenset({"passed"}),
        ranges={
            "time": TIME,
            **dict.fromkeys(("number", "maximum"), INDEX),
            "score": SHARE,
            "duration_ms": DURATION,
            "tokens": TOKENS,
        },
    ),
    Table("iteration_criteria", "metrics", ("event_id", "criterion"), link=OF_EVENT),
    Table(
        "edit_metrics",
        "metrics",
        ("attempt_id",),
        start="time",
        link=OF_ATTEMPT,
        flags=frozenset({"last", "success"}),
        ranges={"time": TIME, "tokens": TOKENS, "duration_ms": DURATION},
    ),
    Table(
        "rlm_metrics",
        "metrics",
        ("event_id",),
        start="time - coalesce(duration_ms, 0)",
        link=OF_EVENT,
        flags=frozenset({"success"}),
        ranges={
            "time": TIME,
            **dict.fromkeys(("chunk", "total", "wave", "depth"), INDEX),
            "size": SIZE,
            "duration_ms": DURATION,
            "tokens": TOKENS,
            "accuracy": SHARE,
        },
    ),
    Table(
        "intent_metrics",
        "metrics",
        ("event_id",),
        start="time",
        link=OF_EVENT,
        flags=frozenset({"correct", "escalated"}),
        ranges={"time": TIME, "confidence": SHARE},
    ),
    Table(
        "legacy_metrics",
        "facts",
        ("source", "kind", "name", "format"),
        ranges={
            **dict.fromkeys(("uses", "attempts", "succeeded", "escalated", "iterations"), TOKENS),
            **dict.fromkeys(("tokens", "duration_ms"), TOKENS),
            "confidence": SHARE,
        },
    ),
)
BY_NAME = {table.name: table for table in TABLES}
FACTS = tuple(table for table in TABLES if table.layer == "facts")
METRICS = tuple(table for table in TABLES if table.layer == "metrics")
