"""The options of `log EVENT`, made from the table of events."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from ..errors import Dropped, UsageError
from ..vocabulary.cleaning import clean_field
from ..vocabulary.events import ENVELOPE, EVENT_TYPES, Field

# What the two sides of a flag are called where "not-" would read badly.
_OPPOSITES = {"passed": "--failed", "success": "--failed", "correct": "--wrong"}
_METAVARS = {"scalar": "TEXT|NUMBER"}
# Of the envelope, what a caller may say; the rest is ours to know.
NAMED = ("skill", "run_id", "session_id", "call_id", "skill_call_id", "model", "agent")


def add_event_options(parser: argparse.ArgumentParser, kind: str) -> None:
    """Give `parser` the options of an event of type `kind`."""
    for name, field in EVENT_TYPES[kind].items():
        if kind == "label" and name == "event_id":
            parser.add_argument(name, metavar="ID", help="what `log` printed for the event")
        else:
            _add_field(parser, name, field)
    envelope = parser.add_argument_group("whose event it is; by default as the environment says")
    for name in NAMED:
        envelope.add_argument(f"--{_dashed(name)}", help=_help(ENVELOPE[name]), metavar="TEXT")
    parser.add_argument("--time", metavar="MS", help="when, ms since the epoch; default: now")
    parser.add_argument(
        "--attribute",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a small scalar; repeatable",
    )


def _add_field(parser: argparse.ArgumentParser, name: str, field: Field) -> None:
    flag, help_text = f"--{_dashed(name)}", _help(field)
    if field.kind == "flag":
        either = parser.add_mutually_exclusive_group()
        either.add_argument(flag, dest=name, action="store_true", default=None, help=help_text)
        other = _OPPOSITES.get(name, f"--not-{_dashed(name)}")
        either.add_argument(other, dest=name, action="store_false", default=None, help="the other")
    elif field.kind in ("texts", "scores"):
        shape = "NAME=SCORE" if field.kind == "scores" else "NAME[,NAME]"
        parser.add_argument(
            flag, action="append", metavar=shape, help=f"{help_text}; repeatable", default=None
        )
    else:
        parser.add_argument(
            flag,
            choices=field.choices or None,
            required=field.required,
            metavar=None if field.choices else _METAVARS.get(field.kind, field.kind.upper()),
            help=help_text,
        )


def checked(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields among `values`, as the event will hold them.

    Raises:
        UsageError: when one of them can't be; names the option.

    """
    fields: dict[str, Any] = {}
    for name, field in EVENT_TYPES[kind].items():
        value = values.get(name)
        if value is None:
            continue
        option = f"--{_dashed(name)}"
        if field.kind == "texts":
            value = [part.strip() for each in value for part in each.split(",") if part.strip()]
        elif field.kind == "scores":
            value = {key: number(text, option) for key, text in pairs(value, option).items()}
        elif field.kind in ("integer", "number"):
            value = number(value, option)
        elif field.kind == "scalar":
            read = _scalar(value)
            value = value if isinstance(read, bool) else read
        try:
            fields[name] = clean_field(value, field)
        except Dropped as reason:
            raise UsageError(f"{option}: {values[name]!r} {reason}") from None
    return fields


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping.

    Raises:
        UsageError: when one has no ``=``.

    """
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(f"{option}: {each!r} is not NAME=VALUE")
        found[name] = value
    return found


def attributes(given: Iterable[str]) -> dict[str, object]:
    """Attributes as scalars: what reads as a number or a truth value is one."""
    return {name: _scalar(value) for name, value in pairs(given, "--attribute").items()}


def number(text: str, option: str) -> float:
    """`text` as an int, if it reads as one, or a float.

    Raises:
        UsageError: when it is no number.

    """
    found = _scalar(text)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UsageError(f"{option}: {text!r} is no number")
    return found


def moment(text: str) -> int:
    """`text`, given for ``--time``, as ms since the epoch; what is below a ms is cut off.

    Raises:
        UsageError: when it is no time in the years that an event may be of.

    """
    found = number(text, "--time")
    try:
        if not isinstance(found, int) and isfinite(found):
            found = int(found)
        return int(clean_field(found, ENVELOPE["time"]))
    except Dropped as reason:
        raise UsageError(f"--time: {text!r} {reason} (ms since the epoch)") from None


def _scalar(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _help(field: Field) -> str:
    return field.meaning.replace("%", "%%")


def option_of(name: str) -> str:
    """The option for a field of an event, in both forms where it has two."""
    flag = f"--{_dashed(name)}"
    return f"{flag}/{_OPPOSITES[name]}" if name in _OPPOSITES else flag


def _dashed(name: str) -> str:
    return name.replace("_", "-")
