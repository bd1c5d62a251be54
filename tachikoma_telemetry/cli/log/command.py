"""The command `log`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import UsageError
from ...recording import recorder
from ...recording.context import identity
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
    recorder.strict_names = False
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


def _run(values: dict[str, Any], command: list[str]) -> None:
    from .wrapped_run import run_command

    if not command:
        raise UsageError("write the command behind `--`, e.g. `-- pytest -q`")
    skill = values["skill"] if values["skill"] is not None else identity().skill
    if skill is None:
        raise UsageError("--skill NAME is needed outside of OpenCode")
    run_command(
        command, str(skill), **{name: values[name] for name in ("per", "run_id", "finish", "model")}
    )
