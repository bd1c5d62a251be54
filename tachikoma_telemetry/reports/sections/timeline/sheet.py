"""The section `timeline` as users read it, and a session's own report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ....words import counted
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone, name
from ...short_ids import length
from ..calls.section import outcome_cell
from ..sessions.rows import SessionRow
from .details import QUIET, called
from .rows import EndingRow, TimelineRow

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
    return Cell(f"└ {name(called(row.name or '')).text}")


def _at(time: int | None) -> Cell:
    return Cell(figures.clock(time), "faint")


COLUMNS = [
    Column("at", _at, "time", right=False),
    Column("what", _what, right=False, shrink=20),
    Column("skill", name, "skill", right=False, drop=2, shrink=14, grouped=True),
    Column("outcome", outcome_cell, "outcome", right=False),
    Column("detail", name, "detail", right=False, shrink=20),
    Column("time", figures.duration, "duration_ms", drop=1),
]


def blocks(rows: Sequence[TimelineRow], *, most: int | None = None) -> list[Block]:
    """The newest calls and events, in the order they happened, without those that say nothing."""
    columns, rows = [*COLUMNS], [row for row in rows if not (row.event_id and row.name in QUIET)]
    sessions = {row.session_id for row in rows if row.session_id is not None}
    if len(sessions) > 1:
        short = length(sessions)
        session = Column("session", lambda row: name((row.session_id or "")[:short] or None))
        columns.append(replace(session, right=False, drop=3))
    if not rows:
        return [Sentence("A run began; nothing else is known of it yet.", "faint")]
    return [Sheet.of(columns, rows, most=most, newest_last=True, noun="calls and events")]


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
