"""What is exported, before a library of OpenTelemetry's is needed: spans, their events and links.

Ids are digests of the store's own ids, so that a record has the same id in every export, from every
machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b
from typing import Literal, NamedTuple

Value = str | bool | int | float | tuple[str, ...]
Attributes = Mapping[str, Value]

_TRACE_BYTES, _SPAN_BYTES = 16, 8
# OTLP counts nanoseconds in 64 bits: until the year 2554.
TIME_MAX = (2**64 - 1) // 1_000_000
_INTEGER_MAX = 2**63 - 1

# What is unfinished and did not change for so long (ms) never ends. The reports say so after six
# hours and may take it back: a question of Friday evening gets its permission on Monday.
QUIET = 7 * 86_400_000


class SpanEvent(NamedTuple):
    """Something that happened at one moment of a span; `time` in ms since the epoch."""

    name: str
    time: int
    attributes: Attributes


class Link(NamedTuple):
    """A span that another one is about."""

    trace: int
    span: int


class Span(NamedTuple):
    """A span, its times in ms since the epoch.

    Attributes:
        parent: the id of the span around it, in the same trace; None at the top.
        failed: whether it has the status of an error.
        carried: ids of the recorded events that go out as its span events.

    """

    name: str
    trace: int
    id: int
    parent: int | None
    start: int
    end: int
    attributes: Attributes
    kind: Literal["internal", "client"] = "internal"
    failed: bool = False
    events: tuple[SpanEvent, ...] = ()
    links: tuple[Link, ...] = ()
    carried: tuple[int, ...] = ()


class LogRecord(NamedTuple):
    """An event of the logs signal, about the span `span`; `time` in ms since the epoch."""

    name: str
    trace: int
    span: int
    id: int
    time: int
    attributes: Attributes


def trace_id(kind: Literal["session", "run", "event"], key: str) -> int:
    """The trace of all sessions below a session, of a run outside of any, or of a lone event."""
    return _digest(f"trace {kind} {key}", _TRACE_BYTES)


def span_id(kind: Literal["turn", "step", "call", "window", "run", "event"], key: str) -> int:
    """The span of a record of the store."""
    return _digest(f"{kind} {key}", _SPAN_BYTES)


def _digest(text: str, size: int) -> int:
    # Zero is no id.
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest()) or 1


def known(values: Mapping[str, object]) -> dict[str, Value]:
    """Attributes without what is unknown, or can't be sent: a store may hold anything."""
    kept: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, int) and abs(value) > _INTEGER_MAX:
            continue
        if isinstance(value, float) and not math.isfinite(value):
            continue
        if isinstance(value, str | bool | int | float | tuple):
            kept[name] = value
    return kept


def moment(*times: object) -> int | None:
    """The first of these times (ms) that can be sent; None without any."""
    for time in times:
        if isinstance(time, int) and 0 < time <= TIME_MAX:
            return time
    return None
