"""The head of the overview: the whole in a few numbers, and how much of it is measured."""

from __future__ import annotations

from typing import NamedTuple

from ....words import counted, unknown_rows
from ... import figures
from ...blocks import Block, Cell, Column, Sentence, Sheet, Tone
from .rows import Coverage, Totals


class _Fact(NamedTuple):
    """A line of the head: what it is about, and what it says."""

    key: str
    text: str
    tone: Tone = "plain"


_COLUMNS: list[Column] = [
    Column("", lambda fact: Cell(fact.key, "faint"), right=False),
    Column("", lambda fact: Cell(fact.text, fact.tone), right=False, wrap=True, shrink=40),
]

_NOT_JOINED = {
    "orphan": "named a call that is not in the store (yet): merge again, or name its database",
    "ambiguous": "fitted more than one call, so none was guessed",
    "none": "named no call and fitted none: recorded outside of OpenCode, or without the plugin",
}


def head(totals: Totals | None, coverage: Coverage) -> list[Block]:
    """What happened, what failed, what it cost, and how many events joined.

    Without totals, which only the overview has: how much there was, and how many events joined.
    """
    if totals is None:
        facts = [
            _Fact("sessions", figures.count(coverage.sessions)),
            _Fact("calls", figures.count(coverage.calls)),
        ]
    else:
        facts = [
            _Fact("activity", _activity(totals)),
            _Fact("sessions", _sessions(totals)),
            _Fact("calls", _calls(totals)),
            *_turns(totals),
            _Fact("tokens", _tokens(totals)),
            _Fact("cost", _cost(totals)),
        ]
    facts.append(_Fact("events", _events(coverage)))
    for match, why in _NOT_JOINED.items():
        if many := getattr(coverage, match):
            facts.append(_Fact(f"  {match}", f"{many:,} {why}", "doubtful"))
    return [Sheet(_COLUMNS, [*facts, *_unread(coverage)])]


def line(totals: Totals, coverage: Coverage) -> list[Block]:
    """The same in a line or two, where findings need the room; what could not be read stays."""
    first, last = figures.day(totals.first_activity), figures.day(totals.last_activity)
    calls = counted(totals.calls, "call")
    if totals.success_rate is not None:
        calls += f" ({figures.share(totals.success_rate)} ok)"
    facts = [first if first == last else f"{first} – {last}", counted(totals.sessions, "session")]
    facts.append(calls)
    if totals.cost is not None:
        facts.append(f"{figures.money(totals.cost)} ({figures.money(totals.cost_per_day)} a day)")
    joined = coverage.exact + coverage.inferred
    facts.append(
        f"{figures.share(joined / coverage.events)} of {counted(coverage.events, 'event')} joined"
        if coverage.events
        else "nothing recorded by skills"
    )
    unread = [Sentence(f"{fact.key}: {fact.text}", fact.tone) for fact in _unread(coverage)]
    return [Sentence(" · ".join(facts)), *unread]


def _unread(coverage: Coverage) -> list[_Fact]:
    facts = []
    if coverage.malformed:
        text = f"{counted(coverage.malformed, 'row or line', 'rows or lines')} could not be read"
        facts.append(_Fact("unreadable", text, "bad"))
    if coverage.unknown:
        facts.append(_Fact("unknown", unknown_rows(coverage.unknown), "bad"))
    return facts


def _activity(totals: Totals) -> str:
    first, last = figures.moment(totals.first_activity), figures.moment(totals.last_activity)
    span = first if first == last else f"{first} to {last}"
    return f"{span} {figures.zone(totals.last_activity)}".rstrip()


def _sessions(totals: Totals) -> str:
    text = figures.count(totals.sessions)
    # A period may hold work in sessions that began before it.
    same = totals.active_sessions == totals.sessions
    return text if same else f"{text} began, {totals.active_sessions:,} with a message or call"


def _calls(totals: Totals) -> str:
    text = figures.count(totals.calls)
    if totals.success_rate is not None:
        finished = totals.succeeded + totals.failed
        text += f", {figures.share_of(totals.success_rate, finished)} finished ones succeeded"
        text += f" (95 %: {figures.interval(totals.success_low, totals.success_high)})"
    others = [
        f"{many:,} {word}"
        for many, word in (
            (totals.cancelled, "cancelled"),
            (totals.abandoned, "abandoned"),
            (totals.running, "running"),
        )
        if many
    ]
    return ", ".join([text, *others])


def _turns(totals: Totals) -> list[_Fact]:
    """How turns ended, where OpenCode states that of any."""
    facts = (
        (totals.turns_succeeded, "succeeded"),
        (totals.turns_failed, "failed"),
        (totals.turns_interrupted, "interrupted"),
    )
    text = ", ".join(f"{many:,} {word}" for many, word in facts if many)
    return [_Fact("turns", text)] if text else []


def _tokens(totals: Totals) -> str:
    if totals.tokens_per_session_median is None:
        return figures.UNKNOWN
    kinds = (
        (totals.tokens_input, "input"),
        (totals.tokens_cache_read, "read from cache"),
        (totals.tokens_cache_write, "written to it"),
        (totals.tokens_output, "output"),
        (totals.tokens_reasoning, "reasoning"),
    )
    text = ", ".join(f"{figures.amount(many)} {kind}" for many, kind in kinds if many)
    median = figures.amount(totals.tokens_per_session_median)
    return f"{text or '0'}; {median} in the median session"


def _cost(totals: Totals) -> str:
    if totals.cost is None:
        return figures.UNKNOWN
    return f"{figures.money(totals.cost)}, {figures.money(totals.cost_per_day)} a day"


def _events(coverage: Coverage) -> str:
    if not coverage.events:
        return "0: no skill code has recorded anything"
    joined = coverage.exact + coverage.inferred
    text = f"{coverage.events:,}, {joined:,} of them joined to a call"
    return f"{text} ({coverage.inferred:,} by inference)" if coverage.inferred else text
