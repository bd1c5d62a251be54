"""Which rows a report counts: ``--since`` to ``--utc``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..choice import Choice
from ..option_group import OptionGroup
from ..times import time_of

if TYPE_CHECKING:
    from ...reports import Filters

_PANEL = "Filters"


class Source(Choice):
    """Which edit attempts count."""

    event = "event"
    call = "call"
    all = "all"


@dataclass(frozen=True, kw_only=True)
class FilterOptions(OptionGroup):
    """The filters as the user wrote them."""

    since: Annotated[
        str | None,
        typer.Option(
            help="From this time on: 7d, 12h, yesterday, 2026-11-01.",
            metavar="TIME",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            help="Before this time, written as --since.",
            metavar="TIME",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    skill: Annotated[
        str | None,
        typer.Option(
            help="Only this skill.", metavar="NAME", show_default=False, rich_help_panel=_PANEL
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            help="Only this model, with or without its provider.",
            metavar="NAME",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    session: Annotated[
        str | None,
        typer.Option(
            help="Only this session and its subagents; `last` is the latest.",
            metavar="ID",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Only sessions in this folder or below.",
            metavar="FOLDER",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = None
    source: Annotated[
        Source,
        typer.Option(
            help="Edit attempts: recorded events, OpenCode's calls, or all.",
            parser=Source.named,
            metavar=Source.choices(),
            rich_help_panel=_PANEL,
        ),
    ] = Source.all
    utc: Annotated[
        bool,
        typer.Option(
            "--utc", help="Times in UTC, not in the local time zone.", rich_help_panel=_PANEL
        ),
    ] = False

    def filters(self, of_section: dict[str, Any]) -> Filters:
        """As the reports take them, with those that only the section knows.

        Raises:
            typer.BadParameter: when a time can't be read, or the period ends before it begins.

        """
        from ...reports import Filters

        try:
            return Filters(
                since=time_of(self.since, "--since", utc=self.utc),
                until=time_of(self.until, "--until", utc=self.utc),
                skill=self.skill,
                model=self.model,
                session=self.session,
                directory=os.path.realpath(self.directory) if self.directory is not None else None,
                source=self.source.value,
                **of_section,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--since / --until") from None
