"""The section `hours`."""

from __future__ import annotations

from tachikoma_telemetry.reports.section import Section, part

from . import sheet
from .rows import HourRow

SECTION: Section[None] = Section(
    name="hours",
    question="when calls begin",
    parts={"hours": part(__package__, "hours", HourRow)},
    blocks=lambda parts: sheet.blocks(parts["hours"]),
    empty="No call has begun yet.",
)
