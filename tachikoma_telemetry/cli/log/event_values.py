"""The values of `log EVENT`: from the texts of the command line to what the event holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from ...errors import DroppedValue, UsageError
from ...vocabulary.cleaning import clean_field
from ...vocabulary.events import ENVELOPE, EVENT_TYPES, Field
from .event_options import dashed


def event_fields(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields among `values`, as the event will hold them.

    Raises:
        UsageError: when the event can't hold one of them; names the option.

    """
    fields: dict[str, Any] = {}
    for name, field in EVENT_TYPES[kind].fields.items():
        value = values.get(name)
        if value is None:
            continue
        option = f"--{dashed(name)}"
        try:
            fields[name] = clean_field(_read(value, field, option), field)
        except DroppedValue as reason:
            raise UsageError(f"{option}: {value!r} {reason}") from None
    return fields


def attributes(given: Iterable[str]) -> dict[str, object]:
    """Attributes as scalars: a text that reads as a number or a truth value is one.

    Raises:
        UsageError: when one has no ``=``.

    """
    return {name: _scalar(value) for name, value in _pairs(given, "--attribute").items()}


def moment(text: str) -> int:
    """`text`, given for ``--time``, as ms since the epoch; fractions of a ms are cut off.

    Raises:
        UsageError: when it is no time in the years that an event may be of.

    """
    found = _number(text, "--time")
    try:
        if not isinstance(found, int) and isfinite(found):
            found = int(found)
        return int(clean_field(found, ENVELOPE["time"]))
    except DroppedValue as reason:
        raise UsageError(f"--time: {text!r} {reason} (ms since the epoch)") from None


def _read(value: Any, field: Field, option: str) -> Any:
    """The value of an option as its field's kind has it."""
    if field.kind == "texts":
        return [part.strip() for each in value for part in each.split(",") if part.strip()]
    if field.kind == "scores":
        return {key: _number(text, option) for key, text in _pairs(value, option).items()}
    if field.kind in ("integer", "number"):
        return _number(value, option)
    if field.kind == "scalar":
        read = _scalar(value)
        return value if isinstance(read, bool) else read
    return value


def _pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(f"{option}: {each!r} is not NAME=VALUE")
        found[name] = value
    return found


def _number(text: str, option: str) -> float:
    """`text` as an int, if it reads as one, or a float."""
    found = _scalar(text)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UsageError(f"{option}: {text!r} is no number")
    return found


def _scalar(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
