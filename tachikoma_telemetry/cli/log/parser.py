"""The parser of `log`: one subparser for each event type, and for `batch` and `run`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, TypeAlias

from ...recording.misspelling import no_such
from ...vocabulary.events import EVENT_TYPES
from .event_options import add_event_options, command_of

_PROGRAM = "tachikoma-telemetry log"
_BATCH = """Record JSON lines from stdin, one event each; prints their ids.

A line is an object with a `type`, the fields of that type, and any of skill, run_id, session_id,
call_id, skill_call_id, model, agent, time, attributes. Other scalars become attributes. A bad line
is reported on stderr, and the others are recorded."""
_RUN = """Run a command as a skill run, and exit as it does.

Its exit code and the signal that ended it are passed on; exit code 0 is a success. Events that the
command logs belong to the run: TACHIKOMA_RUN_ID is in its environment. With `--per activation`,
neither is a verdict inside of OpenCode: `log skill-run-finished` says how the run ended."""
_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


class _Parser(argparse.ArgumentParser):
    """Names the nearest option to one that does not exist."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        found, unknown = super().parse_known_args(args, namespace)
        wrong = next((each for each in unknown if each.startswith("--")), None)
        if wrong is not None:
            name = self.prog.rpartition(" ")[2]
            self.error(no_such(f"`{name}`", wrong.partition("=")[0], self._options()))
        return found, unknown

    def _options(self) -> Sequence[str]:
        return [name for each in self._actions for name in each.option_strings]


def log_parser() -> argparse.ArgumentParser:
    """The parser, with the commands of every event type."""
    parser = _Parser(
        prog=_PROGRAM,
        description="Record an event from a shell or from any language; prints the event's id.",
        epilog=f"example:\n  {_PROGRAM} iteration {EVENT_TYPES['iteration'].example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--stdin", action="store_true", help="record JSON lines, as `batch` does")
    _add_project(parser)
    commands = parser.add_subparsers(title="events and commands", metavar="EVENT", dest="act")
    for kind, known in EVENT_TYPES.items():
        name = command_of(kind)
        each = _add(commands, name, kind, known.summary, f"{name} {known.example}")
        add_event_options(each, kind)
    _add_batch(commands)
    _add_run(commands)
    return parser


def choices_of(words: list[str]) -> list[str]:
    """What may follow these words: an event, an option of the event, or a value of the option."""
    parser = log_parser()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            if not words:
                return [command_of(kind) for kind in EVENT_TYPES] + ["batch", "run"]
            parser = action.choices.get(words[0], parser)
    for action in parser._actions:
        if words and words[-1] in action.option_strings and action.nargs != 0:
            return list(action.choices or ())
    return [name for each in parser._actions for name in each.option_strings]


def _add_batch(commands: _Commands) -> None:
    batch = '{"type":"retry","skill":"code-agent","attempt":2}'
    _add(commands, "batch", "batch", _BATCH, f"batch <<< '{batch}'")


def _add_run(commands: _Commands) -> None:
    run = _add(commands, "run", "run", _RUN, "run --skill verifier -- pytest -q")
    run.usage = f"{_PROGRAM} run [options] -- CMD…"
    run.add_argument(
        "--skill", metavar="NAME", help="the skill's name; default: the one loaded in OpenCode"
    )
    run.add_argument(
        "--per",
        choices=("activation",),
        help="one run for all commands of the skill's activation, until one says how it ended",
    )
    run.add_argument("--run-id", metavar="ID", help="go on with this run; default: a new one")
    run.add_argument(
        "--no-finish", dest="finish", action="store_false", help="a success leaves the run open"
    )
    run.add_argument("--model", metavar="NAME", help="provider/model")


def _add(
    commands: _Commands, name: str, act: str, what: str, example: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        aliases=[act] if act != name else [],
        help=what.split("\n", maxsplit=1)[0],
        description=what[:1].upper() + what[1:],
        epilog=f"example:\n  {_PROGRAM} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(act=act)
    # Allowed before and behind the event's name; the place where it is not given must not clear it.
    _add_project(parser, default=argparse.SUPPRESS)
    return parser


def _add_project(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--project",
        metavar="DIR",
        default=default,
        help="the project's folder; default: the first folder upwards with .opencode or .git",
    )
