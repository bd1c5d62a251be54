"""`tachikoma-telemetry export otlp`, and the group of the exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .merge_options import OptionalMerge
from .option_group import PanelledCommand, ungrouped, value_option
from .options import QuietOption
from .parquet_command import parquet_command
from .progress_bar import progress_bar
from .say import note
from .time_words import time_of

if TYPE_CHECKING:
    from ..export.otlp.otlp_export import SignalResult

export_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Hand the unified records to another system. Nothing else sends anything anywhere.",
)


def otlp_command(
    *,
    endpoint: Annotated[
        str | None,
        value_option(
            "The backend's address, without /v1/traces. Default: OTEL_EXPORTER_OTLP_ENDPOINT, else "
            "http://localhost:4318.",
            "URL",
        ),
    ] = None,
    since: Annotated[
        str | None,
        value_option("Only spans and log records from then on: 7d, yesterday, 2026-11-01.", "WHEN"),
    ] = None,
    unfinished: Annotated[
        bool,
        typer.Option(
            "--unfinished",
            help="Also what has not ended, as abandoned: for CI, where no later export comes. "
            "Otherwise it waits for its end, for 7 days at most.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; print how much is new, with examples.")
    ] = False,
    quiet: QuietOption = False,
    merge: OptionalMerge,
) -> None:
    """Merge what is new, then send it to an OpenTelemetry backend by OTLP.

    Traces, metrics and evaluations by the conventions for generative AI; no text that a user or
    model wrote. Only what is final goes out, and only what was not sent there before. Obeys
    OpenTelemetry's own settings, such as OTEL_EXPORTER_OTLP_HEADERS. Needs the extra `otel`.

    Example:

        tachikoma-telemetry export otlp --endpoint http://localhost:4318

        tachikoma-telemetry export otlp --dry-run
    """
    from .. import __version__
    from ..clock import now_ms
    from ..export.otlp.otlp_export import export

    start = time_of(since, "--since")
    if not merge.no_merge:
        merge.run(quiet=quiet)
    with progress_bar(quiet=quiet) as progress:
        outcomes = export(
            merge.target,
            endpoint=endpoint,
            version=__version__,
            now=now_ms(),
            since=start,
            unfinished=unfinished,
            dry_run=dry_run,
            progress=progress,
        )
    if dry_run:
        _print_examples(outcomes)
        return
    for each in outcomes:
        note(_sentence(each), quiet=quiet and not each.failed)
    taken = [each for each in outcomes if not each.failed]
    if any(each.failed and not each.refused for each in outcomes) or not (taken or not outcomes):
        raise typer.Exit(1)


_THINGS = {"traces": "span", "logs": "log record", "metrics": "metric"}


def _sentence(outcome: SignalResult) -> str:
    from ..words import counted

    signal = outcome.endpoint.signal
    if outcome.refused:
        leave_out = f"OTEL_{signal.upper()}_EXPORTER=none leaves them out"
        return f"{signal}: not taken there, for {outcome.problem}; {leave_out}"
    done = f"{signal}: {counted(outcome.sent, _THINGS[signal])} sent to {outcome.endpoint.shown}"
    if outcome.failed:
        return f"{done}; {outcome.problem}. The next export sends what is left"
    return f"{done}; {outcome.problem}" if outcome.problem else done


def _print_examples(outcomes: list[SignalResult]) -> None:
    import orjson

    shown = {
        each.endpoint.signal: {
            "endpoint": each.endpoint.shown,
            "new": each.sent,
            "example": _plain(each.example),
        }
        for each in outcomes
    }
    typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode())


def _plain(value: Any) -> Any:
    """A span, a record or a metric as JSON; ids as in backends, in hexadecimal."""
    if value is None:
        return None
    if hasattr(value, "points"):
        attributes, number = next(iter(value.points.items()))
        named = dict(attributes)
        return {"name": value.name, "unit": value.unit, "attributes": named, "value": number}
    fields = value._asdict()
    fields.pop("carried", None)
    for name, digits in (("trace", 32), ("id", 16), ("span", 16), ("parent", 16)):
        if isinstance(fields.get(name), int):
            fields[name] = f"{fields[name]:0{digits}x}"
    fields["events"] = [each._asdict() for each in fields.get("events", ())]
    fields["links"] = [f"{each.span:016x}" for each in fields.get("links", ())]
    return fields


export_app.command("otlp", cls=PanelledCommand)(ungrouped(otlp_command))
export_app.command("parquet", cls=PanelledCommand)(ungrouped(parquet_command))
