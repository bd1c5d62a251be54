"""The section `tools`."""

from ... import figures
from ...blocks import Cell, Column, Sheet, bar, faults, interval, name
from ...section import Section, part
from .rows import ToolDurationRow, ToolRow


def _tool(tool: str | None, former: str | None) -> Cell:
    return name(tool if former is None else f"{tool} ({former})", "strong")


def _succeeded(row: ToolRow) -> str:
    return figures.share_of(row.success_rate, row.succeeded + row.failed)


_COLUMNS = [
    Column("tool", _tool, ("tool", "former_name"), right=False, shrink=16),
    Column("calls", figures.count, "calls"),
    Column("succeeded", _succeeded),
    Column("", bar, "success_rate", drop=6, bar=True),
    Column("95 %", interval, ("success_low", "success_high"), drop=4),
    Column("p50", figures.duration, "duration_p50_ms"),
    Column("p95", figures.duration, "duration_p95_ms", drop=1),
    Column("timed out", faults, "timed_out", drop=3),
    Column("invalid", faults, "invalid", drop=5),
    Column("cancelled", faults, "cancelled", "doubtful", drop=7),
    Column("abandoned", faults, "abandoned", "doubtful", drop=2),
]

SECTION: Section[None] = Section(
    name="tools",
    question="which tools are called, how often they fail and how long they take",
    parts={
        "tools": part(__package__, "tools", ToolRow),
        "tool_durations": part(__package__, "tool_durations", ToolDurationRow, for_charts=True),
    },
    blocks=lambda parts: [Sheet(_COLUMNS, parts["tools"])],
    empty="No tool was called yet.",
    needs=(
        *("call_outcomes", "call_sums", "calls_by_name"),
        *("tool_names", "call_durations", "duration_bins"),
    ),
    columns=_COLUMNS,
    headings={"succeeded": "calls that succeeded, of those that ended"},
)
