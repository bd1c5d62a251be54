"""The section `calls`."""

from __future__ import annotations

from collections import defaultdict

from ....vocabulary.tools import names_of_tool
from ...query import records, row_of
from ...section import Part, Request, Section
from . import sheet
from .rows import CallRow


def _read(request: Request[None]) -> list[CallRow]:
    """With the events that joined them; only those that the filters `tool` and `outcome` choose."""
    recorded: dict[str, dict[str, int]] = defaultdict(dict)
    for key, kind, many in request.store.execute("SELECT call_key, type, events FROM call_events"):
        recorded[key][kind] = many
    filters = request.filters
    tools = names_of_tool(filters.tool) if filters.tool is not None else None
    rows = []
    for each in records(request.store, __package__, "calls"):
        asked = tools is None or each["tool"] in tools
        if asked and filters.outcome in (None, each["outcome"]):
            of_call = recorded.get(each["call_key"], {})
            rows.append(row_of(CallRow, each, events=sum(of_call.values()), recorded=of_call))
    return rows


SECTION: Section[None] = Section(
    name="calls",
    question="every tool call, and how many events skill code recorded in it",
    parts={"calls": Part(CallRow, _read)},
    blocks=lambda parts: sheet.blocks(parts["calls"]),
    empty="No tool was called yet.",
    in_overview=False,
    needs=("call_outcomes", "call_events", "call_skills"),
    shows_times=True,
    headings={
        "started": "started",
        "tool": "tool",
        "skill": "skill",
        "outcome": "outcome",
        "reason": "reason",
        "time": "duration_ms",
        "events": "events",
        "recorded": "recorded",
        "model": "model",
        "call": "call_id",
        "session": "the beginning of its session, as --session takes it",
    },
)
