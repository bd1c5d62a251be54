"""The commands of the predecessor's script, as ``python -m tachikoma_telemetry.legacy``.

stats --summary | --skill NAME | --model NAME | --intent NAME | --rlm     prints JSON
export FILE                                                               writes all of it
clear [--days N]                                                          deletes what is older
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from .logger import TelemetryLogger, get_telemetry


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of them; exits with 1 when it can't be done, with 2 for wrong usage."""
    parser = _parser()
    given = parser.parse_args(arguments)
    telemetry = get_telemetry()
    try:
        if given.command == "stats":
            print(json.dumps(_stats(telemetry, given), indent=2))
        elif given.command == "export":
            telemetry.export_metrics(given.filepath)
            print(f"Exported metrics to {given.filepath}")
        else:
            telemetry.clear_old_metrics(given.days)
            print(f"Cleared metrics older than {given.days} days")
    except OSError as error:
        print(f"{parser.prog}: {error.filename}: {error.strerror or error}", file=sys.stderr)
        sys.exit(1)


def _stats(telemetry: TelemetryLogger, given: argparse.Namespace) -> object:
    if given.summary:
        return telemetry.get_summary()
    if given.skill is not None:
        return telemetry.get_skill_stats(given.skill)
    if given.model is not None:
        return telemetry.get_edit_success_rate(given.model)
    if given.intent is not None:
        return telemetry.get_intent_stats(given.intent)
    return telemetry.get_rlm_stats()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tachikoma_telemetry.legacy",
        description="The predecessor's commands, over what is recorded now and what it left.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    stats = commands.add_parser("stats", help="print statistics, as JSON")
    of = stats.add_mutually_exclusive_group(required=True)
    of.add_argument("--summary", action="store_true", help="totals over everything")
    of.add_argument("--skill", help="the runs of a skill")
    of.add_argument("--model", help="success of edits by format, of a model")
    of.add_argument("--intent", help="an intent")
    of.add_argument("--rlm", action="store_true", help="recursive runs")
    export = commands.add_parser("export", help="write everything into a file")
    export.add_argument("filepath", help="the file")
    clear = commands.add_parser("clear", help="delete what is older")
    clear.add_argument("--days", type=int, default=30, help="days to keep; 30")
    return parser


if __name__ == "__main__":
    main()
