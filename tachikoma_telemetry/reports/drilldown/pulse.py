"""What happens now: the sessions at work, their last steps, and what needs a look.

A session is at work when a message or call of it began, or one of its calls has been running, in
the last ten minutes; the sessions that began it are listed with it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...store.session_sums import SUMS, statement_of
from ...visible import visible
from .. import figures
from ..build import MINIMUM_ATTEMPTS, TOTALS_NEED
from ..engine import SqliteEngine
from ..meaning import amount, meaning, moment
from ..query import row_of, rows, sql_of
from ..sections import overview, patterns, sessions
from ..sections.overview.rows import Totals
from ..sections.patterns.rows import ErrorRow
from ..sections.patterns.section import SECTION as PATTERNS
from ..sections.sessions.rows import SessionRow
from ..selection import views
from ..selection.filters import Filters
from ..selection.views import prepare
from ..validity import without_impossible
from .event_words import event_words
from .listing import in_tree

_MINUTE_MS = 60_000
_ACTIVE_MS = 10 * _MINUTE_MS
_PACE_MINUTES = 10
_LAST_RUNS = 8
_MOST_ACTIVE = 200
_LEAST_MS = _MINUTE_MS

_AT_WORK = """
WITH RECURSIVE recent(session_id) AS (
    SELECT session_id FROM main.messages, parameters WHERE created > now - 600000
    UNION
    SELECT session_id FROM main.calls, parameters WHERE started > now - 600000
    UNION
    SELECT c.session_id FROM main.calls c LEFT JOIN call_outcomes o ON o.call_key = c.call_key
    WHERE c.outcome = 'running' AND o.outcome IS NULL
    UNION
    SELECT s.parent_id FROM recent r JOIN main.sessions s ON s.session_id = r.session_id
    WHERE s.parent_id IS NOT NULL
)
SELECT session_id FROM recent
"""

_LAST_CALLS = """
SELECT * FROM (
    SELECT c.session_id, c.call_key, c.tool, c.skill AS loaded, c.active_skill AS skill,
        coalesce(o.outcome, c.outcome) AS outcome, c.reason, c.started, c.agent,
        row_number() OVER (PARTITION BY c.session_id ORDER BY c.started DESC, c.call_key DESC) AS rn
    FROM calls c LEFT JOIN call_outcomes o ON o.call_key = c.call_key
    WHERE c.counted = 1 AND c.started IS NOT NULL
)
WHERE rn <= 3 ORDER BY session_id, rn
"""

_LAST_EVENTS = """
SELECT session, type, time, body FROM (
    SELECT e.*, row_number() OVER (PARTITION BY session ORDER BY time DESC, event_id DESC) AS rn
    FROM main.events e
    WHERE e.type IN ('iteration', 'retry', 'edit_format', 'rlm_chunk')
        AND e.session IN (SELECT session_id FROM at_work)
)
WHERE rn = 1
"""

_STATES = """
SELECT session_id, max(created) AS created, max(coalesce(updated, completed, created)) AS changed,
    max(CASE WHEN role = 'assistant' AND completed IS NULL THEN created END) AS open
FROM messages GROUP BY session_id
"""


@dataclass(frozen=True, slots=True)
class ActiveRow(SessionRow):
    """A session at work, or the one that began it."""

    depth: int = amount("how many sessions above it are listed, too")
    working: bool = meaning(
        "whether the model writes or a call runs now; else it waits for the user"
    )
    skill: str | None = meaning("the skill in whose window its last call ran; null outside of any")
    step: str = meaning("its last call, or what its skill recorded after it")
    step_good: bool | None = meaning(
        "whether that went well; null while it runs, or when nothing says it"
    )
    changed: int | None = moment("when something last changed in it")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that may need a look: no verdict, the report has these."""

    about: str = meaning("the skill or the session's title")
    text: str = meaning("what happens, with its numbers")
    skill: str | None = meaning("the skill it is about; null for none")
    session_id: str | None = meaning("the session it is about; null for none")


@dataclass(frozen=True, slots=True)
class Pulse:
    """What happens now.

    Attributes:
        active: the sessions at work, each below the one that began it.
        pace: calls that began in each of the last ten minutes, the oldest first.
        alerts: what may need a look.
        ever: whether any session is known, at work or not.

    """

    active: Sequence[ActiveRow]
    pace: Sequence[int]
    alerts: Sequence[Alert]
    ever: bool


def totals_of(store: sqlite3.Connection, filters: Filters, *, now_ms: int) -> Totals:
    """The overview's totals alone."""
    with _prepared(store, filters, now_ms, TOTALS_NEED) as engine:
        (totals,) = rows(engine, overview.__name__, "totals", Totals)
    return totals


def errors_of(store: sqlite3.Connection, filters: Filters, *, now_ms: int) -> list[ErrorRow]:
    """The section `patterns`' recurring errors alone, the most frequent first."""
    with _prepared(store, filters, now_ms, PATTERNS.needs) as engine:
        return rows(engine, patterns.__name__, "errors_seen", ErrorRow)


@contextmanager
def _prepared(
    store: sqlite3.Connection, filters: Filters, now_ms: int, needs: Collection[str]
) -> Iterator[SqliteEngine]:
    engine = SqliteEngine(store)
    with engine.reading():
        prepare(engine, filters, now_ms=now_ms, minimum=MINIMUM_ATTEMPTS, needs=needs)
        yield engine


def pulse_of(store: sqlite3.Connection, *, now_ms: int) -> Pulse:
    """What happens now; read in one transaction."""
    store.row_factory = sqlite3.Row
    needs = ("call_outcomes", "run_outcomes", "turn_outcomes")
    try:
        with _prepared(store, Filters(), now_ms, needs):
            pace = _pace(store, now_ms)
            (ever,) = store.execute("SELECT EXISTS (SELECT 1 FROM main.sessions)").fetchone()
            alerts = [*_failing_skills(store)]
            store.execute(f"CREATE TEMP TABLE at_work AS {_AT_WORK} LIMIT {_MOST_ACTIVE}")
            _only_at_work(store)
            calls: dict[str, list[Any]] = {}
            for each in store.execute(_LAST_CALLS):
                calls.setdefault(each["session_id"], []).append(each)
            active = _active(store, calls, now_ms)
            alerts += _in_sessions(store, active, calls, now_ms)
    finally:
        store.row_factory = None
    return Pulse(active, pace, alerts, bool(ever))


def _pace(store: sqlite3.Connection, now_ms: int) -> list[int]:
    pace = [0] * _PACE_MINUTES
    since = now_ms - _PACE_MINUTES * _MINUTE_MS
    for (started,) in store.execute(
        "SELECT started FROM calls WHERE started > ? AND started <= ? AND counted = 1 "
        "AND (tool IS NOT NULL OR skill IS NULL)",
        (since, now_ms),
    ):
        pace[min(_PACE_MINUTES - 1, (started - since) // _MINUTE_MS)] += 1
    return pace


def _only_at_work(store: sqlite3.Connection) -> None:
    """Let the reports' queries see the sessions at work alone."""
    for table in ("sessions", "messages", "calls", "skill_metrics"):
        store.execute(
            f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} "
            "WHERE session_id IN (SELECT session_id FROM at_work)"
        )
    for name in SUMS:
        store.execute(f"CREATE TEMP TABLE {name} AS {statement_of(name)}")
    turns = sql_of(views.__package__, "shared/turns_by_session")
    store.execute(f"CREATE TEMP TABLE turns_by_session AS {turns}")


def _active(store: sqlite3.Connection, calls: dict[str, list[Any]], now_ms: int) -> list[ActiveRow]:
    found = {
        each.session_id: without_impossible(each)
        for each in rows(SqliteEngine(store), sessions.__name__, "sessions", SessionRow)
    }
    events = {each["session"]: each for each in store.execute(_LAST_EVENTS)}
    states = {each["session_id"]: each for each in store.execute(_STATES)}
    placed: list[ActiveRow] = []
    for session, depth in in_tree((e, e.session_id, e.parent_id) for e in found.values()):
        of = calls.get(session.session_id, [])
        state = states.get(session.session_id)
        running = bool(of) and of[0]["outcome"] == "running"
        writes = state is not None and state["open"] == state["created"] and state["open"]
        working = running or bool(writes and writes > now_ms - _ACTIVE_MS)
        step, good = _step(of, events.get(session.session_id))
        changes = [state["changed"] if state else None, of[0]["started"] if of else None]
        placed.append(
            row_of(
                ActiveRow,
                {name: getattr(session, name) for name in SessionRow.__slots__},
                depth=depth,
                working=working,
                skill=of[0]["loaded"] or of[0]["skill"] if of else None,
                step=step,
                step_good=good,
                changed=max((each for each in changes if each is not None), default=None),
            )
        )
    return placed


def _step(calls: Sequence[Any], event: Any) -> tuple[str, bool | None]:
    """The last call, or the event that skill code recorded since that call began."""
    last = calls[0] if calls else None
    if event is not None and (last is None or event["time"] >= last["started"]):
        words, good = event_words(event["body"])
        kind = {"iteration": "", "retry": "retry ", "edit_format": "edit "}.get(event["type"])
        return f"{'chunk ' if kind is None else kind}{words}".strip(), good
    if last is None:
        return "", None
    good = {"succeeded": True, "running": None}.get(last["outcome"], False)
    loaded = f" {visible(last['loaded'])}" if last["loaded"] else ""
    return f"{visible(last['tool'] or 'skill')}{loaded}", good


def _failing_skills(store: sqlite3.Connection) -> Iterator[Alert]:
    """Skills most of whose last runs failed, clearly more than before."""
    last: dict[str, list[bool]] = {}
    for skill, outcome in store.execute(
        "SELECT skill, outcome FROM skill_metrics WHERE kind = 'run' AND counted = 1 "
        "AND skill IS NOT NULL AND outcome IN ('succeeded', 'failed', 'escalated') "
        "ORDER BY started DESC"
    ):
        last.setdefault(skill, []).append(outcome == "succeeded")
    for skill, ended in last.items():
        recent, before = ended[:_LAST_RUNS], ended[_LAST_RUNS:]
        failed = recent.count(False)
        if len(before) < _LAST_RUNS or failed * 2 <= _LAST_RUNS:
            continue
        usual = before.count(True) / len(before)
        if 1 - failed / _LAST_RUNS <= usual - 0.2:
            yield Alert(
                visible(skill),
                f"{failed} of the last {_LAST_RUNS} runs failed "
                f"(before: {figures.share_of(1 - usual, len(before))})",
                *(skill, None),
            )


def _in_sessions(
    store: sqlite3.Connection, active: Sequence[ActiveRow], calls: dict[str, list[Any]], now_ms: int
) -> Iterator[Alert]:
    """Calls that run longer than nearly all of their tool, and calls that fail in a row."""
    for row in active:
        of = calls.get(row.session_id, [])
        title = visible(row.title or row.session_id)
        if len(of) == 3 and all(e["outcome"] in ("failed", "timed_out", "invalid") for e in of):
            yield Alert(title, "the last 3 calls failed", None, row.session_id)
        if not of or of[0]["outcome"] != "running" or of[0]["tool"] == "task":
            continue
        took = now_ms - of[0]["started"]
        usual = _long(store, of[0]["tool"]) if took > _LEAST_MS else None
        if usual is not None and took > usual:
            yield Alert(
                title,
                f"{visible(of[0]['tool'])} runs for {figures.duration(took)} "
                f"(95 % took {figures.duration(usual)} or less)",
                *(None, row.session_id),
            )


def _long(store: sqlite3.Connection, tool: str) -> int | None:
    """The 95th percentile of the last 200 calls of a tool, ms; None when there are under 20."""
    took = sorted(
        each[0]
        for each in store.execute(
            "SELECT duration_ms FROM (SELECT duration_ms, tool FROM main.calls "
            "WHERE started IS NOT NULL ORDER BY started DESC LIMIT 5000) "
            "WHERE tool = ? AND duration_ms IS NOT NULL LIMIT 200",
            (tool,),
        )
    )
    return took[math.ceil(len(took) * 0.95) - 1] if len(took) >= 20 else None
