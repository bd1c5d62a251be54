"""The section `findings` has no options of its own, but needs the thresholds that are set."""

from __future__ import annotations

from contextlib import suppress

from ....errors import ConfigError
from ....project import telemetry_dir
from .section_options import Given, SectionOptions


def _options(given: Given) -> list[object]:
    from ....reports import read_thresholds
    from ....reports.sections.check.thresholds import CONFIG_NAME

    path = telemetry_dir(given.root) / CONFIG_NAME
    # A broken file is the business of --check.
    with suppress(ConfigError):
        return [read_thresholds(path)] if path.exists() else []
    return []


OPTIONS = SectionOptions(
    section="findings", needed=lambda given: given.section in (None, "findings"), options=_options
)
