"""The section `hours` for users."""

from __future__ import annotations

from collections.abc import Sequence

from tachikoma_telemetry.reports.blocks import Block, Sentence

from .rows import HourRow


def blocks(rows: Sequence[HourRow]) -> list[Block]:
    """A sentence an hour."""
    return [Sentence(f"{row.calls} calls began at {row.hour:02} h.") for row in rows]
