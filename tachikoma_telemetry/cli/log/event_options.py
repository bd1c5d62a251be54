"""The options of `log EVENT`, made from the table of event types."""

from __future__ import annotations

import argparse

from ...vocabulary.events import ENVELOPE, EVENT_TYPES, Field

# What the two sides of a flag are called where "not-" would read badly.
_OPPOSITES = {"passed": "--failed", "success": "--failed", "correct": "--wrong"}
_METAVARS = {"scalar": "TEXT|NUMBER"}
# What a caller may say of the envelope; the rest comes from the environment.
NAMED = ("skill", "run_id", "session_id", "call_id", "skill_call_id", "model", "agent")


def add_event_options(parser: argparse.ArgumentParser, kind: str) -> None:
    """Give `parser` the options of an event of type `kind`."""
    fields, about = EVENT_TYPES[kind].fields, EVENT_TYPES[kind].about
    for name, field in fields.items():
        if name == about:
            parser.add_argument(name, metavar="ID", help="what `log` printed for the event")
        else:
            _add_field(parser, name, field)
    envelope = parser.add_argument_group("whose event it is; by default as the environment says")
    for name in NAMED:
        envelope.add_argument(f"--{dashed(name)}", help=_help(ENVELOPE[name]), metavar="TEXT")
    parser.add_argument("--time", metavar="MS", help="when, ms since the epoch; default: now")
    parser.add_argument(
        "--attribute",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a small scalar; repeatable",
    )


def _add_field(parser: argparse.ArgumentParser, name: str, field: Field) -> None:
    flag, help_text = f"--{dashed(name)}", _help(field)
    if field.kind == "flag":
        either = parser.add_mutually_exclusive_group()
        either.add_argument(flag, dest=name, action="store_true", default=None, help=help_text)
        other = _OPPOSITES.get(name, f"--not-{dashed(name)}")
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


def _help(field: Field) -> str:
    return field.meaning.replace("%", "%%")


def option_of(name: str) -> str:
    """The option for a field of an event, in both forms where it has two."""
    flag = f"--{dashed(name)}"
    return f"{flag}/{_OPPOSITES[name]}" if name in _OPPOSITES else flag


def dashed(name: str) -> str:
    """A field's name as options and commands are written."""
    return name.replace("_", "-")


def command_of(kind: str) -> str:
    """The name of the command that records events of type `kind`."""
    return EVENT_TYPES[kind].command or dashed(kind)
