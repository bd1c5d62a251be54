"""`tachikoma-telemetry log`: recording from a shell, or from any language.

A skill may call it for each event, so it has to be quick to start: argparse, where the other
commands have typer, because typer brings pydantic and takes twice as long as all of this.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import RecordingError
from ..events import EVENT_TYPES
from ..problems import TelemetryError
from ..recording import record
from .log_needed import lacking
from .log_options import (
    NAMED,
    UsageError,
    add_event_options,
    attributes,
    checked,
    moment,
    option_of,
)
from .say import note

_PROGRAM = "tachikoma-telemetry log"
_EXAMPLES = {
    "skill_run_started": "--skill code-agent --run-id run_42",
    "skill_run_finished": "--skill code-agent --run-id run_42 --outcome succeeded",
    "skill_run_paused": "--skill code-agent --run-id run_42 --tokens-output 700",
    "iteration": "--skill code-agent --stage verify --index 1 --max 3 --failed "
    "--failed-criteria edge_cases",
    "retry": "--skill code-agent --attempt 2 --max 3 --reason timeout",
    "edit_format": "--skill code-agent --format hashline --success --model zai/glm-4.7",
    "rlm_chunk": "--skill rlm --index 0 --total 10 --size 50000 --unit chars --success",
    "intent": "--skill intent-router --intent debug --confidence 0.82",
    "label": "01a206b05cbb0000670f9e048eea5231 --actual implement",
}
_WHAT = {
    "skill_run_started": "a skill run began; `log run` does this around a command",
    "skill_run_finished": "a skill run ended; the last end of a run wins",
    "skill_run_paused": "a process leaves its skill run open; another one goes on with it",
    "iteration": "one turn of a generate, verify, revise loop",
    "retry": "something is tried again",
    "edit_format": "one attempt to edit a file",
    "rlm_chunk": "one chunk of a recursive language model run",
    "intent": "a request was classified",
    "label": "the truth about an earlier event, by the id that was printed for it",
}
# The command's name, where it is not the event's.
_NAMES = {"edit_format": "edit"}
_BATCH = """Record JSON lines from stdin, one event each; prints their ids.

A line is an object with a `type`, the fields of that type, and any of skill, run_id, session_id,
call_id, skill_call_id, model, agent, time, attributes. Other scalars become attributes. A bad line
is told on stderr, and the others are recorded."""
_RUN = """Run a command as a skill run, and exit as it does.

Its exit code and the signal that ended it are passed on; exit code 0 is a success. Events that the
command logs belong to the run: TACHIKOMA_RUN_ID is in its environment."""


def main(arguments: Sequence[str]) -> None:
    """Do what ``tachikoma-telemetry log ARGUMENTS`` says.

    Raises:
        RecordingError: when it could not be done.

    """
    parser = _parser()
    given, command = _split(arguments)
    values = vars(parser.parse_args(given))
    act = values.pop("act", None)
    project = values.pop("project", None)
    if project is not None:
        if not os.path.isdir(project):
            parser.error(f"--project: there is no folder {project}")
        os.environ["TACHIKOMA_PROJECT"] = str(Path(project).absolute())
    if act is None and not values.pop("stdin"):
        parser.error("say which event, or --stdin; see `tachikoma-telemetry log --help`")
    try:
        if act == "run":
            _run(values, command)
        elif act in EVENT_TYPES:
            _log(act, values)
        else:
            from .log_batch import record_lines

            record_lines()
    except UsageError as error:
        parser.error(str(error))


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The options, and the command that follows ``--``."""
    given = list(arguments)
    if "--" not in given:
        return given, []
    at = given.index("--")
    return given[:at], given[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Record an event from a shell or from any language; prints the event's id.",
        epilog=f"example:\n  {_PROGRAM} iteration {_EXAMPLES['iteration']}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--stdin", action="store_true", help="record JSON lines, as `batch` does")
    _add_project(parser)
    commands = parser.add_subparsers(title="events and commands", metavar="EVENT", dest="act")
    for kind in EVENT_TYPES:
        name = _name_of(kind)
        each = _add(commands, name, kind, _WHAT[kind], f"{name} {_EXAMPLES[kind]}")
        add_event_options(each, kind)
    batch = '{"type":"retry","skill":"code-agent","attempt":2}'
    _add(commands, "batch", "batch", _BATCH, f"batch <<< '{batch}'")
    run = _add(commands, "run", "run", _RUN, "run --skill verifier -- pytest -q")
    run.usage = f"{_PROGRAM} run --skill NAME [options] -- CMD…"
    run.add_argument("--skill", required=True, metavar="NAME", help="the skill's name")
    run.add_argument("--run-id", metavar="ID", help="go on with this run; default: a new one")
    run.add_argument(
        "--no-finish", dest="finish", action="store_false", help="a success leaves the run open"
    )
    run.add_argument("--model", metavar="NAME", help="provider/model")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    act: str,
    what: str,
    example: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        aliases=[act] if act != name else [],
        help=what.split("\n")[0],
        description=what[:1].upper() + what[1:],
        epilog=f"example:\n  {_PROGRAM} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(act=act)
    # Allowed before and behind the event's name; the one that is not given leaves the other be.
    _add_project(parser, default=argparse.SUPPRESS)
    return parser


def _add_project(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--project",
        metavar="DIR",
        default=default,
        help="the project's folder; default: the first folder upwards with .opencode or .git",
    )


def _log(kind: str, values: dict[str, object]) -> None:
    fields = checked(kind, values)
    named = {name: str(values[name]) for name in NAMED if values[name] is not None}
    given = values["attribute"]
    free = attributes(given if isinstance(given, list) else [])
    missing = lacking(kind, {**fields, **named}, free, option_of)
    if missing is not None:
        raise UsageError(f"{_name_of(kind)} says nothing {missing}")
    time = values["time"]
    at = None if time is None else moment(str(time))
    # Here somebody reads the exit code: what could not be recorded is an error.
    os.environ["TACHIKOMA_TELEMETRY_STRICT"] = "1"
    try:
        event_id = record(kind, fields, envelope=named, attributes=free, time=at)
    except TelemetryError as error:
        if error.event_id:
            print(error.event_id, flush=True)
        raise RecordingError(str(error)) from error
    if event_id:
        print(event_id)
    if event_id and kind == "label":
        _warn_of_unknown(str(fields["event_id"]))


def _warn_of_unknown(event_id: str) -> None:
    """Say when a label is about an event that was not recorded here; it may be elsewhere."""
    from ..delivery import target_or_none
    from ..journal.find import is_missing

    to = target_or_none()
    if to is not None and is_missing(to.path, event_id):
        note(
            f"tachikoma-telemetry: no event {event_id} in the journal here; the label counts once "
            "that event is merged"
        )


def _name_of(kind: str) -> str:
    return _NAMES.get(kind, kind.replace("_", "-"))


def _run(values: dict[str, object], command: list[str]) -> None:
    from .log_run import run_command

    if not command:
        raise UsageError("write the command behind `--`, e.g. `-- pytest -q`")
    run_id, model = values["run_id"], values["model"]
    run_command(
        command,
        str(values["skill"]),
        run_id=None if run_id is None else str(run_id),
        finish=bool(values["finish"]),
        model=None if model is None else str(model),
    )
