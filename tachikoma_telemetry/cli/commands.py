"""The commands: each has a module of its own, which is imported when the user names it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Annotated

import typer

from .conversion import SparingGroup
from .option_group import CheckedCommand, ungrouped


def application(command: str | None = None) -> typer.Typer:
    """The command line; when it is known which command runs, with that one only.

    To import all of them takes as long as a short report.

    Args:
        command: the first word of the user; a word that is no command's name is as None.

    """
    app = typer.Typer(
        name="tachikoma-telemetry",
        cls=SparingGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Which OpenCode skills work, what they cost, and whether a change made them better. "
        "`tachi` is short for `tachikoma-telemetry`.",
    )
    app.callback()(_options)
    for name, in_short in _COMMANDS.items():
        if command not in _COMMANDS or command == name:
            _add(app, name, in_short)
    return app


def _version(*, wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"tachikoma-telemetry {__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    return None


def _add(app: typer.Typer, name: str, in_short: str) -> None:
    if name == "log":
        _add_log(app, in_short)
    elif name == "export":
        from .export_command import export_app

        app.add_typer(export_app, name=name, short_help=in_short)
    else:
        place = f".{name}.command" if name in _PACKAGES else f".{name}_command"
        module = import_module(place, __package__)
        kind = getattr(module, "ReportCommand", CheckedCommand)
        function = getattr(module, f"{name}_command")
        app.command(name, cls=kind, short_help=in_short)(ungrouped(function))


def _add_log(app: typer.Typer, in_short: str) -> None:
    from .completion import LogCommand

    def log(context: typer.Context) -> None:
        """Record an event from a shell or any language, or run a command as a skill run.

        Example:

            tachikoma-telemetry log iteration --skill code-agent --stage verify --index 1 --passed
        """
        from .log.command import main

        main(context.args)

    # It has a parser of its own (`log.parser`), made from the table of event types.
    app.command(
        "log",
        cls=LogCommand,
        short_help=in_short,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )(log)


_PACKAGES = ("doctor", "report")
# In the order of the help, with what `--help` lists: of a first sentence it would show 45 letters.
_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "log": "Record an event from a shell or any language.",
        "init": "Install the OpenCode plugin, and show what the history says.",
        "doctor": "Say what is in place, what is missing, and how to fix it.",
        "merge": "Join recorded events to OpenCode's calls.",
        "report": "Show which skills work, what they cost, and what to change.",
        "dashboard": "Show what is happening now, and the rows behind any number.",
        "export": "Send the records to a backend, or write Parquet.",
        "prune": "Delete old events.",
        "repair": "Repair a damaged journal.",
        "schema": "Print a JSON Schema.",
        "demo": "Show what reports find in a made-up month of work.",
    }
)
