"""The commands: each has a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from .completion import LogCommand
from .demo_command import demo_command
from .doctor.command import doctor_command
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


# It has a parser of its own (`log.parser`), made from the table of event types.
app.command(
    "log",
    cls=LogCommand,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(_log)
app.command("init", cls=CheckedCommand)(init_command)
app.command("doctor", cls=CheckedCommand)(doctor_command)
app.command("merge", cls=CheckedCommand)(ungrouped(merge_command))
app.command("report", cls=ReportCommand)(ungrouped(report_command))
app.command("prune", cls=CheckedCommand)(prune_command)
app.command("repair", cls=CheckedCommand)(repair_command)
app.command("schema", cls=CheckedCommand)(schema_command)
app.command("demo", cls=CheckedCommand)(demo_command)
