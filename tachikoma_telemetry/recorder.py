"""Turning what a skill says into a line of the journal. Nothing here ever reaches the caller."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from . import cleaning, delivery, ids
from .clock import now_ms
from .context import Identity
from .events import ENVELOPE, EVENT_BYTES_MAX, EVENT_TYPES, fold_format
from .problems import TelemetryError, problem
from .ranges import TIME
from .settings import attributes_wanted, enabled

_encoder = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
)

_SHORT_TEXT = 64
_REQUIRED = {
    kind: tuple(name for name, field in fields.items() if field.required)
    for kind, fields in EVENT_TYPES.items()
}

# Where events go instead of the journal; set by tachikoma_telemetry.testing.
sink: Callable[[dict[str, Any]], None] | None = None


def record(
    kind: str,
    fields: Mapping[str, object],
    attributes: Mapping[str, object],
    envelope: Mapping[str, object],
    *,
    model: object = None,
    at: object = None,
    to: delivery.Target | None = None,
) -> str:
    """Record one event; returns its id, also when it could not be written.

    Args:
        kind: the event type.
        fields: fields of that type; None is "not known".
        attributes: free small scalars.
        envelope: run and identity, as `clean_envelope` returns them.
        model: ``provider/model`` of this one event; None is the envelope's.
        at: ms since the epoch; None is now.
        to: the journal; None is that of the project that this process works in now.

    Raises:
        TelemetryError: in strict mode, for anything that was dropped or not written.

    """
    if not enabled():
        return ""
    event_id = written = ""
    problems: list[str] = []
    try:
        moment = now_ms()
        event_id = ids.event_id(moment)
        if at is not None:
            moment, event_id = _told_later(at, moment, event_id, problems)
        if moment < TIME.low:
            # A clock that was never set. The id keeps what it says, and so the events their order.
            moment = int(TIME.low)
        event: dict[str, Any] = {"id": event_id, "type": kind, "time": moment, **envelope}
        event["pid"] = os.getpid()
        if model is not None:
            event.update(cleaning.clean_fields({"model": _model_name(model)}, ENVELOPE, problems))
        event.update(cleaning.clean_fields(fields, EVENT_TYPES[kind], problems))
        if kind == "edit_format" and "format" in event:
            event["format"] = fold_format(event["format"])
        if attributes and attributes_wanted():
            kept = cleaning.clean_attributes(attributes, problems)
            if kept:
                event["attributes"] = kept
        if _is_complete(kind, event, problems):
            write(event, to)
            written = event_id
    except TelemetryError:
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        problems.append(f"event not recorded: {reason}")
    try:
        for each in problems:
            problem(f"{kind}: {each}")
    except TelemetryError as error:
        error.event_id = written
        raise
    return event_id


def _told_later(at: object, now: int, event_id: str, problems: list[str]) -> tuple[int, str]:
    cleaned = cleaning.clean_fields({"time": at}, ENVELOPE, problems)
    moment = cleaned.get("time")
    if moment is None:
        return now, event_id
    return moment, ids.event_id_at(moment)


def _model_name(model: object) -> object:
    """``provider/model`` of the shapes that OpenCode has for a model."""
    if type(model) is str or not isinstance(model, Mapping):
        return model
    try:
        provider, name = model.get("providerID"), model.get("modelID")
        return f"{provider}/{name}" if provider and name else name
    except Exception:  # a hostile mapping; said by `clean_fields` to be no text
        return model


def _is_complete(kind: str, event: Mapping[str, object], problems: list[str]) -> bool:
    for name in _REQUIRED[kind]:
        if name not in event:
            problems.append(f"needs {name}; not recorded")
            return False
    return True


def _make_encode() -> Callable[[dict[str, Any]], str]:
    """`_encoder.encode`, without what it builds anew for each call: a third of its time."""
    make = getattr(json.encoder, "c_make_encoder", None)
    quote = getattr(json.encoder, "c_encode_basestring", None)
    if make is None or quote is None:
        return _encoder.encode
    probe = {"a": [1, "é"], "b": True}
    try:
        pieces = make(None, _encoder.default, quote, None, ":", ",", False, False, False)
        same = "".join(pieces(probe, 0)) == _encoder.encode(probe)
    except Exception:  # an interpreter whose json is put together in another way
        return _encoder.encode
    return (lambda event: "".join(pieces(event, 0))) if same else _encoder.encode


_encode = _make_encode()


def write(event: dict[str, Any], to: delivery.Target | None = None) -> None:
    """Put an event that is clean already into the journal `to`, by default the project's.

    Raises:
        OSError: when neither the journal nor a spill file can be written.

    """
    if sink is not None:
        sink(event)
        return
    line = _encode(event).encode()
    if len(line) > EVENT_BYTES_MAX:
        line = _cut(event)
    delivery.deliver(line, to or delivery.target())


def _cut(event: dict[str, Any]) -> bytes:
    """The event without what makes it too long: attributes first, then lists, then long texts."""
    slim = {name: value for name, value in event.items() if name != "attributes"}
    slim["truncated"] = True
    line = _encode(slim).encode()
    if len(line) > EVENT_BYTES_MAX:
        slim = {name: value for name, value in slim.items() if not isinstance(value, list | dict)}
        line = _encode(slim).encode()
    if len(line) > EVENT_BYTES_MAX:
        slim = {
            name: value[:_SHORT_TEXT] if isinstance(value, str) else value
            for name, value in slim.items()
        }
        line = _encode(slim).encode()
    return line


def clean_envelope(run_id: object, skill: object, known: Identity) -> dict[str, Any]:
    """The envelope fields of a run and of the call it runs in; absent when unknown.

    Raises:
        TelemetryError: in strict mode, when one of them can't be recorded.

    """
    problems: list[str] = []
    fields = {
        "run_id": run_id,
        "skill": skill,
        "session_id": _stripped(known.session_id),
        "call_id": _stripped(known.call_id),
        "skill_call_id": _stripped(known.skill_call_id),
        "model": _model_name(known.model),
        "agent": known.agent,
        "opencode": known.opencode or None,
    }
    cleaned = cleaning.clean_fields(fields, ENVELOPE, problems)
    for each in problems:
        problem(each)
    return cleaned


def _stripped(text: object) -> object:
    # Models number calls with leading blanks ("  functions.skill:42").
    return text.strip() or None if isinstance(text, str) else text
