"""The section `unused` has no options of its own, but needs to know which skills are installed."""

from __future__ import annotations

from .section_options import SectionOptions, SectionRequest


def _needed(given: SectionRequest) -> bool:
    # A filter or a threshold that names an installed skill is not misspelt, though it was never
    # used.
    return given.section in (None, "findings", "unused", "check") or given.skill is not None


def _options(given: SectionRequest) -> list[object]:
    from ....reports import Installed, find_installed

    return [Installed(find_installed(given.root, later=True))]


OPTIONS = SectionOptions(section="unused", needed=_needed, options=_options)
