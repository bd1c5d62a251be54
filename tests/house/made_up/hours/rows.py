"""Rows of the section `hours`."""

from __future__ import annotations

from dataclasses import dataclass

from tachikoma_telemetry.reports.meaning import amount


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the day."""

    hour: int = amount("hour of the day, UTC")
    calls: int = amount("calls that began in it")
