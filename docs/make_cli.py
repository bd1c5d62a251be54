"""Write docs/cli.md, the reference of the command line, from the commands: ``make pages``."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typer.main import get_command

from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.cli.log.parser import log_parser
from tachikoma_telemetry.cli.option_group import PanelledCommand
from tachikoma_telemetry.cli.report.command import ReportCommand

PAGE = Path(__file__).parent / "cli.md"
_PROGRAM = "tachikoma-telemetry"
_HEAD = """# Command line

<!-- Written by `make pages` from the commands' own help; edit the help. -->

Data goes to stdout, everything else to stderr. A command exits with 0 when it did its job, with 1
when it could not, and with 2 for wrong usage; `report --check` exits with 3 when a threshold is
crossed, and `log run` as the command that it runs.

`tachi` is short for `tachikoma-telemetry`: the same commands, the same options. Each has its own
completion: `tachi --install-completion`.
"""


@dataclass(frozen=True)
class Option:
    """An option or argument: how it is written, what it means, and its panel in the help."""

    written: str
    help: str
    panel: str


@dataclass(frozen=True)
class Command:
    """A command: its usage, its help in paragraphs, its examples and its options."""

    name: str
    usage: str
    paragraphs: tuple[str, ...]
    examples: tuple[str, ...]
    options: tuple[Option, ...]


def page() -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, *map(_chapter, commands())])


def commands() -> Iterator[Command]:
    """Every command, and every event of `log`."""
    every: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    for name, command in every.items():
        if name != "log":
            yield _typer_command(name, command)
            continue
        events, others = _log_commands()
        shared = tuple(each for each in events[0].options if _in_all(each, events))
        yield replace(_typer_command(name, command), options=shared)
        for event in events:
            own = tuple(each for each in event.options if each not in shared)
            yield replace(event, options=own)
        yield from others


def _typer_command(name: str, command: Any) -> Command:
    if isinstance(command, ReportCommand):
        command.name_choices()
    blocks = inspect.cleandoc(command.help or "").split("\n\n")
    examples = tuple(each.strip() for each in blocks if each.startswith("    "))
    text = tuple(" ".join(each.split()) for each in blocks if not each.startswith("    "))
    options = tuple(
        _typer_option(each, panels=isinstance(command, PanelledCommand)) for each in command.params
    )
    arguments = [each.written for each in options if each.panel == "Arguments"]
    usage = " ".join([_PROGRAM, name, *arguments, "[OPTIONS]"])
    if name == "log":
        usage = f"{_PROGRAM} log EVENT [OPTIONS]"
    return Command(name, usage, text, examples, options)


def _typer_option(option: Any, *, panels: bool) -> Option:
    help, panel = option.help or "", "Options"
    if panels and option.rich_help_panel:
        panel = option.rich_help_panel
    if option.param_type_name == "argument":
        name = option.metavar or ""
        return Option(name if option.required else f"[{name}]", help, "Arguments")
    flags = ", ".join(sorted(option.opts, key=len))
    if option.is_flag:
        return Option(flags, help, panel)
    if option.show_default and option.default is not None:
        help += f" Default: {getattr(option.default, 'value', option.default)}."
    return Option(f"{flags} {option.metavar or ''}".strip(), help, panel)


def _in_all(option: Option, every: list[Command]) -> bool:
    return all(option in each.options for each in every)


def _log_commands() -> tuple[list[Command], list[Command]]:
    """Those that record one event, and the others."""
    every = list(_subcommands())
    events = [each for each in every if "--time MS" in {one.written for one in each.options}]
    return events, [each for each in every if each not in events]


def _subcommands() -> Iterator[Command]:
    parser = log_parser()
    (subparsers,) = (
        each for each in parser._actions if isinstance(each, argparse._SubParsersAction)
    )
    seen: set[int] = set()
    for name, each in subparsers.choices.items():
        if id(each) in seen:  # under the event's own name, too
            continue
        seen.add(id(each))
        usage = each.usage or " ".join([f"{_PROGRAM} log {name}", *_arguments(each), "[OPTIONS]"])
        example = (each.epilog or "").removeprefix("example:").strip()
        text = tuple(" ".join(part.split()) for part in (each.description or "").split("\n\n"))
        yield Command(f"log {name}", usage, text, (example,), tuple(_log_options(each)))


def _arguments(parser: argparse.ArgumentParser) -> list[str]:
    return [str(each.metavar) for each in parser._actions if not each.option_strings]


def _log_options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for group in parser._action_groups:
        for each in group._group_actions:
            if each.dest != "help":
                written = ", ".join(each.option_strings) or str(each.metavar)
                if each.option_strings and each.nargs != 0:
                    value = "|".join(each.choices) if each.choices else str(each.metavar)
                    written += f" {value}"
                help = (each.help or "").replace("%%", "%")
                required = "; required" if each.required and each.option_strings else ""
                yield Option(written, help + required, "Options")


def _chapter(command: Command) -> str:
    depth = "###" if " " in command.name else "##"
    lines = [f"{depth} {command.name}", "", "```text", command.usage, "```", ""]
    for each in command.paragraphs:
        if each != "Example:":
            lines += [_escaped(each), ""]
    if command.examples:
        lines += ["```console", *(f"$ {each}" for each in command.examples), "```", ""]
    for panel in dict.fromkeys(each.panel for each in command.options):
        title = "Options of every event" if command.name == "log" else panel
        lines += [f"| {title} | |", "| --- | --- |"]
        lines += [
            f"| `{each.written.replace('|', _BAR)}` | {_escaped(each.help)} |"
            for each in command.options
            if each.panel == panel
        ]
        lines.append("")
    return "\n".join(lines)


_BAR = "\\|"


def _escaped(text: str) -> str:
    return re.sub(r"[|<>]", lambda found: f"\\{found[0]}", text)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
