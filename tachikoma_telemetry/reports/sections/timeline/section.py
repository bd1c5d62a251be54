"""The section `timeline`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name
from ...query import records
from ...section import Part, Request, Section, part
from ...short_ids import length
from ..calls.rows import CallRow
from ..calls.section import SECTION as CALLS
from ..calls.section import outcome_cell
from ..sessions.rows import SessionRow
from .details import QUIET, called, detail, fields_of, outcome
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
    fields = fields_of(record["body"])
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


ROWS_SHOWN = 200

_ENDED: dict[str, tuple[str, Tone]] = {
    "succeeded": ("ended with an answer", "good"),
    "failed": ("ended in an error", "bad"),
    "interrupted": ("the user stopped it", "doubtful"),
    "unfinished": ("its last turn has no end", "doubtful"),
}


def _what(row: TimelineRow) -> Cell:
    if row.kind == "call":
        return name(row.name, "strong")
    return Cell(f"└ {called(row.name or '')}")


def _at(time: int | None) -> Cell:
    return Cell(figures.clock(time), "faint")


def _day(time: int | None) -> Cell:
    return Cell(figures.moment(time).partition(" ")[0], "faint")


# Where the rows are of several.
_DAY = Column("day", _day, "time", right=False, grouped=True)
_COLUMNS = [
    Column("at", _at, "time", right=False),
    Column("what", _what, right=False, shrink=20),
    Column("skill", name, "skill", right=False, drop=2, shrink=14, grouped=True),
    Column("outcome", outcome_cell, "outcome", right=False),
    Column("detail", name, "detail", right=False, shrink=20),
    Column("time", figures.duration, "duration_ms", drop=1),
]


def blocks(rows: Sequence[TimelineRow], *, most: int | None = None) -> list[Block]:
    """The newest calls and events, in the order they happened, without those that say nothing."""
    columns, rows = [*_COLUMNS], [row for row in rows if not (row.event_id and row.name in QUIET)]
    sessions = {row.session_id for row in rows if row.session_id is not None}
    if len(sessions) > 1:
        short = length(sessions)
        session = Column("session", lambda row: name((row.session_id or "")[:short] or None))
        columns.append(replace(session, right=False, drop=3))
    times = [row.time for row in rows if row.time is not None]
    if times and _day(min(times)) != _day(max(times)):
        columns.insert(0, _DAY)
    if not rows:
        return [Sentence("A run began; nothing else is known of it yet.", "faint")]
    return [Sheet(columns, rows, most=most, newest_last=True, noun="calls and events")]


def about(
    sessions: Sequence[SessionRow], endings: Sequence[EndingRow], rows: Sequence[TimelineRow]
) -> list[Block]:
    """What a session was about, how it ended, and what it took; the oldest one is meant."""
    if not sessions:
        return []
    session = sessions[-1]
    facts: list[Block] = []
    if session.title is not None:
        facts.append(Sentence(name(session.title).text, "strong"))
    ending = next((each for each in endings if each.session_id == session.session_id), None)
    if ending is not None:
        text, tone = _ENDED[ending.outcome]
        if ending.outcome == "unfinished" and any(row.outcome == "running" for row in rows):
            text, tone = "still at work", "plain"  # as `/telemetry` always finds it
        why = f" ({name(ending.error_type).text})" if ending.error_type else ""
        facts.append(Sentence(f"{text[0].upper()}{text[1:]}{why}.", tone))
    facts.append(Sentence(f"{', '.join(_took(sessions, session, rows))}.", "faint"))
    return facts


def _took(
    sessions: Sequence[SessionRow], session: SessionRow, rows: Sequence[TimelineRow]
) -> list[str]:
    many = Counter(row.kind for row in rows)
    failed = sum(each.failed for each in sessions)
    took = [figures.moment(session.started)]
    if session.started is not None and session.ended is not None:
        took.append(figures.duration(max(0, session.ended - session.started)))
    took.append(counted(many["call"], "call") + (f" ({failed:,} failed)" if failed else ""))
    took.append(counted(many["event"], "recorded event"))
    costs = [each.cost for each in sessions if each.cost is not None]
    took += [figures.money(sum(costs))] if costs else []
    took += [counted(len(sessions) - 1, "subagent")] if len(sessions) > 1 else []
    return took


SECTION: Section[None] = Section(
    name="timeline",
    question="what happened, call by call, and what skill code recorded in each",
    parts={
        "timeline": Part(TimelineRow, _read),
        "endings": part(__package__, "endings", EndingRow),
    },
    blocks=lambda parts: blocks(parts["timeline"], most=ROWS_SHOWN),
    empty="No tool was called yet.",
    in_overview=False,
    of_session=True,
    needs=CALLS.needs,
    shows_times=True,
    columns=_COLUMNS,
    headings={
        "what": "the tool; behind a └ what skill code recorded in the call",
        "day": "when it began, where the rows are of several days",
        "session": "the beginning of its session, where there are several",
    },
)
