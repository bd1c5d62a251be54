"""`report --check`: what crosses the thresholds, for CI."""

from __future__ import annotations

from ....project import telemetry_dir
from .section_options import Given, SectionOptions

_CROSSED = 3


def _options(given: Given) -> list[object]:
    from ....reports import read_thresholds
    from ....reports.sections.check.thresholds import CONFIG_NAME

    return [read_thresholds(telemetry_dir(given.root) / CONFIG_NAME)]


OPTIONS = SectionOptions(
    section="check",
    flag="List what crosses the thresholds of .opencode/telemetry/config.toml, and exit with 3 "
    "when anything does.",
    options=_options,
    exit_code=lambda report: _CROSSED if report.parts["check"] else 0,
)
