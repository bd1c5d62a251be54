"""Stores of earlier versions, brought to the layout of this one.

The facts are kept: of each fact table, the columns that both layouts have. The metrics, and how far
each source was read, are not: the merge that migrates goes on as `--rebuild` does, so that a new
column is filled from what its source still holds, and stays unknown where that is gone, unless
the other columns say what it is. A version that gives a fact another name or meaning adds a step
here that does so first.
"""

from __future__ import annotations

import sqlite3

from .store import VERSION, create_tables, version_of
from .tables import FACTS


def migrate(store: sqlite3.Connection) -> bool:
    """Bring an older store up to date, in the transaction that is under way.

    Returns:
        Whether there was anything to do; then every metric has to be derived again.
    """
    before = version_of(store)
    if before == VERSION:
        return False
    tables = {
        name
        for (name,) in store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    }
    for table in sorted(tables):
        store.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    create_tables(store)
    facts = {table.name for table in FACTS}
    for table in sorted(tables):
        if table in facts:
            _copy(store, table)
        store.execute(f"DROP TABLE old_{table}")
    if before < 5:
        store.execute(_WHICH_WERE_SHELL)
    return True


# In layouts before 5, the name of the tool said it.
_WHICH_WERE_SHELL = "UPDATE calls SET shell = 1 WHERE tool IN ('bash', 'shell')"


def _copy(store: sqlite3.Connection, table: str) -> None:
    kept = {row[1] for row in store.execute(f"PRAGMA table_info(old_{table})")}
    names, values = [], []
    for _, name, kind, required, default, _ in store.execute(f"PRAGMA table_info({table})"):
        if name in kept:
            names.append(name)
            values.append(name)
        elif required and default is None:
            names.append(name)
            values.append("''" if kind == "TEXT" else "0")
    store.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM old_{table}"
    )
