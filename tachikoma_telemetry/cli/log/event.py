"""`log EVENT`: one event."""

from __future__ import annotations

import os

from ...errors import RecordingError, TelemetryError, UsageError
from ...recording import record
from ...vocabulary.events import EVENT_TYPES
from ..say import note
from .completeness import missing_fields
from .event_options import NAMED, command_of, option_of
from .event_values import attributes, event_fields, moment


def record_event(kind: str, values: dict[str, object]) -> None:
    """Record an event from the values of its options, and print its id.

    Raises:
        UsageError: when a value is none that the event can hold, or one that it needs is missing.
        RecordingError: when it could not be recorded.

    """
    fields = event_fields(kind, values)
    named = {name: str(values[name]) for name in NAMED if values[name] is not None}
    given = values["attribute"]
    free = attributes(given if isinstance(given, list) else [])
    missing = missing_fields(kind, {**fields, **named}, free, option_of)
    if missing is not None:
        raise UsageError(f"{command_of(kind)} says nothing {missing}")
    time = values["time"]
    at = None if time is None else moment(str(time))
    # A script reads the exit code: what could not be recorded is an error.
    os.environ["TACHIKOMA_TELEMETRY_STRICT"] = "1"
    try:
        event_id = record(kind, fields, envelope=named, attributes=free, time=at)
    except TelemetryError as error:
        if error.event_id:
            print(error.event_id, flush=True)
        raise RecordingError(str(error)) from error
    if event_id:
        print(event_id)
    about = EVENT_TYPES[kind].about
    if event_id and about is not None:
        _warn_of_unknown(str(fields[about]))


def _warn_of_unknown(event_id: str) -> None:
    """Say when a label is about an event that was not recorded here; it may be elsewhere."""
    from ...journal.find import is_missing
    from ...recording.delivery import target_or_none

    to = target_or_none()
    if to is not None and is_missing(to.path, event_id):
        note(
            f"tachikoma-telemetry: no event {event_id} in the journal here; the label counts once "
            "that event is merged"
        )
