"""The command `log`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...errors import UsageError
from ...vocabulary.events import EVENT_TYPES
from .event import record_event
from .parser import log_parser


def main(arguments: Sequence[str]) -> None:
    """Do what ``tachikoma-telemetry log ARGUMENTS`` says.

    Raises:
        RecordingError: when it could not be done.

    """
    parser = log_parser()
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
            record_event(act, values)
        else:
            from .batch import record_lines

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


def _run(values: dict[str, object], command: list[str]) -> None:
    from .wrapped_run import run_command

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
