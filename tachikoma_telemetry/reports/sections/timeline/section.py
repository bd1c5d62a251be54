"""The section `timeline`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from ...query import records
from ...section import Part, Request, Section, part
from ..calls.rows import CallRow
from ..calls.section import SECTION as CALLS
from . import sheet
from .details import detail, outcome
from .rows import EndingRow, TimelineRow


def _read(request: Request[None]) -> list[TimelineRow]:
    """The calls in their order, each with its events; other events by their time between them."""
    of_call: dict[str, list[TimelineRow]] = defaultdict(list)
    others: list[TimelineRow] = []
    calls = request.rows_of(CALLS, "calls")
    skills = {call.call_key: call.skill for call in calls}
    for each in records(request.store, __package__, "events"):
        row = _event(each, skills)
        key = row.call_key
        (others if key is None or key not in skills else of_call[key]).append(row)
    others.reverse()
    rows: list[TimelineRow] = []
    for call in calls:
        while others and call.started is not None and (others[-1].time or 0) < call.started:
            rows.append(others.pop())
        rows += [_call(call), *of_call.pop(call.call_key, ())]
    return [*rows, *reversed(others)]


def _call(call: CallRow) -> TimelineRow:
    # What it loaded is the most that is known of a load.
    loaded = call.skill if call.tool == "skill" else None
    return TimelineRow(
        time=call.started,
        kind="call",
        name=call.tool,
        skill=call.skill,
        detail=call.reason or call.script or loaded,
        outcome=call.outcome,
        duration_ms=call.duration_ms,
        session_id=call.session_id,
        call_key=call.call_key,
        event_id=None,
    )


def _event(record: dict[str, Any], skills: Mapping[str, str | None]) -> TimelineRow:
    # The body of a store that another program wrote may be anything.
    try:
        fields = orjson.loads(record["body"])
    except orjson.JSONDecodeError:
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    duration = fields.get("duration_ms")
    return TimelineRow(
        time=record["time"],
        kind="event",
        name=record["type"],
        skill=record["skill"] or skills.get(record["call_key"]),
        detail=detail(record["type"], fields),
        outcome=outcome(fields),
        duration_ms=duration if isinstance(duration, int | float) else None,
        session_id=record["session_id"],
        call_key=record["call_key"],
        event_id=record["event_id"],
    )


SECTION: Section[None] = Section(
    name="timeline",
    question="what happened, call by call, and what skill code recorded in each",
    parts={
        "timeline": Part(TimelineRow, _read),
        "endings": part(__package__, "endings", EndingRow),
    },
    blocks=lambda parts: sheet.blocks(parts["timeline"], most=sheet.ROWS_SHOWN),
    empty="No tool was called yet.",
    in_overview=False,
    of_session=True,
    needs=CALLS.needs,
    shows_times=True,
    columns=sheet.COLUMNS,
    headings={
        "what": "the tool; behind a └ what skill code recorded in the call",
        "session": "the beginning of its session, where there are several",
    },
)
