"""Which run an event is of, where the run's id was chosen by hand and so may be chosen again.

A generated id names one run for ever, in any number of processes and sessions. A name such as
`fix-1`, which an agent made up, may name several runs. Where and when it was used says which:

    where   events of one session are of one run, and so are a project's events from outside of
            OpenCode
    when    a run ends with its `skill_run_finished`; of processes that worked side by side, with
            the last one. The next start is that of the next run. So are steps that another end
            follows, from skills that record no starts; other steps were late, labels always are,
            and an end that follows an end replaces it

What is left is of the run of that name that was under way at its moment, if there is exactly one in
its project: steps in a session that has neither a start nor an end of its own (a subagent's), and
events from inside of OpenCode whose session is not known.

The earliest run of a name has the name as its id, a later one `<name>@<id of its first event>`. All
of it follows from the events of that name alone, so the order of merging does not matter.
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import inf
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import orjson

from ...vocabulary.ids import IN_ORDER

_START, _END = "skill_run_started", "skill_run_finished"
# Times are whole ms, durations are not: an end less its duration may be this far off the start.
_ROUNDING_MS = 1


class _NamedEvent(NamedTuple):
    """An event of a named run; it sorts by when it was recorded.

    `turn` and `edge` are for events of one ms. Where their ids do not say which came first (see
    ids.py), because they were recorded later or by several processes, a start is before all others
    and an end behind them. `began` is the time, or of an end when its process began.
    """

    time: int
    turn: str
    edge: int
    event_id: str
    type: str
    session: str | None
    opencode: int
    project: str
    run: str
    began: float


_Events = list[_NamedEvent]

# All runs of a name are together in the index: "A" is what comes after "@".
_SELECT = f"""
SELECT time, substr(event_id, 1, {IN_ORDER}),
       CASE type WHEN '{_START}' THEN -1 WHEN '{_END}' THEN 1 ELSE 0 END,
       event_id, type, coalesce(session, session_id), opencode, coalesce(project, ''), run,
       CASE WHEN type = '{_END}' THEN body END
FROM events
WHERE (run = :name OR (run > :name || '@' AND run < :name || 'A')) AND run_id = :name
"""


def first_run(event_id: str, kind: str, name: str | None) -> str | None:
    """The run of an event as long as nothing else is known of it.

    An end that names no run is one by itself; other events that name none are of none.
    """
    return event_id if name is None and kind == _END else name


def reset_runs(store: sqlite3.Connection) -> None:
    """Give all events the runs that they had at first."""
    store.execute(
        f"UPDATE events SET run = coalesce(run_id, CASE type WHEN '{_END}' THEN event_id END)"
    )


def assign_runs(store: sqlite3.Connection, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the events of these names the runs that they are of.

    Args:
        store: the unified store.
        names: run ids, as events have them, that were chosen by hand.

    Returns:
        Each event whose run is another one now, and the run that it was of before.
    """
    for name in names:
        before: list[tuple[str, str]] = []
        updates: list[tuple[str, str]] = []
        events = sorted(_event(*row) for row in store.execute(_SELECT, {"name": name}))
        for number, run in enumerate(sorted(_runs(events))):
            run_id = f"{name}@{run[0].event_id}" if number else name
            for event in run:
                if event.run != run_id:
                    before.append((event.event_id, event.run))
                    updates.append((run_id, event.event_id))
        store.executemany("UPDATE events SET run = ? WHERE event_id = ?", updates)
        yield from before


def _event(*row: Any) -> _NamedEvent:
    *values, end = row
    took = orjson.loads(end).get("duration_ms") if end is not None else None
    return _NamedEvent._make((*values, values[0] - (took or 0)))


def _runs(events: _Events) -> list[_Events]:
    """The events of each run, of events of one name in the order of their times."""
    runs: list[_Events] = []
    strays: _Events = []
    for (session, opencode, _), own in _by_place(events).items():
        if session is None and opencode:
            strays += own
            continue
        for piece in _cut(own):
            if any(event.edge for event in piece):
                runs.append(piece)
            else:
                strays += piece
    left = _join(runs, strays)
    return runs + [piece for own in _by_place(left).values() for piece in _cut(own)]


def _by_place(events: _Events) -> dict[tuple[str | None, int, str], _Events]:
    places: dict[tuple[str | None, int, str], _Events] = defaultdict(list)
    for event in events:
        if event.session is not None:
            places[event.session, 1, ""].append(event)
        else:
            places[None, event.opencode, event.project].append(event)
    return places


def _cut(events: _Events) -> list[_Events]:
    """What one place recorded, run by run."""
    runs: list[_Events] = []
    started, over = False, None
    for event, (edge, began) in zip(events, _coming(events), strict=True):
        if not runs or (over is not None and _begins(event, over, edge, started=started)):
            runs.append([])
            started, over = False, None
        runs[-1].append(event)
        started = started or event.type == _START
        if event.type == _END:
            # A process that began before this end, and ends after it, is still at work.
            over = event.time if began > event.time - _ROUNDING_MS else None
    return runs


def _coming(events: _Events) -> list[tuple[str | None, float]]:
    """For each event, the type of the next start or end, and when the first one behind it began."""
    edge, began = None, inf
    coming: list[tuple[str | None, float]] = []
    for event in reversed(events):
        coming.append((edge, began))
        edge, began = event.type if event.edge else edge, min(began, event.began)
    return coming[::-1]


def _begins(event: _NamedEvent, over: int, coming: str | None, *, started: bool) -> bool:
    """Whether an event is of the next run, when the last one was over at that time."""
    if event.type == _START:
        return True
    if event.type == _END:
        return event.time > event.began > over - _ROUNDING_MS
    return event.type != "label" and (coming == _END or (coming is None and not started))


def _join(runs: list[_Events], strays: _Events) -> _Events:
    """Add each stray to the one run of its project that was under way then; returns the others."""
    begun = ((min(event.began for event in run), run) for run in runs)
    waiting = sorted(begun, key=itemgetter(0), reverse=True)
    under_way: list[_Events] = []
    left = []
    for stray in sorted(strays, key=attrgetter("began")):
        while waiting and waiting[-1][0] <= stray.began + _ROUNDING_MS:
            under_way.append(waiting.pop()[1])
        under_way = [run for run in under_way if run[-1].time >= stray.began - _ROUNDING_MS]
        fitting = [run for run in under_way if run[0].project == stray.project]
        if len(fitting) == 1:
            insort(fitting[0], stray)
        else:
            left.append(stray)
    return sorted(left)
