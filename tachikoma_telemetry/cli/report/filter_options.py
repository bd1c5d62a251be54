"""Which rows a report counts: ``--since`` to ``--utc``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from .. import completion
from ..option_group import OptionGroup, one_of, value_option
from ..time_words import time_of

if TYPE_CHECKING:
    from ...reports import Filters


@dataclass(frozen=True, kw_only=True)
class FilterOptions(OptionGroup):
    """The filters as the user wrote them."""

    panel = "Filters"

    since: Annotated[
        str | None, value_option("From this time on: 7d, 12h, yesterday, 2026-11-01.", "TIME")
    ] = None
    until: Annotated[str | None, value_option("Before this time, written as --since.", "TIME")] = (
        None
    )
    skill: Annotated[
        str | None, value_option("Only this skill.", "NAME", complete=completion.skills)
    ] = None
    model: Annotated[
        str | None,
        value_option(
            "Only this model, with or without its provider.", "NAME", complete=completion.models
        ),
    ] = None
    session: Annotated[
        str | None,
        value_option(
            "Only this session and its subagents, by how its id begins; `last` is the latest.", "ID"
        ),
    ] = None
    directory: Annotated[
        Path | None, value_option("Only sessions in this folder or below.", "FOLDER")
    ] = None
    source: Annotated[
        str,
        value_option(
            "Runs and edit attempts: recorded events (event), OpenCode's calls (call), or all. Or "
            "the folder that machines export to: then of all of them, and nothing is merged.",
            "event|call|all|PLACE",
        ),
    ] = "all"
    engine: Annotated[
        str,
        value_option(
            "With --source PLACE: what reads it, duckdb or spark, or the address of a Spark "
            "cluster (spark://HOST:PORT) or server (sc://HOST).",
            "ENGINE",
        ),
    ] = "duckdb"
    utc: Annotated[
        bool, typer.Option("--utc", help="Times in UTC, not in the local time zone.")
    ] = False

    @property
    def fleet(self) -> str | None:
        """The folder that many machines have exported to; None for the store of this one."""
        from ...reports.selection.filters import Source

        sources = get_args(Source)
        if self.source in sources:
            if self.engine != "duckdb":
                raise typer.BadParameter("needs --source PLACE", param_hint="'--engine'")
            return None
        if "/" not in self.source and not os.path.isdir(self.source):
            one_of(self.source, sources, "'--source'")
        return self.source

    def filters(self, of_section: dict[str, Any]) -> Filters:
        """As the reports take them, with those that only the section knows."""
        from ...reports import Filters

        source: Any = "all" if self.fleet is not None else self.source
        try:
            return Filters(
                since=time_of(self.since, "--since", utc=self.utc),
                until=time_of(self.until, "--until", utc=self.utc),
                skill=self.skill,
                model=self.model,
                session=self.session,
                directory=os.path.realpath(self.directory) if self.directory is not None else None,
                source=source,
                **of_section,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--since / --until") from None
