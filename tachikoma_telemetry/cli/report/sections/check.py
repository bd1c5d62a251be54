"""`report --check`, for CI, and the section `findings`: both need the thresholds that are set."""

from __future__ import annotations

from contextlib import suppress

from ....errors import ConfigError
from ....project import telemetry_dir
from .section_options import SectionOptions, SectionRequest

_CROSSED = 3


def _options(given: SectionRequest, *, by_default: bool = True) -> list[object]:
    from ....reports.sections.check.thresholds import CONFIG_NAME, read_thresholds

    path = telemetry_dir(given.root) / CONFIG_NAME
    return [read_thresholds(path)] if by_default or path.exists() else []


def _options_of_findings(given: SectionRequest) -> list[object]:
    # A broken file is the business of --check.
    with suppress(ConfigError):
        return _options(given, by_default=False)
    return []


OPTIONS = SectionOptions(
    section="check",
    flag="List what crosses the thresholds of .opencode/telemetry/config.toml, and exit with 3 "
    "when anything does.",
    options=_options,
    exit_code=lambda report: _CROSSED if report.parts["check"] else 0,
)

FINDINGS = SectionOptions(
    section="findings",
    needed=lambda given: given.section in (None, "findings"),
    options=_options_of_findings,
)
