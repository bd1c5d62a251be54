"""`log batch`: events as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ..errors import RecordingError
from ..events import ENVELOPE, EVENT_TYPES
from ..problems import TelemetryError
from ..recording import record
from .log_options import NAMED

_OURS = ENVELOPE.keys() - set(NAMED) - {"time"}


def record_lines() -> None:
    """Record each line of stdin; prints an id for each that was recorded.

    Raises:
        RecordingError: when lines were left out; the others are recorded.

    """
    os.environ["TACHIKOMA_TELEMETRY_STRICT"] = "1"
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            event_id = _record_line(line)
        except (ValueError, TelemetryError) as error:
            bad += 1
            print(f"line {number}: {error}", file=sys.stderr)
            continue
        if event_id:
            sys.stdout.write(event_id + "\n")
    sys.stdout.flush()
    if bad:
        raise RecordingError(f"{bad} {'line was' if bad == 1 else 'lines were'} not recorded whole")


def _record_line(line: bytes) -> str:
    try:
        event: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"no JSON ({error})") from None
    if not isinstance(event, dict):
        raise ValueError("no JSON object")
    kind = event.pop("type", None)
    if kind not in EVENT_TYPES:
        raise ValueError(f"type {kind!r} is none of {', '.join(EVENT_TYPES)}")
    fields = {name: event.pop(name) for name in EVENT_TYPES[kind].keys() & event.keys()}
    named = {name: event.pop(name) for name in NAMED if name in event}
    time = event.pop("time", None)
    attributes = event.pop("attributes", None)
    for name in _OURS & event.keys():
        del event[name]
    free = {**event, **attributes} if isinstance(attributes, dict) else event
    return record(kind, fields, envelope=named, attributes=free, time=time)
