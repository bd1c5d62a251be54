"""The section `calls`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ....vocabulary.tools import names_of_tool
from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name
from ...query import records, row_of
from ...section import Part, Request, Section
from ...short_ids import length
from .rows import CallRow

_CALLS_SHOWN = 200

FAILED = frozenset(("failed", "timed_out", "invalid"))
_OUTCOMES: dict[str, Tone] = {
    **dict.fromkeys(FAILED, "bad"),
    **dict.fromkeys(("abandoned", "cancelled", "escalated"), "doubtful"),
}


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


def outcome_cell(outcome: str | None) -> Cell:
    """How a call or a run ended."""
    text = outcome.replace("_", " ") if outcome is not None else None
    return name(text, _OUTCOMES.get(outcome or "", "plain"))


def _events(events: int) -> Cell:
    return Cell(figures.count(events), "plain" if events else "faint")


def _recorded(recorded: dict[str, int]) -> Cell:
    return name(", ".join(f"{each} {many:,}" for each, many in recorded.items()))


_COLUMNS = [
    Column("started", figures.moment, "started", right=False, drop=1),
    Column("tool", name, "tool", "strong", right=False, shrink=16),
    Column("skill", name, "skill", right=False, drop=3, shrink=10),
    Column("outcome", outcome_cell, "outcome", right=False),
    Column("reason", name, "reason", right=False, drop=2, shrink=10),
    Column("time", figures.duration, "duration_ms"),
    Column("events", _events, "events"),
    Column("recorded", _recorded, "recorded", right=False, drop=5, shrink=16),
    Column("model", name, "model", right=False, drop=7, shrink=12),
    Column("call", name, "call_id", right=False, drop=6, shrink=12),
]


def _blocks(rows: Sequence[CallRow]) -> list[Block]:
    """The newest calls, in the order they started."""
    failed = sum(row.outcome in FAILED for row in rows)
    text = f"{counted(len(rows), 'call')}, {failed:,} failed."
    short = length(row.session_id for row in rows)
    session = Column("session", lambda row: name(row.session_id[:short]), right=False, drop=4)
    sheet = Sheet([*_COLUMNS, session], rows, most=_CALLS_SHOWN, newest_last=True, noun="calls")
    return [Sentence(text), sheet]


SECTION: Section[None] = Section(
    name="calls",
    question="every tool call, and how many events skill code recorded in it",
    parts={"calls": Part(CallRow, _read)},
    blocks=lambda parts: _blocks(parts["calls"]),
    empty="No tool was called yet.",
    in_overview=False,
    needs=("call_outcomes", "call_events", "call_skills"),
    shows_times=True,
    columns=_COLUMNS,
    headings={"session": "the beginning of its session, as --session takes it"},
)
