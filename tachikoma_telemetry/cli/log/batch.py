"""`log batch`: events as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ...errors import RecordingError, TelemetryError
from ...recording import record
from ...vocabulary.events import ENVELOPE, EVENT_TYPES
from ..say import note
from .completeness import missing_fields
from .event_options import NAMED

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
            note(f"line {number}: {error}")
            # What was recorded in part has an id, too.
            event_id = error.event_id if isinstance(error, TelemetryError) else ""
        if event_id:
            sys.stdout.write(event_id + "\n")
    sys.stdout.flush()
    if bad:
        lines = "1 line was" if bad == 1 else f"{bad:,} lines were"
        raise RecordingError(f"{lines} not recorded, or only in part: see above")


def _record_line(line: bytes) -> str:
    try:
        event: Any = json.loads(line)
    except ValueError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(event, dict):
        raise ValueError("it is no JSON object")
    kind = _type_of(event)
    fields = {name: event.pop(name) for name in EVENT_TYPES[kind].fields.keys() & event.keys()}
    named = {name: event.pop(name) for name in NAMED if name in event}
    time = event.pop("time", None)
    attributes = event.pop("attributes", None)
    for name in _OURS & event.keys():
        del event[name]
    free = {**event, **attributes} if isinstance(attributes, dict) else event
    missing = missing_fields(kind, {**fields, **named}, free)
    if missing is not None:
        raise ValueError(f"{kind} says nothing {missing}")
    return record(kind, fields, envelope=named, attributes=free, time=time)


def _type_of(event: dict[str, Any]) -> str:
    kind = event.pop("type", None)
    if isinstance(kind, str) and kind in EVENT_TYPES:
        return kind
    wrong = "it has no type" if kind is None else f"there is no type {kind!r}"
    raise ValueError(f"{wrong}; there are {', '.join(EVENT_TYPES)}")
