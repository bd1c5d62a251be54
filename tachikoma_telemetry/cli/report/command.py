"""The command `report`: merge what is new, read the store, write the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperArgument

from .. import completion
from ..merge_options import OptionalMerge
from ..option_group import PanelledCommand
from .filter_options import FilterOptions
from .output_options import OutputOptions
from .section_options import SECTION_OPTIONS, SectionRequest
from .section_values import SectionValues, exit_code, filters_of, options_of
from .store_report import Fleet, build_report

if TYPE_CHECKING:
    from ...reports import Section

_SECTION = "tachikoma-telemetry.section"
_EVERYWHERE = "Filters, forms, files and the order of rows: tachikoma-telemetry report --help"


class ReportCommand(PanelledCommand):
    """`report`, whose help explains its sections; behind the name of one, that section."""

    # The types that typer names for these methods are those of its own copy of click, which the
    # base class does not: so `override` is ignored. That of `help` belongs to arguments only.

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse them; for the help, look first which section is named."""
        if args and not ctx.resilient_parsing:
            given, _, _ = self.make_parser(ctx).parse_args(args=[*args])
            ctx.meta[_SECTION] = given.get("section")
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Write what the command, or the section that is named, is for."""
        section = _named_section(ctx)
        if section is None:
            super().format_help_text(ctx, formatter)
            return
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"Shows {section.question}.")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections, arguments and options; or the columns of the section named."""
        from ...reports import SECTIONS

        section = _named_section(ctx)
        if section is not None:
            _write_columns(section, formatter)
            return
        self.name_choices()
        for each in self.params:
            if each.name == "section":
                help = "One of these sections. Default: the overview."
                each.help = help  # type: ignore[attr-defined]
        with formatter.section("Sections (report SECTION --help explains its columns)"):
            formatter.write_dl([(name, each.question) for name, each in SECTIONS.items()])
        super().format_options(ctx, formatter)

    def name_choices(self) -> None:
        """Put the names of the sections and forms into the help."""
        from ...reports import SECTIONS  # takes as long as all other commands' help together
        from ...reports.forms import FORMS

        for each in self.params:
            if isinstance(each, TyperArgument):
                each.help = f"One of {', '.join(SECTIONS)}. Default: the overview."
            elif each.name == "format":
                each.metavar = f"<{'|'.join(FORMS)}>"


def _named_section(ctx: typer.Context) -> Section[Any] | None:
    from ...reports import SECTIONS

    name = ctx.meta.get(_SECTION)
    return SECTIONS[name] if isinstance(name, str) and name in SECTIONS else None


def _write_columns(section: Section[Any], formatter: Any) -> None:
    """What the columns of a section mean, and the options of its own."""
    with formatter.section("Columns"):
        formatter.write_dl([*section.meanings().items()])
    options = next((each.values for each in SECTION_OPTIONS if each.section == section.name), {})
    if options:
        with formatter.section("Options of this section"):
            formatter.write_dl([(f"--{each} TEXT", text) for each, text in options.items()])
    formatter.write_paragraph()
    formatter.write_text(_EVERYWHERE)


def report_command(
    *,
    section: Annotated[
        str | None,
        typer.Argument(
            help="A section.",
            metavar="SECTION",
            show_default=False,
            autocompletion=completion.sections,
        ),
    ] = None,
    filters: FilterOptions,
    output: OutputOptions,
    values: SectionValues,
    merge: OptionalMerge,
) -> None:
    """Merge what is new, then report: which skills work, what they cost, what to change.

    Example:

        tachikoma-telemetry report edits --since 30d --model glm-4.7

    Did the newest version of a skill help, and what happened since Monday's change?

        tachikoma-telemetry report compare --skill code-agent

        tachikoma-telemetry report compare --skill code-agent --after 2026-11-23
    """
    from ...reports import ComparisonError, UnknownNameError

    shown = _section(values.section(section))
    output.check(shown)
    values.check(shown)
    given = SectionRequest(
        section=shown, values=values.values, skill=filters.skill, root=merge.root, utc=filters.utc
    )
    wanted, options = filters.filters(filters_of(given)), options_of(given)
    fleet = filters.fleet
    if not merge.no_merge and fleet is None:
        merge.run(quiet=output.quiet)
    try:
        report = build_report(
            Fleet(fleet, filters.engine) if fleet is not None else merge.target,
            shown,
            wanted,
            options,
            utc=filters.utc,
            charts=output.form.charts,
            quiet=output.quiet,
            project=merge.root.name,
        )
        output.write(report)
    except ComparisonError as error:
        raise typer.BadParameter(str(error), param_hint="--before / --after") from None
    except UnknownNameError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{error.filter}") from None
    if code := exit_code(report):
        raise typer.Exit(code)


def _section(name: str | None) -> str | None:
    from ...reports import SECTIONS
    from ...reports.suggestions import unknown_section

    if name is not None and name not in SECTIONS:
        raise typer.BadParameter(str(unknown_section(name, SECTIONS)), param_hint="SECTION")
    return name
