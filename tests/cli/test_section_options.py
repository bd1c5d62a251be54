"""A section adds its options to `report` in one entry, shown with a made-up section."""

from __future__ import annotations

from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from tachikoma_telemetry.cli.option_group import OptionGroup, PanelledCommand, ungrouped
from tachikoma_telemetry.cli.report import section_values as sections
from tachikoma_telemetry.cli.report.section_options import (
    SECTION_OPTIONS,
    SectionOptions,
    SectionRequest,
)

_WEATHER = SectionOptions(
    section="weather",
    values={"by": "day or night.", "town": "only there."},
    flag="Show the weather, and exit with 4.",
    options=lambda given: [given.value("town")],
    filters=lambda given: {"tool": given.value("by")},
    exit_code=lambda _: 4,
)


@pytest.fixture(autouse=True)
def weather(monkeypatch: pytest.MonkeyPatch) -> None:
    """The section is in the list."""
    monkeypatch.setattr(sections, "SECTION_OPTIONS", (*SECTION_OPTIONS, _WEATHER))


def _app(asked: list[SectionRequest]) -> typer.Typer:
    """A command with the sections' options."""

    def command(
        *, values: sections.SectionValues, section: str | None = None, utc: bool = False
    ) -> None:
        from pathlib import Path

        shown = values.section(section)
        values.check(shown)
        asked.append(
            SectionRequest(section=shown, values=values.values, skill=None, root=Path(), utc=utc)
        )

    # typer reads the annotations of functions, and this module has them as texts.
    command.__annotations__ |= {"values": sections.SectionValues, "section": str, "utc": bool}
    app = typer.Typer(rich_markup_mode=None)
    app.command(cls=PanelledCommand)(ungrouped(command))
    return app


def _run(*arguments: str) -> tuple[int, str, list[SectionRequest]]:
    asked: list[SectionRequest] = []
    done = CliRunner().invoke(_app(asked), arguments, env={"COLUMNS": "200"})
    return done.exit_code, done.output, asked


def test_its_options_are_in_the_help() -> None:
    """In the panel of the sections; one that others have, too, says what it means for each."""
    code, help, _ = _run("--help")
    assert 0 == code
    assert "Options of single sections:" in help
    assert "--town TEXT" in help
    assert "weather: day or night." in " ".join(help.split())
    assert "compare: version" in " ".join(help.split())


def test_its_values_arrive() -> None:
    """As options and filters of the section, which its flag names."""
    code, _, (given,) = _run("--weather", "--town", "Ulm", "--by", "day")
    assert (0, "weather") == (code, given.section)
    assert ["Ulm"] == sections.options_of(given)
    assert {"tool": "day"} == sections.filters_of(given)
    assert {} == sections.filters_of(replace(given, section="skills"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--section", "skills", "--town", "Ulm"], "only for weather"),
        (["--section", "skills", "--by", "day"], "only for trend and compare and weather"),
        (["--section", "skills", "--weather"], "it needs no SECTION"),
    ],
)
def test_they_are_refused_elsewhere(arguments: list[str], complaint: str) -> None:
    """As wrong usage, which says where they belong."""
    code, output, asked = _run(*arguments)
    assert (2, []) == (code, asked)
    assert complaint in " ".join(output.split())


def test_every_group_has_a_panel() -> None:
    """Or its options would be among the others in the help of `report`."""
    from tachikoma_telemetry.cli.merge_options import MergeOptions
    from tachikoma_telemetry.cli.report.filter_options import FilterOptions
    from tachikoma_telemetry.cli.report.output_options import OutputOptions

    groups: list[type[OptionGroup]] = [
        FilterOptions, OutputOptions, sections.SectionValues, MergeOptions,
    ]  # fmt: skip
    assert ["Filters", "Output", "Options of single sections", "Merge"] == [
        each.panel for each in groups
    ]
