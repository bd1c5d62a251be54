"""`tachikoma-telemetry schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import completion


def schema_command(
    name: Annotated[
        str,
        typer.Argument(
            help="event, journal, report or unified.",
            metavar="NAME",
            autocompletion=completion.schemas,
        ),
    ],
) -> None:
    """Print a JSON Schema: of one event, of the journal, of a JSON report, or of merge --json.

    Example:

        tachikoma-telemetry schema report > report.schema.json
    """
    import orjson

    from ..schemas import SCHEMAS

    if name not in SCHEMAS:
        raise typer.BadParameter(f"no schema {name!r}; there are {', '.join(SCHEMAS)}")
    made = orjson.dumps(SCHEMAS[name](), option=orjson.OPT_INDENT_2)
    typer.echo(made)
