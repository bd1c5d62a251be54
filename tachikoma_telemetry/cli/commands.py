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
    for name in [command] if command in _COMMANDS else _COMMANDS:
        _COMMANDS[name](app)
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


def _log(app: typer.Typer) -> None:
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
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )(log)


def _init(app: typer.Typer) -> None:
    from .init_command import init_command

    app.command("init", cls=CheckedCommand)(init_command)


def _doctor(app: typer.Typer) -> None:
    from .doctor.command import doctor_command

    app.command("doctor", cls=CheckedCommand)(doctor_command)


def _merge(app: typer.Typer) -> None:
    from .merge_command import merge_command

    app.command("merge", cls=CheckedCommand)(ungrouped(merge_command))


def _report(app: typer.Typer) -> None:
    from .report.command import ReportCommand, report_command

    app.command("report", cls=ReportCommand)(ungrouped(report_command))


def _dashboard(app: typer.Typer) -> None:
    from .dashboard_command import dashboard_command

    app.command("dashboard", cls=CheckedCommand)(ungrouped(dashboard_command))


def _export(app: typer.Typer) -> None:
    from .export_command import export_app

    app.add_typer(export_app, name="export")


def _prune(app: typer.Typer) -> None:
    from .prune_command import prune_command

    app.command("prune", cls=CheckedCommand)(prune_command)


def _repair(app: typer.Typer) -> None:
    from .repair_command import repair_command

    app.command("repair", cls=CheckedCommand)(repair_command)


def _schema(app: typer.Typer) -> None:
    from .schema_command import schema_command

    app.command("schema", cls=CheckedCommand)(schema_command)


def _demo(app: typer.Typer) -> None:
    from .demo_command import demo_command

    app.command("demo", cls=CheckedCommand)(demo_command)


# In the order of the help.
_COMMANDS: Mapping[str | None, Callable[[typer.Typer], None]] = MappingProxyType(
    {
        "log": _log,
        "init": _init,
        "doctor": _doctor,
        "merge": _merge,
        "report": _report,
        "dashboard": _dashboard,
        "export": _export,
        "prune": _prune,
        "repair": _repair,
        "schema": _schema,
        "demo": _demo,
    }
)
