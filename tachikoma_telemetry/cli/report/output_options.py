"""Where a report goes, and in which form: ``--format``, ``--output``, ``--quiet``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..option_group import OptionGroup, one_of, value_option
from ..options import QuietOption
from ..say import note
from .output import is_folder, show_page, write

if TYPE_CHECKING:
    from ...reports import Report
    from ...reports.forms import Form
    from ...reports.table_view import TableView


@dataclass(frozen=True, kw_only=True)
class OutputOptions(OptionGroup):
    """The output as the user wants it."""

    panel = "Output"

    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="How to write it. Default: what the name of the output ends with, else a table.",
            metavar="FORM",
            show_default=False,
        ),
    ] = None
    html: Annotated[
        bool,
        typer.Option(
            "--html", help="Write the page of charts and tables, and open it in the browser."
        ),
    ] = False
    output: Annotated[
        Path | None,
        value_option(
            "Write to this file. CSV: or to this folder, one file for each part.",
            "PATH",
            "--output",
            "-o",
        ),
    ] = None
    columns: Annotated[
        str | None,
        value_option(
            "Show only these columns of the section: their headings, separated by commas.",
            "NAMES",
        ),
    ] = None
    sort: Annotated[
        str | None,
        value_option(
            "Sort rows by this column: the greatest number first, names from A; -NAME: the other "
            "way round.",
            "NAME",
        ),
    ] = None
    rows: Annotated[
        int | None,
        typer.Option(
            "-n",
            help="Show N rows of each table. Default: of long lists, as many as fit the screen.",
            metavar="N",
            min=1,
            show_default=False,
        ),
    ] = None
    lines: Annotated[
        int | None,
        typer.Option(
            "--lines",
            help="Fit the report into N lines, as on a screen of that height; tables only.",
            metavar="N",
            min=2,
            show_default=False,
        ),
    ] = None
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Every row; without a SECTION: every section, not one screen of them."
        ),
    ] = False
    no_pager: Annotated[
        bool,
        typer.Option("--no-pager", help="Show what is longer than the screen without a pager."),
    ] = False
    quiet: QuietOption = False

    @property
    def form(self) -> Form:
        """The form that `format` or the name of the output says, or the page.

        Raises:
            typer.BadParameter: when `format` names none.
        """
        from ...reports.forms import FORMS

        ending = self.output.suffix.lower() if self.output is not None else None
        default = next((name for name, each in FORMS.items() if each.suffix == ending), "table")
        named = FORMS[one_of(self.format or default, tuple(FORMS), "'--format'")]
        return FORMS["html"] if self.html else named

    def check(self, section: str | None) -> None:
        """Refuse a form that can't hold the section, or that a terminal can't show."""
        for option, value in (
            ("--columns", self.columns),
            ("--sort", self.sort),
            ("-n", self.rows),
        ):
            if value is not None and not self.form.view:
                raise typer.BadParameter("only for tables and Markdown", param_hint=option)
            if value is not None and section is None and option != "-n":
                raise typer.BadParameter("name the SECTION that has it", param_hint=option)
        if self.lines is not None and not self.form.terminal:
            raise typer.BadParameter("only for tables", param_hint="--lines")
        if section is None and self.form.one_part and not self._into_folder():
            message = "CSV holds one section; name it, or a folder by --output"
            raise typer.BadParameter(message, param_hint="SECTION")
        if self.html and self.format not in (None, "table", "html"):
            raise typer.BadParameter(f"it can't be {self.format}, too", param_hint="--html")
        if self.form.browser and not self.html and self.output is None and sys.stdout.isatty():
            message = "HTML is for a browser: --html opens it there, --output names a file"
            raise typer.BadParameter(message, param_hint="--format")

    @property
    def _view(self) -> TableView:
        from ...reports.table_view import TableView

        named = (self.columns or "").split(",")
        return TableView(
            rows=self.rows,
            lines=self.lines,
            everything=self.everything,
            columns=tuple(each.strip() for each in named if each.strip()),
            sort=self.sort,
        )

    def write(self, report: Report) -> None:
        """Write the report, and note which parts of it one CSV can't hold.

        Raises:
            StoreError: when it can't be written.
            UnknownNameError: when `columns` or `sort` names no column of the section.
        """
        if self.html and self.output is None:
            show_page(report, self.form)
            return
        write(report, self.form, self.output, self._view, paged=not self.no_pager)
        whole = self.output is not None and self.output.is_dir()
        if self.form.one_part and len(report.parts) > 1 and not whole:
            others = ", ".join(list(report.parts)[1:])
            message = f"tachikoma-telemetry: without {others}; --output FOLDER writes all"
            note(message, quiet=self.quiet)

    def _into_folder(self) -> bool:
        return self.output is not None and is_folder(self.output, None)
