"""`report --check`: what crosses the thresholds, for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....project import telemetry_dir
from .section_options import Given, SectionOptions

if TYPE_CHECKING:
    from ....reports import Report

_CROSSED = 3


def _options(given: Given) -> list[object]:
    from ....reports import read_thresholds
    from ....reports.sections.check.thresholds import CONFIG_NAME

    return [read_thresholds(telemetry_dir(given.root) / CONFIG_NAME)]


def _exit_code(report: Report) -> int:
    return _CROSSED if report.parts["check"] else 0


OPTIONS = SectionOptions(
    section="check",
    flag="List what crosses the thresholds of .opencode/telemetry/config.toml, and exit with 3 "
    "when anything does.",
    options=_options,
    exit_code=_exit_code,
)
