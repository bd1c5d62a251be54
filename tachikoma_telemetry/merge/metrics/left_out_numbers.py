"""The numbers that events of a run leave out, by their order within the run.

Several processes may record one run, and none of them has to know what the others recorded. So an
iteration, a retry or a chunk without a number has that of the one before it plus one, by time:

    iterations  in their run and stage, from 1
    retries     in their run, from 2: the first one begins the second attempt
    chunks      in their run and depth, from 0

A maximum that is said once holds in its run and stage for what comes after it, up to the next one,
and for what came before the first one. So does a total of chunks. Events outside of any run keep
what they say. Attempts of an edit are numbered by their chain (`edits`).
"""

from __future__ import annotations

import sqlite3

from ...vocabulary.ranges import INDEX


def number_steps(store: sqlite3.Connection) -> None:
    """Fill in what the events of changed runs left out; before, their rows hold what they say."""
    for names in _TABLES:
        store.execute(_FILL.format(**names, most=int(INDEX.high)))


# In which columns the numbers are, what is numbered together, and the first number.
_TABLES = (
    {
        "table": "iteration_metrics",
        "number": "number",
        "maximum": "maximum",
        "group": "kind, stage",
        "first": "CASE kind WHEN 'retry' THEN 2 ELSE 1 END",
    },
    {
        "table": "rlm_metrics",
        "number": "chunk",
        "maximum": "total",
        "group": "depth",
        "first": "0",
    },
)
# `part` and `said` count the numbers and the maximums up to a row: rows of one count follow the
# same one. Runs that leave nothing out are not sorted.
_FILL = """
WITH gaps AS (
    SELECT run_id FROM {table} WHERE run_id IN (SELECT run FROM changed_runs)
    GROUP BY run_id
    HAVING count({number}) < count(*) OR count({maximum}) BETWEEN 1 AND count(*) - 1
),
steps AS (
    SELECT *, count({number}) OVER so_far AS part, count({maximum}) OVER so_far AS said
    FROM {table}
    WHERE run_id IN (SELECT run_id FROM gaps)
    WINDOW so_far AS (PARTITION BY run_id, {group} ORDER BY time, event_id)
),
numbered AS (
    SELECT event_id,
           coalesce(max({number}) OVER part, {first})
               + row_number() OVER (part ORDER BY time, event_id) - 1 AS number,
           coalesce(
               max({maximum}) OVER (PARTITION BY run_id, {group}, said),
               max(CASE WHEN said = 1 THEN {maximum} END) OVER (PARTITION BY run_id, {group})
           ) AS maximum
    FROM steps
    WINDOW part AS (PARTITION BY run_id, {group}, part)
)
UPDATE {table} SET
    {number} = coalesce({table}.{number}, CASE WHEN n.number <= {most} THEN n.number END),
    {maximum} = coalesce({table}.{maximum}, n.maximum)
FROM numbered n
WHERE n.event_id = {table}.event_id
"""
