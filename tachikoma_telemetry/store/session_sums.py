"""The sums of the sessions: what a report of the whole store would add up again each time.

A merge keeps them for the sessions that it changed. A report whose filters leave messages and calls
whole reads them; for any other, the same statement adds up the rows that its filters chose.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType

SUMS = MappingProxyType({"message_sums": "messages", "call_sums": "calls"})
"""The tables of sums, each with the table whose rows it adds up."""


@cache
def statement_of(table: str) -> str:
    """The query that gives the rows of a table of `SUMS`."""
    return files(__package__).joinpath(f"{table}.sql").read_text("utf-8")


def add_up(store: sqlite3.Connection, sessions: Iterable[str]) -> None:
    """Make the sums of these sessions again."""
    keys = [(session,) for session in sessions]
    for table in SUMS:
        store.executemany(f"DELETE FROM {table} WHERE session_id = ?", keys)
        store.executemany(
            f"INSERT INTO {table} SELECT * FROM ({statement_of(table)}) WHERE session_id = ?", keys
        )


def add_all_up(store: sqlite3.Connection) -> None:
    """Make all sums again."""
    for table in SUMS:
        store.execute(f"DELETE FROM {table}")
        store.execute(f"INSERT INTO {table} {statement_of(table)}")
