"""`tachikoma-telemetry report`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from .options import (
    AllProjectsOption,
    DatabaseOption,
    MetricsOption,
    ProjectOption,
    QuietOption,
    StoreOption,
    root_of,
    store_of,
)
from .report_build import build_report
from .report_options import (
    Format,
    Source,
    only_for_calls,
    outcome_of,
    section_options,
    time_of,
)
from .report_output import is_folder, write
from .say import note

_CROSSED = 3
# The forms that hold what charts are drawn from.
_WITH_CHARTS = (Format.json, Format.csv, Format.html)


def report_command(
    section: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            help="skills, iterations, edits, rlm, intents, calls, tools, models, sessions, trend, "
            "unused, compare, patterns or legacy. Default: the overview.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="From this time on: 7d, 12h, yesterday, 2026-11-01.", show_default=False),
    ] = None,
    until: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Before this time, written as --since.", show_default=False),
    ] = None,
    skill: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only this skill.", show_default=False),
    ] = None,
    model: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only this model, with or without its provider.", show_default=False),
    ] = None,
    session: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Only this session and its subagents; `last` is the latest.", show_default=False
        ),
    ] = None,
    directory: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Only sessions in this folder or below.", show_default=False),
    ] = None,
    source: Annotated[
        Source,
        typer.Option(
            help="Edit attempts: recorded events, OpenCode's calls, or all.",
            parser=Source.named,
            metavar=Source.choices(),
        ),
    ] = Source.all,
    tool: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="calls: only calls of this tool.", show_default=False),
    ] = None,
    outcome: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="calls: only those that ended so: succeeded, failed, timed_out, invalid, "
            "cancelled, abandoned or running.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="trend: hour, day, week or month. compare: version (the default), period, model "
            "or format.",
            show_default=False,
        ),
    ] = None,
    of: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="trend: of skills (the default), iterations, edits, rlm, intents, tools, models "
            "or sessions.",
            show_default=False,
        ),
    ] = None,
    before: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="compare: the side before: how a version begins, a time or from..to, a model or "
            "a format. Default: the version, or the time, before --after.",
            show_default=False,
        ),
    ] = None,
    after: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="compare: the side after, written likewise. Default: the newest version, or the "
            "time after --before.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="List what crosses the thresholds of .opencode/telemetry/config.toml, and exit "
            "with 3 when anything does.",
        ),
    ] = False,
    utc: Annotated[
        bool, typer.Option("--utc", help="Times in UTC, not in the local time zone.")
    ] = False,
    format: Annotated[
        Format,
        typer.Option(help="How to write it.", parser=Format.named, metavar=Format.choices()),
    ] = Format.table,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--output",
            "-o",
            help="Write to this file; CSV: or this folder, a file a part.",
            show_default=False,
        ),
    ] = None,
    no_merge: Annotated[
        bool, typer.Option("--no-merge", help="Report what the store holds; read nothing new.")
    ] = False,
    db: DatabaseOption = None,
    metrics: MetricsOption = None,
    store: StoreOption = None,
    all_projects: AllProjectsOption = False,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Merge what is new, then report: which skills work, what they cost, what to change.

    Example:

        tachikoma-telemetry report edits --since 30d --model glm-4.7

    Did the newest version of a skill help, and what happened since Monday's change?

        tachikoma-telemetry report compare --skill code-agent

        tachikoma-telemetry report compare --skill code-agent --after 2026-11-23
    """
    from ..reports import SECTIONS, ComparisonError, Filters, UnknownNameError
    from ..reports.errors import unknown_section

    if check:
        if section not in (None, "check"):
            raise typer.BadParameter("it needs no SECTION", param_hint="--check")
        section = "check"
    check = section == "check"
    if section is not None and section not in SECTIONS:
        raise typer.BadParameter(str(unknown_section(section, SECTIONS)), param_hint="SECTION")
    if section is None and format is Format.csv and not (output and is_folder(output, None)):
        message = "CSV holds one section; name it, or a folder by --output"
        raise typer.BadParameter(message, param_hint="SECTION")
    if format is Format.html and output is None and sys.stdout.isatty():
        raise typer.BadParameter("HTML is for a browser; name a file", param_hint="--output")
    try:
        filters = Filters(
            since=time_of(since, "--since", utc=utc),
            until=time_of(until, "--until", utc=utc),
            skill=skill,
            model=model,
            session=session,
            directory=os.path.realpath(directory) if directory is not None else None,
            source=source.value,
            tool=tool,
            outcome=outcome_of(outcome),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since / --until") from None
    root = root_of(project)
    options = section_options(
        section, root, skill=skill, by=by, of=of, before=before, after=after, utc=utc
    )
    only_for_calls(section, tool=tool, outcome=outcome)
    target = store_of(root, store)
    if not no_merge:
        from .merging import run_merge

        run_merge(
            root,
            databases=db,
            journals=metrics,
            store=target,
            all_projects=all_projects,
            quiet=quiet,
        )
    try:
        report = build_report(
            target,
            section,
            filters,
            options,
            utc=utc,
            charts=format in _WITH_CHARTS,
            quiet=quiet,
        )
    except ComparisonError as error:
        raise typer.BadParameter(str(error), param_hint="--before / --after") from None
    except UnknownNameError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{error.filter}") from None
    write(report, format, output)
    if format is Format.csv and len(report.parts) > 1 and not (output and output.is_dir()):
        others = ", ".join(list(report.parts)[1:])
        note(f"tachikoma-telemetry: without {others}; --output FOLDER writes all", quiet=quiet)
    if check and report.parts["check"]:
        raise typer.Exit(_CROSSED)
