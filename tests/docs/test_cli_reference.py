"""docs/cli.md is the reference of the command line, and the help leaves nothing out."""

from __future__ import annotations

import pytest

from docs import make_cli

_COMMANDS = list(make_cli.commands())


def test_it_is_up_to_date() -> None:
    """It is what the commands say now (`make pages`)."""
    assert make_cli.PAGE.read_text(encoding="utf-8") == make_cli.page()


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command.name)
def test_every_command_says_what_it_does(command: make_cli.Command) -> None:
    """With an example that calls it."""
    assert command.paragraphs
    assert command.examples
    for example in command.examples:
        assert f"tachikoma-telemetry {command.name}" in example


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command.name)
def test_every_option_says_what_it_means(command: make_cli.Command) -> None:
    """And an option that takes a value, what the value is."""
    for option in command.options:
        assert option.written
        assert option.help, option.written


def test_sections_share_an_option_by_its_name() -> None:
    """The help of `--by` holds what it means for each section that has it."""
    (report,) = (each for each in _COMMANDS if each.name == "report")
    (by,) = (each for each in report.options if each.written.startswith("--by "))
    assert "trend: hour" in by.help
    assert "compare: version" in by.help


def test_the_help_of_report_has_panels() -> None:
    """Its thirty options are in four of them."""
    (report,) = (each for each in _COMMANDS if each.name == "report")
    panels = dict.fromkeys(each.panel for each in report.options)
    assert ["Arguments", "Filters", "Output", "Options of single sections", "Merge"] == list(panels)
