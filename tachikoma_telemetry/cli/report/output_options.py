"""Where a report goes, and in which form: ``--format``, ``--output``, ``--quiet``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..option_group import OptionGroup
from ..options import QuietOption
from ..say import note
from .output import Format, is_folder, write

if TYPE_CHECKING:
    from ...reports import Report

_PANEL = "Output"
# The forms that hold what charts are drawn from.
_WITH_CHARTS = (Format.json, Format.csv, Format.html)


@dataclass(frozen=True, kw_only=True)
class OutputOptions(OptionGroup):
    """The output as the user wants it."""

    format: Annotated[
        Format,
        typer.Option(
            help="How to write it.",
            parser=Format.named,
            metavar=Format.choices(),
            rich_help_panel=_PANEL,
        ),
    ] = Format.table
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write to this file; CSV: or this folder, a file a part.",
            metavar="PATH",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    quiet: QuietOption = False

    @property
    def charts(self) -> bool:
        """Whether it holds what charts are drawn from."""
        return self.format in _WITH_CHARTS

    def check(self, section: str | None) -> None:
        """Refuse a form that can't hold the section, or that a terminal can't show.

        Raises:
            typer.BadParameter: when it is refused.

        """
        if section is None and self.format is Format.csv and not self._into_folder():
            message = "CSV holds one section; name it, or a folder by --output"
            raise typer.BadParameter(message, param_hint="SECTION")
        if self.format is Format.html and self.output is None and sys.stdout.isatty():
            raise typer.BadParameter("HTML is for a browser; name a file", param_hint="--output")

    def write(self, report: Report) -> None:
        """Write the report, and note which parts of it one CSV can't hold.

        Raises:
            StoreError: when it can't be written.

        """
        write(report, self.format, self.output)
        whole = self.output is not None and self.output.is_dir()
        if self.format is Format.csv and len(report.parts) > 1 and not whole:
            others = ", ".join(list(report.parts)[1:])
            message = f"tachikoma-telemetry: without {others}; --output FOLDER writes all"
            note(message, quiet=self.quiet)

    def _into_folder(self) -> bool:
        return self.output is not None and is_folder(self.output, None)
