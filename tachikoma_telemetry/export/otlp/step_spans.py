"""Turns as `invoke_agent` and steps as `chat`: what a session's messages become.

A turn is final when another one follows, OpenCode or the model's last message says that it is over,
or nothing changed for days. Only then does it go out: backends keep the first span of an id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from .candidate import SpanCandidate, rows
from .conventions import ABORTED, model_names, usage
from .session_tree import SessionTree
from .span import Link, Span, known, moment, span_id


@dataclass
class Turn:
    """What a session did from a message of the user to the next; one that was not answered has no
    steps.

    Attributes:
        key: the message that opened it; of what is before any, the session.
        before: the key of the turn before it in the session.
        last: its last step.
        changed: when something in it last changed, ms.
        own: whether the user called something in it: a load, a command.
        over: whether OpenCode 2 says that it has ended.
    """

    session: str
    key: str
    start: int
    before: str | None = None
    end: int = 0
    changed: int = 0
    steps: int = 0
    calls: int = 0
    own: bool = False
    over: bool = False
    outcome: str | None = None
    first: sqlite3.Row | None = field(default=None, repr=False)
    last: sqlite3.Row | None = field(default=None, repr=False)

    def add(self, step: sqlite3.Row) -> None:
        """Take in the next step."""
        self.first, self.last = self.first or step, step
        self.start = self.start or moment(step["created"], step["completed"]) or 0
        self.steps += 1
        self.calls += step["calls"]
        self.changed = max(self.changed, _changed(step))
        self.end = max(self.end, _end(step) or 0)

    def is_final(self, *, followed: bool, settled: int) -> bool:
        """Whether nothing more comes in it; `followed`: another turn was opened."""
        if self.over or self.changed <= settled:
            return True
        last = self.last
        if last is None:
            return followed
        if followed:
            return _is_final(last, settled)
        answered = last["completed"] is not None and not last["calls"]
        return answered or last["error_type"] is not None


class Turns:
    """The turns of a store, in one pass over its messages.

    Attributes:
        open: after the pass, by session, when a turn that is not final began.
    """

    def __init__(self, store: sqlite3.Connection, settled: int) -> None:
        self._store, self._settled = store, settled
        self.open: dict[str, int] = {}

    def turns_and_steps(self) -> Iterator[tuple[Turn, sqlite3.Row | None]]:
        """Each step that is final with its turn, and each turn that is, with None."""
        self.open.clear()
        turn: Turn | None = None
        for row in rows(self._store, "steps.sql"):
            goes_on = turn is not None and turn.session == row["session_id"]
            if row["opens_turn"] or not goes_on:
                yield from self._closed(turn, followed=goes_on)
                turn = _opened(row, turn)
            assert turn is not None
            if row["role"] == "idle":
                turn.over, turn.outcome = True, row["turn_outcome"]
            elif row["role"] == "assistant" and row["counted"]:
                turn.add(row)
                if _is_final(row, self._settled):
                    yield turn, row
        yield from self._closed(turn, followed=False)

    def _closed(self, turn: Turn | None, *, followed: bool) -> Iterator[tuple[Turn, None]]:
        if turn is None or not (turn.steps or turn.own):
            return
        if turn.is_final(followed=followed, settled=self._settled):
            yield turn, None
        else:
            self.open[turn.session] = turn.start


def step_spans(turns: Turns, tree: SessionTree) -> Iterator[SpanCandidate]:
    """A span a turn, and one a step."""
    for turn, step in turns.turns_and_steps():
        if step is None:
            if moment(turn.start):
                yield SpanCandidate(span_id("turn", turn.key), partial(_turn_span, turn, tree))
        elif moment(step["created"], step["completed"]):
            build = partial(_step_span, step, turn.key, tree)
            yield SpanCandidate(span_id("step", step["message_id"]), build)


def error_of_turn(turn: Turn) -> str | None:
    """The class of the error that ended a turn; None for one that the user stopped."""
    error = turn.last["error_type"] if turn.last else None
    return None if error in ABORTED else error


def _turn_span(turn: Turn, tree: SessionTree) -> Span:
    first, session, error = turn.first, tree.session(turn.session), error_of_turn(turn)
    stopped = turn.last is not None and turn.last["error_type"] in ABORTED
    invoked: dict[str, object] = {}
    if first is not None:
        invoked = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": first["agent"],
            **model_names(first["model"], first["provider"]),
        }
    agent = invoked.get("gen_ai.agent.name")
    name = "tachikoma.turn" if first is None else "invoke_agent"
    return Span(
        f"{name} {agent}" if agent else name,
        session.trace,
        span_id("turn", turn.key),
        tree.caller(turn.session, turn.start),
        turn.start,
        max(turn.start, turn.end),
        known(
            {
                **invoked,
                **tree.names(turn.session),
                "error.type": error,
                "tachikoma.turn.outcome": turn.outcome or ("interrupted" if stopped else None),
                "tachikoma.turn.steps": turn.steps,
                "tachikoma.turn.tool_calls": turn.calls,
                "tachikoma.session.parent_id": session.parent,
                "tachikoma.opencode.version": session.version,
            }
        ),
        failed=error is not None,
        links=(Link(session.trace, span_id("turn", turn.before)),) if turn.before else (),
    )


def _step_span(step: sqlite3.Row, turn: str, tree: SessionTree) -> Span:
    session, error = step["session_id"], step["error_type"]
    start = moment(step["created"], step["completed"]) or 0
    names = model_names(step["model"], step["provider"])
    model = names.get("gen_ai.request.model")
    failed = error is not None and error not in ABORTED
    return Span(
        f"chat {model}" if model else "chat",
        tree.session(session).trace,
        span_id("step", step["message_id"]),
        span_id("turn", turn),
        start,
        max(start, _end(step) or 0),
        known(
            {
                "gen_ai.operation.name": "chat",
                **names,
                **tree.names(session),
                "gen_ai.agent.name": step["agent"],
                **usage(step),
                "error.type": error if failed else None,
                "tachikoma.cost": step["cost"],
                "tachikoma.skill.active": step["active_skill"],
            }
        ),
        kind="client",
        failed=failed,
    )


def _opened(row: sqlite3.Row, before: Turn | None) -> Turn:
    session = row["session_id"]
    turn = Turn(session, session, moment(row["created"], row["completed"]) or 0)
    if before is not None and before.session == session and (before.steps or before.own):
        turn.before = before.key
    if row["opens_turn"]:
        turn.key, turn.calls = row["message_id"], row["calls"]
        turn.own = bool(row["others"] and row["counted"])
        turn.changed, turn.end = _changed(row), _end(row) or 0
    return turn


def _is_final(step: sqlite3.Row, settled: int) -> bool:
    ended = step["completed"] is not None or step["error_type"] is not None
    return ended or step["followed"] or _changed(step) <= settled


def _changed(step: sqlite3.Row) -> int:
    return max(step["created"] or 0, step["completed"] or 0, step["updated"] or 0)


def _end(step: sqlite3.Row) -> int | None:
    return moment(step["completed"], step["updated"], step["created"])
