"""The section `tools`."""

from ...section import Section, part
from . import sheet
from .rows import ToolDurationRow, ToolRow

SECTION: Section[None] = Section(
    name="tools",
    question="which tools are called, how often they fail and how long they take",
    parts={
        "tools": part(__package__, "tools", ToolRow),
        "tool_durations": part(__package__, "tool_durations", ToolDurationRow, for_charts=True),
    },
    blocks=lambda parts: sheet.blocks(parts["tools"]),
    empty="No tool was called yet.",
    needs=(
        "call_outcomes",
        "call_sums",
        "calls_by_name",
        "tool_names",
        "call_durations",
        "duration_bins",
    ),
    headings={
        "tool": "tool",
        "calls": "calls",
        "succeeded": "calls that succeeded, of those that ended",
        "p50": "duration_p50_ms",
        "p95": "duration_p95_ms",
        "timed out": "timed_out",
        "invalid": "invalid",
        "cancelled": "cancelled",
        "abandoned": "abandoned",
    },
)
