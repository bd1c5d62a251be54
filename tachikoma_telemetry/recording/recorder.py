"""From a call of a skill to a line of the journal. No exception reaches the caller."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ..clock import now_ms
from ..errors import TelemetryError
from ..vocabulary import cleaning, ids
from ..vocabulary.events import ENVELOPE, EVENT_BYTES_MAX, EVENT_TYPES, fold_format
from ..vocabulary.ranges import TIME
from . import delivery
from .context import Identity
from .misspelling import misspelt_attribute
from .problems import problem
from .settings import attributes_wanted, enabled

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode

_SHORT_TEXT = 64

# Whether an attribute that looks like a misspelt field raises in strict mode. `log` is strict, but
# its exit code is about what could not be recorded.
strict_names = True

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

    `envelope` is what `clean_envelope` returns; `model` that of this one event, None the
    envelope's; `at` is ms since the epoch, None now; `to` a journal, None that of the project that
    this process works in now.

    Raises:
        TelemetryError: in strict mode, for anything that was dropped or not written.

    """
    if not enabled():
        return ""
    event_id = written = ""
    problems: list[str] = []
    advice: list[str] = []
    try:
        moment, event_id = _moment_and_id(at, problems)
        event: dict[str, Any] = {"id": event_id, "type": kind, "time": moment, **envelope}
        event["pid"] = os.getpid()
        if model is not None:
            event.update(cleaning.clean_fields({"model": _model_name(model)}, ENVELOPE, problems))
        event.update(cleaning.clean_fields(fields, EVENT_TYPES[kind].fields, problems))
        if kind == "edit_format" and "format" in event:
            event["format"] = fold_format(event["format"])
        if attributes and attributes_wanted():
            names = _names(kind)
            advice = [said for each in attributes if (said := misspelt_attribute(each, names))]
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
    if problems or advice:
        _report(kind, problems, advice, written)
    return event_id


def _moment_and_id(at: object, problems: list[str]) -> tuple[int, str]:
    """When an event is, by `at` or by the clock, and its id."""
    if at is not None:
        said = cleaning.clean_fields({"time": at}, ENVELOPE, problems).get("time")
        if said is not None:
            return said, ids.event_id_at(said)
    moment = now_ms()
    # A clock that was never set: the id keeps its time, and so the events their order.
    return max(moment, int(TIME.low)), ids.event_id(moment)


def _report(kind: str, problems: list[str], advice: list[str], written: str) -> None:
    try:
        for each in problems:
            problem(f"{kind}: {each}")
        for each in advice:
            problem(f"{kind}: {each}", raising=strict_names)
    except TelemetryError as error:
        error.event_id = written
        raise


def _model_name(model: object) -> object:
    """``provider/model`` of the shapes that OpenCode has for a model."""
    if type(model) is str or not isinstance(model, Mapping):
        return model
    try:
        provider, name = model.get("providerID"), model.get("modelID")
        named = f"{provider}/{name}" if provider and name else name
    except Exception:  # a hostile mapping; `clean_fields` reports that it is no text
        return model
    return named


@cache
def _names(kind: str) -> tuple[str, ...]:
    return tuple(EVENT_TYPES[kind].fields)


@cache
def _required(kind: str) -> tuple[str, ...]:
    return tuple(name for name, field in EVENT_TYPES[kind].fields.items() if field.required)


def _is_complete(kind: str, event: Mapping[str, object], problems: list[str]) -> bool:
    for name in _required(kind):
        if name not in event:
            problems.append(f"needs {name}; not recorded")
            return False
    return True


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
