"""An option with an empty value, as of an unset variable in a script, is wrong usage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app

from ..reports_store import ReportsStore


def _options(command: Any, words: list[str]) -> Iterator[list[str]]:
    """Every option of every command that takes a value, and every argument, with an empty one."""
    for name, each in getattr(command, "commands", {}).items():
        yield from _options(each, [*words, name])
    for each in command.params if words else ():
        if each.param_type_name == "argument":
            yield [*words, ""]
        elif not each.is_flag:
            yield [*words, max(each.opts, key=len), ""]


EVERY = list(_options(typer.main.get_command(app), []))


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
@pytest.mark.parametrize("value", ["", " "])
def test_every_option_refuses_an_empty_value(
    project: Path, arguments: list[str], value: str
) -> None:
    """Before anything is read: also where there is no store yet, or an empty one."""
    result = CliRunner().invoke(app, [*arguments[:-1], value])
    assert 2 == result.exit_code, result.output
    assert "it is empty" in result.stderr
    assert "" == result.stdout
    assert [] == list(project.glob(".opencode/*"))


@pytest.mark.parametrize("option", ["--session", "--model", "--skill", "--directory", "--tool"])
def test_a_filter_refuses_it_in_an_empty_store_too(tmp_path: Path, option: str) -> None:
    """The error names the option."""
    folder = tmp_path / ".opencode/telemetry"
    folder.mkdir(parents=True)
    ReportsStore(folder / "unified.db").marked().connection.close()
    arguments = ["report", "calls", "--no-merge", "--project", str(tmp_path), option]
    result = CliRunner().invoke(app, [*arguments, ""])
    assert (2, "") == (result.exit_code, result.stdout)
    assert f"Invalid value for {option}: it is empty" in result.stderr
