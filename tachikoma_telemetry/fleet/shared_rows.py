"""Which rows of two machines are one, and which only have one name.

Most keys are random, so that a row which two machines have exported under one key is one row. The
name of a run may be chosen by hand: runs of one name that began at different times are two, and are
called ``name@machine``, in all that refers to them.
"""

from __future__ import annotations

from .layout import ExportedTable

# The columns that name a run, and what comes before the name.
_RUNS = {
    "events": {"run": ""},
    "skill_metrics": {"metric_id": "run:", "run_id": "", "parent_run_id": ""},
    "iteration_metrics": {"run_id": ""},
    "edit_metrics": {"run_id": ""},
    "rlm_metrics": {"run_id": ""},
    "intent_metrics": {"run_id": ""},
}
# The name of a run that is another one on another machine: run, machine, name. Machines that share
# a run, which began at one time, call it alike.
RUN_NAMES = """
SELECT r.run_id AS run, r.machine AS machine, r.run_id || '@' || n.machine AS name
FROM {runs} r
JOIN (
    SELECT run_id, coalesce(started, -1) AS began, min(machine) AS machine
    FROM {runs} WHERE kind = 'run' GROUP BY run_id, coalesce(started, -1)
) n ON n.run_id = r.run_id AND n.began = coalesce(r.started, -1)
WHERE r.kind = 'run' AND r.run_id IN (
    SELECT run_id FROM {runs} WHERE kind = 'run'
    GROUP BY run_id HAVING min(coalesce(started, -1)) < max(coalesce(started, -1))
)
"""


def one_row(table: ExportedTable) -> tuple[str, ...]:
    """The columns by which a row of several machines is known to be one."""
    # Two files of one path, as containers have them, were begun at different times.
    return (*table.key, "first") if table.name == "legacy_metrics" else table.key


def names_runs(table: str) -> bool:
    """Whether rows of a table refer to runs."""
    return table in _RUNS


def renamed(table: ExportedTable, rows: str, names: str) -> str:
    """The query of the rows with their runs' names.

    Args:
        table: one that refers to runs.
        rows: a table or query in parentheses.
        names: the table of `RUN_NAMES`.
    """
    columns, joins = [], []
    for column in (each.name for each in table.columns):
        if column not in (runs := _RUNS[table.name]):
            columns.append(f"t.{column}")
            continue
        alias, before = f"of_{column}", runs[column]
        columns.append(f"coalesce('{before}' || {alias}.name, t.{column}) AS {column}")
        joins.append(
            f"LEFT JOIN {names} {alias} ON '{before}' || {alias}.run = t.{column} "
            f"AND {alias}.machine = t.machine"
        )
    return f"SELECT {', '.join(columns)}, t.machine FROM {rows} t {' '.join(joins)}"
