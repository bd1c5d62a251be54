"""Filters as views that shadow the store's tables.

`CREATE TEMP VIEW calls AS SELECT * FROM main.calls WHERE …` is what SQLite finds first under the
name `calls`, so the .sql files stay plain: they run unfiltered on any copy of the store, in DuckDB
or Spark too. Views take no parameters, so what they compare with is in temp tables.

    parameters        one row: now (ms), minimum (edits that make a format comparable)
    renamed_tools     the names of each renamed tool: family, tool, rank (the oldest has 0)
    gone              the runs without an end whose processes are known to have ended
    wanted            one row: since, until, skill
    wanted_models     the models that `model` chooses, as the data has them
    chosen_sessions   the sessions that `session` chooses
    folder_sessions   the sessions that `directory` chooses
    elsewhere         of these, messages and calls that ran in another folder, before a move
    chosen_events     the events that `directory` chooses and that have no call of a known session
    edit_chains, call_outcomes, call_events, call_skills, turn_outcomes, run_outcomes,
    contradictions, session_projects, version_spans, run_versions, skill_uses, unrecorded_steps,
    duration_bins
                      what depends on the whole store and not on the rows chosen: see prepared/;
                      each is made only for a section that needs it, after what it reads itself
    row_people        whose a run, load, edit or chunk is: row_key (its own key), person; empty in
                      the store of one person
    message_sums, call_sums
                      the store's sums of sessions, of the rows chosen: made only where the filters
                      leave some out
    calls_by_name, tool_names, call_durations, turns_by_session, edit_sums
                      sums of the rows chosen that several sections use: see shared/
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import replace

from ...project import is_inside
from ...store.session_sums import SUMS, statement_of
from ...store.tables import METRICS, TABLES, Table
from ...store.time_limits import ABANDONED_AFTER_MS
from ...vocabulary.events import model_key
from ...vocabulary.process import is_gone
from ...vocabulary.tools import RENAMED
from ..engine import Engine
from ..query import sql_of
from .filters import Filters
from .session_scope import family, last_session, projects_in, sessions_in, whole_id

_PREPARED = {
    "edit_chains": "edit",
    "call_outcomes": "call_key",
    "call_events": "call_key",
    "call_skills": "call_key",
    "turn_outcomes": "message_id",
    "run_outcomes": "run_id",
    "contradictions": "run_id",
    "session_projects": "session_id",
    "version_spans": "metric_id",
    "run_versions": "run_id",
    "skill_uses": "skill",
    "unrecorded_steps": "run_id",
    "duration_bins": "low_ms",
}
# In comparisons of what several people did, they are the units.
_ROW_PEOPLE = " UNION ALL ".join(
    f"SELECT t.{table.key[0]} AS row_key, p.person AS person FROM main.{table.name} t "
    "JOIN main.machines p ON p.machine = t.machine"
    for table in METRICS
    if table.name in ("skill_metrics", "edit_metrics", "rlm_metrics")
)
_READ_PEOPLE = frozenset({"row_people", "version_spans", "run_versions", "edit_sums"})
_NO_PEOPLE = "SELECT event_id AS row_key, event_id AS person FROM main.events WHERE 1 = 0"
# What several sections would count again, of the rows that the filters chose: see shared/.
_SHARED = ("calls_by_name", "tool_names", "call_durations", "turns_by_session", "edit_sums")

# The skill that was active in a message is one of those whose windows hold it.
_ALSO_ACTIVE = "(SELECT a.message_id FROM main.also_active a, wanted w WHERE a.skill = w.skill)"
_SKILL = {
    "sessions": "session_id IN (SELECT session_id FROM main.skill_metrics, wanted w "
    "WHERE skill_metrics.skill = w.skill UNION SELECT session_id FROM main.calls, wanted w "
    "WHERE calls.active_skill = w.skill UNION SELECT session_id FROM main.also_active a, wanted w "
    "WHERE a.skill = w.skill)",
    "messages": f"t.active_skill = (SELECT skill FROM wanted) OR t.message_id IN {_ALSO_ACTIVE}",
    "calls": "(SELECT w.skill FROM wanted w) IN (active_skill, t.skill, script_skill) "
    f"OR t.message_id IN {_ALSO_ACTIVE} OR t.call_key IN (SELECT e.call_key "
    "FROM main.events e LEFT JOIN main.skill_metrics r ON r.metric_id = 'run:' || e.run, wanted w "
    "WHERE e.call_key IS NOT NULL AND coalesce(e.skill, r.skill) = w.skill)",
    "edit_metrics": "t.skill = (SELECT skill FROM wanted) OR (t.source = 'call' "
    "AND t.call_key IN (SELECT c.call_key FROM main.also_active a JOIN main.calls c "
    "ON c.session_id = a.session_id AND c.message_id = a.message_id, wanted w "
    "WHERE a.skill = w.skill))",
    "events": "coalesce(t.skill, (SELECT r.skill FROM main.skill_metrics r "
    "WHERE r.metric_id = 'run:' || t.run)) = (SELECT skill FROM wanted)",
}
_MODEL = {
    "sessions": "session_id IN (SELECT session_id FROM main.messages "
    "WHERE model IN (SELECT model FROM wanted_models))",
    "events": "t.model IN (SELECT model FROM wanted_models) OR (t.model IS NULL AND t.call_key IN "
    "(SELECT c.call_key FROM main.calls c WHERE c.model IN (SELECT model FROM wanted_models)))",
}
_MODELS = " UNION ".join(
    f"SELECT model FROM main.{each} WHERE model IS NOT NULL"
    for each in ("messages", "calls", "events", *(m.name for m in METRICS if m.start is not None))
)


def prepare(
    store: Engine,
    filters: Filters,
    *,
    now_ms: int,
    minimum: int,
    needs: Collection[str] = ("row_people", *_PREPARED, *SUMS, *_SHARED),
) -> Filters:
    """Make the temp tables and views of one report; returns the filters with `last` resolved.

    `needs` are those of the tables above to make. `now_ms` is in ms since the epoch; a format with
    fewer edits than `minimum` is not compared.

    Raises:
        UnknownSessionError: when the store has no such session.

    """
    store.keep("parameters", {"now": "INTEGER", "minimum": "INTEGER"}, [(now_ms, minimum)])
    store.keep(
        "renamed_tools",
        {"family": "INTEGER", "tool": "TEXT", "rank": "INTEGER"},
        (
            (family, tool, rank)
            for family, names in enumerate(RENAMED)
            for rank, tool in enumerate(names)
        ),
    )
    if "run_outcomes" in needs:
        _look_for_processes(store, now_ms)
    if not _READ_PEOPLE.isdisjoint(needs):
        store.keep_query("row_people", _ROW_PEOPLE if store.people > 1 else _NO_PEOPLE, "row_key")
    for name in (each for each in _PREPARED if each in needs):
        store.keep_query(name, sql_of(__package__, f"prepared/{name}"), _PREPARED[name])
    shadowed: set[str] = set()
    resolved = _shadow(store, filters, shadowed) if filters.given else filters
    for name, table in SUMS.items():
        if name in needs and (table in shadowed or not store.keeps_sums):
            store.keep_query(name, statement_of(name))
    for name in (each for each in _SHARED if each in needs):
        store.keep_query(name, sql_of(__package__, f"shared/{name}"))
    return resolved


def _look_for_processes(store: Engine, now_ms: int) -> None:
    """Find the open runs all of whose processes are known to be gone."""
    # Older ones are abandoned anyway.
    open_runs = store.execute(
        "SELECT run_id, processes FROM main.skill_metrics WHERE kind = 'run' AND outcome IS NULL "
        "AND processes IS NOT NULL AND last_seen > ?",
        (now_ms - ABANDONED_AFTER_MS,),
    ).fetchall()
    gone = [(run,) for run, processes in open_runs if all(map(is_gone, processes.split()))]
    store.keep("gone", {"run_id": "TEXT"}, gone)


def _shadow(store: Engine, filters: Filters, shadowed: set[str]) -> Filters:
    """Put the filters in place; names the tables that they change."""
    store.keep(
        "wanted",
        {"since": "INTEGER", "until": "INTEGER", "skill": "TEXT"},
        [(filters.since, filters.until, filters.skill)],
    )
    if filters.model is not None:
        wanted = model_key(filters.model)
        found = {model for (model,) in store.execute(_MODELS) if model_key(model) == wanted}
        store.keep("wanted_models", {"model": "TEXT"}, ((each,) for each in sorted(found)))
    resolved = _choose(store, filters)
    for table in (each for each in TABLES if each.start is not None):
        conditions = " AND ".join(f"({each})" for each in _conditions(table, resolved))
        if conditions:
            store.shadow(table.name, conditions)
            shadowed.add(table.name)
    return resolved


def _conditions(table: Table, filters: Filters) -> list[str]:
    conditions, name = [], table.name
    if filters.since is not None:
        conditions.append(f"{table.start} >= (SELECT since FROM wanted)")
    if filters.until is not None:
        conditions.append(f"{table.start} < (SELECT until FROM wanted)")
    if filters.skill is not None:
        conditions.append(_SKILL.get(name, "t.skill = (SELECT skill FROM wanted)"))
    if filters.model is not None:
        conditions.append(_MODEL.get(name, "t.model IN (SELECT model FROM wanted_models)"))
    if filters.session is not None:
        session = "coalesce(t.session, t.session_id)" if name == "events" else "t.session_id"
        conditions.append(f"{session} IN (SELECT session_id FROM chosen_sessions)")
    if filters.directory is not None:
        session = "t.session" if name == "events" else "t.session_id"
        chosen = f"{session} IN (SELECT session_id FROM folder_sessions)"
        if table.link is not None:
            known = f"{session} IN (SELECT session_id FROM main.sessions)"
            chosen += f" OR (NOT {_is(known)} AND t.{table.link.among('chosen_events')})"
        conditions.append(chosen)
        if name != "sessions":
            row = "message_id" if name == "messages" else "call_key"
            conditions.append(f"NOT {_is(f't.{row} IN (SELECT row_key FROM elsewhere)')}")
    if filters.source != "all" and name in ("edit_metrics", "skill_metrics"):
        # Loads have a source too, which is always the same.
        others = "kind = 'load' OR " if name == "skill_metrics" else ""
        conditions.append(f"{others}source = '{filters.source}'")
    return conditions


def _is(condition: str) -> str:
    """Whether a condition is known to be true."""
    return f"coalesce({condition}, FALSE)"


def _choose(store: Engine, filters: Filters) -> Filters:
    if filters.session is None and filters.directory is None:
        return filters
    inside: set[str] | None = None
    directory = None
    if filters.directory is not None:
        directory = os.path.realpath(filters.directory)
        inside = sessions_in(store, directory)
        _keep(store, "folder_sessions", inside)
        _keep_elsewhere(store, directory)
        _keep_events(store, projects_in(store, directory))
    session = filters.session
    if session == "last":
        session = last_session(store, inside)
    elif session is not None:
        session = whole_id(store, session)
    if filters.session is not None:
        _keep(store, "chosen_sessions", family(store, session) if session is not None else ())
    return replace(filters, session=session or filters.session, directory=directory)


def _keep(store: Engine, table: str, sessions: Iterable[str]) -> None:
    store.keep(table, {"session_id": "TEXT"}, ((each,) for each in sorted(sessions)))


def _keep_elsewhere(store: Engine, directory: str) -> None:
    """Of sessions that were moved, what ran in another folder belongs to that one."""
    folders = [folder for (folder,) in store.execute(_FOLDERS_OF_MOVED)]
    outside = [each for each in folders if each is None or not is_inside(each, directory)]
    store.keep("outside_folders", {"folder": "TEXT"}, ((each or "",) for each in outside))
    store.keep_query("elsewhere", _ELSEWHERE, "row_key")


_MOVED = """
main.messages m JOIN main.sessions s ON s.session_id = m.session_id
WHERE m.session_id IN (SELECT session_id FROM main.messages WHERE directory IS NOT NULL)
"""
_FOLDERS_OF_MOVED = f"SELECT DISTINCT coalesce(m.directory, s.directory) FROM {_MOVED}"
_MESSAGES_ELSEWHERE = (
    f"SELECT m.message_id AS row_key FROM {_MOVED} "
    "AND coalesce(m.directory, s.directory, '') IN (SELECT folder FROM outside_folders)"
)
_ELSEWHERE = (
    f"{_MESSAGES_ELSEWHERE} UNION ALL SELECT c.call_key AS row_key FROM main.calls c "
    f"WHERE c.message_id IN ({_MESSAGES_ELSEWHERE})"
)


def _keep_events(store: Engine, projects: Iterable[str]) -> None:
    """An event without a call is where the session is that it names, else where its project is."""
    store.keep("folder_projects", {"project": "TEXT"}, ((each,) for each in sorted(projects)))
    store.keep_query("chosen_events", _CHOSEN_EVENTS, "event_id")


# The project of a run's first event decides about the run: one run is in one folder.
_CHOSEN_EVENTS = """
SELECT e.event_id AS event_id, CASE WHEN f.nth = 1 THEN e.run END AS run
FROM main.events e
JOIN (
    SELECT event_id, row_number() OVER (PARTITION BY run ORDER BY time, event_id) AS nth
    FROM main.events
) f ON f.event_id = e.event_id
LEFT JOIN main.sessions s ON s.session_id = coalesce(e.session, e.session_id)
WHERE (e.session IS NULL OR s.session_id IS NULL) AND CASE WHEN s.session_id IS NOT NULL
THEN s.session_id IN (SELECT session_id FROM folder_sessions)
ELSE e.project IN (SELECT project FROM folder_projects) END
"""
