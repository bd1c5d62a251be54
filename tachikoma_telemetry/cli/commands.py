"""The commands: each has a module of its own, which is imported when the user names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    for add, in_short in [_COMMANDS[command]] if command in _COMMANDS else _COMMANDS.values():
        add(app, in_short)
    return app


def _version(*, wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"tachikoma-telemetry {__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    return None


def _log(app: typer.Typer, in_short: str) -> None:
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


def _init(app: typer.Typer, in_short: str) -> None:
    from .init_command import init_command

    app.command("init", cls=CheckedCommand, short_help=in_short)(init_command)


def _doctor(app: typer.Typer, in_short: str) -> None:
    from .doctor.command import doctor_command

    app.command("doctor", cls=CheckedCommand, short_help=in_short)(doctor_command)


def _merge(app: typer.Typer, in_short: str) -> None:
    from .merge_command import merge_command

    app.command("merge", cls=CheckedCommand, short_help=in_short)(ungrouped(merge_command))


def _report(app: typer.Typer, in_short: str) -> None:
    from .report.command import ReportCommand, report_command

    app.command("report", cls=ReportCommand, short_help=in_short)(ungrouped(report_command))


def _dashboard(app: typer.Typer, in_short: str) -> None:
    from .dashboard_command import dashboard_command

    app.command("dashboard", cls=CheckedCommand, short_help=in_short)(ungrouped(dashboard_command))


def _export(app: typer.Typer, in_short: str) -> None:
    from .export_command import export_app

    app.add_typer(export_app, name="export", short_help=in_short)


def _prune(app: typer.Typer, in_short: str) -> None:
    from .prune_command import prune_command

    app.command("prune", cls=CheckedCommand, short_help=in_short)(prune_command)


def _repair(app: typer.Typer, in_short: str) -> None:
    from .repair_command import repair_command

    app.command("repair", cls=CheckedCommand, short_help=in_short)(repair_command)


def _schema(app: typer.Typer, in_short: str) -> None:
    from .schema_command import schema_command

    app.command("schema", cls=CheckedCommand, short_help=in_short)(schema_command)


def _demo(app: typer.Typer, in_short: str) -> None:
    from .demo_command import demo_command

    app.command("demo", cls=CheckedCommand, short_help=in_short)(demo_command)


# In the order of the help, with what `--help` lists: of a first sentence it would show 45 letters.
_COMMANDS: Mapping[str | None, tuple[Callable[[typer.Typer, str], None], str]] = MappingProxyType(
    {
        "log": (_log, "Record an event from a shell or any language."),
        "init": (_init, "Install the OpenCode plugin, and show what the history says."),
        "doctor": (_doctor, "Say what is in place, what is missing, and how to fix it."),
        "merge": (_merge, "Join recorded events to OpenCode's calls."),
        "report": (_report, "Show which skills work, what they cost, and what to change."),
        "dashboard": (_dashboard, "Show what is happening now, and the rows behind any number."),
        "export": (_export, "Send the records to a backend, or write Parquet."),
        "prune": (_prune, "Delete old events."),
        "repair": (_repair, "Repair a damaged journal."),
        "schema": (_schema, "Print a JSON Schema."),
        "demo": (_demo, "Show what reports find in a made-up month of work."),
    }
)
