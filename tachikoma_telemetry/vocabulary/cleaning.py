"""Cleaning the values of a skill, so that every line of the journal is valid and true.

A value that can't be right (NaN, a negative duration, a confidence of 1.7) is dropped, a long text
is cut, a known kind of credential is masked; the event itself is always kept. What was dropped is
returned to the caller as a list of sentences; the caller warns.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from math import isfinite
from typing import Any

from ..errors import DroppedValue
from .credentials import mask
from .events import ATTRIBUTES_MAX, KEY_MAX, LIST_MAX, TEXT_MAX, Field

# 2**53: beyond it, readers that hold numbers as doubles (JavaScript, Grafana) change the value.
_INTEGER_MAX = 2**53


def _clean_text(value: object, limit: int = TEXT_MAX) -> str:
    """`value` as a text of at most `limit` characters, credentials masked.

    Raises:
        DroppedValue: when it is no text, or empty.

    """
    if type(value) is str:
        text = value
    elif isinstance(value, str):
        # A subclass may print as something else: a member of an enum of strings does.
        text = str.__str__(value)
    else:
        number = _plain(value)
        if isinstance(number, str):
            text = number
        elif isinstance(number, int | float) and not isinstance(number, bool):
            text = str(_finite(number))
        else:
            raise DroppedValue("is not a text")
    if not text.isascii():
        # A lone surrogate (from os.fsdecode of odd bytes) has no UTF-8 form and no valid JSON.
        text = text.encode("utf-8", "replace").decode("utf-8")
    # Masked before it is cut, or half a key would no longer look like one.
    text = mask(text[: limit * 4])[:limit]
    if not text or text.isspace():
        raise DroppedValue("is empty")
    return text


def _plain(value: object) -> object:
    """The plain value of an enum's member, a numpy scalar, a Decimal or a Fraction."""
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, str | int | float) or not hasattr(value, "__float__"):
        return value
    return float(value)


def _finite(value: float) -> float:
    if isinstance(value, float) and not isfinite(value):
        raise DroppedValue("is not finite")
    return value


def _clean_number(value: object) -> float:
    """`value` as an int or a float that JSON has.

    Raises:
        DroppedValue: when it is no number.

    """
    plain = _plain(value)
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise DroppedValue("is not a number")
    if isinstance(plain, int):
        if abs(plain) > _INTEGER_MAX:
            raise DroppedValue("is too large")
        return int(plain)
    return float(_finite(plain))


def _clean_measure(value: object, field: Field) -> float:
    """`value` within the bounds of `field`; to six decimals, which is finer than any means."""
    number = _clean_number(value)
    _hold(number, field)
    if field.kind == "integer":
        if number != int(number):
            raise DroppedValue("is not a whole number")
        return int(number)
    return number if isinstance(number, int) else round(number, 6)


def _hold(number: float, field: Field) -> None:
    if field.range is None or field.range.holds(number):
        return
    if number < field.range.low:
        raise DroppedValue(f"is below {field.range.low:.15g}")
    raise DroppedValue(f"is above {field.range.high:.15g}")


def _clean_scalar(value: object, field: Field) -> str | float:
    plain = _plain(value)
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return _clean_text(value)
    return _clean_measure(plain, field)


def _clean_names(value: object) -> list[str]:
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise DroppedValue("is not a list of names")
    names: list[str] = []
    for item in value:
        if len(names) == LIST_MAX:
            break
        names.append(_clean_text(item, KEY_MAX))
    return names


def _clean_scores(value: object, field: Field) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise DroppedValue("is not a mapping of names to scores")
    scores: dict[str, float] = {}
    for name, score in value.items():
        if len(scores) == LIST_MAX:
            break
        number = _clean_number(score)
        _hold(number, field)
        scores[_clean_text(name, KEY_MAX)] = number
    return scores


def clean_field(value: object, field: Field) -> Any:
    """`value` as `field` allows it.

    Raises:
        DroppedValue: when it can't be recorded; says why.

    """
    kind = field.kind
    if kind == "text":
        text = _clean_text(value)
        if field.choices and text not in field.choices:
            raise DroppedValue(f"is none of {', '.join(field.choices)}")
        return text
    if kind in ("integer", "number"):
        return _clean_measure(value, field)
    if kind == "scalar":
        return _clean_scalar(value, field)
    if kind == "flag":
        plain = _plain(value)
        if isinstance(plain, bool):
            return plain
        raise DroppedValue("is neither True nor False")
    return _clean_names(value) if kind == "texts" else _clean_scores(value, field)


def clean_fields(
    values: Mapping[str, object], fields: Mapping[str, Field], problems: list[str]
) -> dict[str, Any]:
    """The recordable part of `values`; None means "unknown" and is left out silently.

    `problems` gets a sentence for each value that was dropped.
    """
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        field = fields[name]
        # The two plainest cases first: they are most of what is recorded, at half the cost.
        if field.kind == "flag" and (value is True or value is False):
            cleaned[name] = value
            continue
        if (
            type(value) is int
            and field.kind in ("integer", "number")
            and field.range is not None
            and field.range.low <= value <= field.range.high
        ):
            cleaned[name] = value
            continue
        try:
            cleaned[name] = clean_field(value, field)
        except DroppedValue as reason:
            problems.append(f"{name} {reason}; dropped")
        except Exception as error:  # a hostile __str__, __iter__ or items()
            problems.append(f"{name} can't be read ({type(error).__name__}); dropped")
    return cleaned


def clean_attributes(values: Mapping[str, object], problems: list[str]) -> dict[str, Any]:
    """The recordable attributes: small scalars under short names."""
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        if len(cleaned) == ATTRIBUTES_MAX:
            problems.append(f"more than {ATTRIBUTES_MAX} attributes; the rest dropped")
            break
        try:
            key = _clean_text(name, KEY_MAX)
            plain = value if isinstance(value, str) else _plain(value)
            if isinstance(plain, bool):
                cleaned[key] = plain
            elif isinstance(plain, str):
                cleaned[key] = _clean_text(plain)
            else:
                cleaned[key] = _clean_number(plain)
        except DroppedValue as reason:
            problems.append(f"attribute {name[:KEY_MAX]!r} {reason}; dropped")
        except Exception as error:
            problems.append(f"an attribute can't be read ({type(error).__name__}); dropped")
    return cleaned
