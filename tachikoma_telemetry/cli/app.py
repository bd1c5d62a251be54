"""The commands: each has a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from .completion import LogCommand
from .dashboard_command import dashboard_command
from .demo_command import demo_command
from .doctor.command import doctor_command
from .export_command import export_app
from .init_command import init_command
from .merge_command import merge_command
from .option_group import CheckedCommand, ungrouped
from .prune_command import prune_command
from .repair_command import repair_command
from .report.command import ReportCommand, report_command
from .schema_command import schema_command

app = typer.Typer(
    name="tachikoma-telemetry",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Which OpenCode skills work, what they cost, and whether a change made them better. "
    "`tachi` is short for `tachikoma-telemetry`.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"tachikoma-telemetry {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    return None


def _log(context: typer.Context) -> None:
    """Record an event from a shell or any language, or run a command as a skill run.

    Example:

        tachikoma-telemetry log iteration --skill code-agent --stage verify --index 1 --passed
    """
    from .log.command import main as log

    log(context.args)


# What `--help` lists: of a first sentence it would show 45 letters.
# It has a parser of its own (`log.parser`), made from the table of event types.
app.command(
    "log",
    cls=LogCommand,
    short_help="Record an event from a shell or any language.",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(_log)
app.command(
    "init",
    cls=CheckedCommand,
    short_help="Install the OpenCode plugin, and show what the history says.",
)(init_command)
app.command(
    "doctor",
    cls=CheckedCommand,
    short_help="Say what is in place, what is missing, and how to fix it.",
)(doctor_command)
app.command("merge", cls=CheckedCommand, short_help="Join recorded events to OpenCode's calls.")(
    ungrouped(merge_command)
)
app.command(
    "report",
    cls=ReportCommand,
    short_help="Show which skills work, what they cost, and what to change.",
)(ungrouped(report_command))
app.command(
    "dashboard",
    cls=CheckedCommand,
    short_help="Show what is happening now, and the rows behind any number.",
)(ungrouped(dashboard_command))
app.add_typer(
    export_app, name="export", short_help="Send the records to a backend, or write Parquet."
)
app.command("prune", cls=CheckedCommand, short_help="Delete old events.")(prune_command)
app.command("repair", cls=CheckedCommand, short_help="Repair a damaged journal.")(repair_command)
app.command("schema", cls=CheckedCommand, short_help="Print a JSON Schema.")(schema_command)
app.command(
    "demo", cls=CheckedCommand, short_help="Show what reports find in a made-up month of work."
)(demo_command)
