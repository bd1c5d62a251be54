"""What the user gave to the options of single sections."""

from __future__ import annotations

from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..option_group import OptionGroup, value_option
from .section_options import SECTION_OPTIONS, SectionRequest

if TYPE_CHECKING:
    from ...reports import Report


class SectionValues(OptionGroup):
    """The values of all sections' options; those of other sections than the one shown are None."""

    panel = "Options of single sections"

    def __init__(self, **given: Any) -> None:
        self._flags = [each.section for each in SECTION_OPTIONS if given.pop(each.section, False)]
        self.values: dict[str, str | None] = given

    @classmethod
    def parameters(cls) -> list[Parameter]:
        """Each option once, with the help of every section that has it."""
        parameters = []
        for name, helps in _helps().items():
            text = " ".join(f"{section}: {each}" for section, each in helps.items())
            option = value_option(text, "TEXT", f"--{name}")
            parameters.append(_parameter(name, Annotated[str | None, option]))
        for each in SECTION_OPTIONS:
            if each.flag is not None:
                option = typer.Option(f"--{each.section}", help=each.flag)
                parameters.append(_parameter(each.section, Annotated[bool, option], default=False))
        return parameters

    def section(self, named: str | None) -> str | None:
        """The section to show: the one that is named, or whose flag is given."""
        for flag in self._flags:
            if named not in (None, flag):
                raise typer.BadParameter("it needs no SECTION", param_hint=f"--{flag}")
            named = flag
        return named

    def check(self, section: str | None) -> None:
        """Refuse the options of other sections."""
        for name, helps in _helps().items():
            if self.values[name] is not None and section not in helps:
                message = f"only for {' and '.join(helps)}"
                raise typer.BadParameter(message, param_hint=f"--{name}")


def filters_of(given: SectionRequest) -> dict[str, Any]:
    """The filters that only the section shown has."""
    return {
        name: value
        for each in SECTION_OPTIONS
        if each.section == given.section
        for name, value in each.filters(given).items()
    }


def options_of(given: SectionRequest) -> list[object]:
    """What the report takes beside the filters (`options` of `reports.build`).

    Raises:
        typer.BadParameter: when a value is none that the section knows.
        ConfigError: when the thresholds can't be read.

    """
    return [
        option
        for each in SECTION_OPTIONS
        if each.is_needed(given)
        for option in each.options(given)
    ]


def exit_code(report: Report) -> int:
    """How `report` exits when this report is written: 0, or what its section says."""
    codes = (each.exit_code(report) for each in SECTION_OPTIONS if each.section == report.section)
    return next(codes, 0)


def _helps() -> dict[str, dict[str, str]]:
    """By name of an option, its help by section."""
    helps: dict[str, dict[str, str]] = {}
    for each in SECTION_OPTIONS:
        for name, text in each.values.items():
            helps.setdefault(name, {})[each.section] = text
    return helps


def _parameter(name: str, annotation: object, *, default: object = None) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
