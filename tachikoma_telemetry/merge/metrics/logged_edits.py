"""Edits that OpenCode did itself and that were logged besides, without saying which call it was.

A SKILL.md may ask the agent to run `log edit` after each edit. Such an event describes the last
edit call before it that nothing describes yet, and so counts once with it, when

- both are of one session and turn, and the call had ended before the shell call that recorded the
  event began (before the event itself, where that call is not known);
- the format is one of the call's tool: `str_replace` or `str_replace_fuzzy` of `edit`, `multiedit`;
  `apply_patch` of `apply_patch`, `patch`; `whole` of `write`;
- both succeeded, or both failed;
- the event is of no run that began in the call that recorded it: code that runs inside `skill_run`
  or `log run` edits files itself, and its edits are attempts of their own.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...vocabulary.events import fold_format
from .event_metrics import RecordedEvent

# What else an edit in a call's format may be called.
_FAMILY = {"str_replace_fuzzy": "str_replace"}


class EditCall(NamedTuple):
    """A finished call of an edit tool; times in ms, `turn` from 0."""

    call_key: str
    format: str
    success: int
    ended: int
    turn: int


def logged_edits(
    store: sqlite3.Connection,
    events: Iterable[RecordedEvent],
    calls: Collection[EditCall],
    turns: list[int],
) -> dict[str, str]:
    """Which of these calls each event describes, by the event's id.

    The events are edits of one session that name no call as their own, the calls those of that
    session that no event names. `turns` is when its turns began (ms).
    """
    free: dict[tuple[str, int], dict[int, list[EditCall]]] = {}
    for call in sorted(calls, key=lambda each: (each.ended, each.call_key)):
        in_turns = free.setdefault((call.format, call.success), {})
        in_turns.setdefault(call.turn, []).append(call)
    found: dict[str, str] = {}
    for event in sorted(events, key=lambda each: (each.time, each.event_id)):
        in_turns = free.get(_kind(event), {})
        if in_turns:
            asked, begun = _recorded_in(store, event)
            fitting = in_turns.get(bisect_right(turns, asked), [])
            at = bisect_right(fitting, begun, key=lambda call: call.ended)
            if at and not _is_of_a_run_in_its_call(store, event):
                found[event.event_id] = fitting.pop(at - 1).call_key
    return found


def _kind(event: RecordedEvent) -> tuple[str, int]:
    """The format as calls have it, and the success; -1 is not known."""
    format, success = fold_format(event.body.get("format", "")), event.body.get("success")
    return _FAMILY.get(format, format), -1 if success is None else int(success)


def _recorded_in(store: sqlite3.Connection, event: RecordedEvent) -> tuple[int, int]:
    """When the model asked for the call that recorded an event, and when that began (ms)."""
    row = store.execute(
        "SELECT m.created, c.started FROM calls c LEFT JOIN messages m USING (message_id) "
        "WHERE c.call_key = ?",
        (event.call_key,),
    ).fetchone()
    asked, begun = row or (None, None)
    return (
        event.time if asked is None else asked,
        event.time if begun is None else min(begun, event.time),
    )


def _is_of_a_run_in_its_call(store: sqlite3.Connection, event: RecordedEvent) -> bool:
    if event.run_id is None:
        return False
    (found,) = store.execute(
        "SELECT EXISTS (SELECT 1 FROM events e JOIN events s ON s.run = e.run "
        "AND s.session_id IS e.session_id AND s.call_id IS e.call_id "
        "WHERE e.event_id = ? AND s.type = 'skill_run_started')",
        (event.event_id,),
    ).fetchone()
    return bool(found)
