"""The to-do lists that agents keep, counted."""

from __future__ import annotations

from .database import Reader
from .values import name


def count_todos(reader: Reader) -> dict[str, tuple[int, int]] | None:
    """Of each session how many it has, and how many are completed; None without such a table."""
    if not reader.has("todo", "session_id", "status"):
        return None
    return {
        name(session): (total, done or 0)
        for session, total, done in reader.connection.execute(
            "SELECT session_id, count(*), sum(status = 'completed') FROM todo GROUP BY 1"
        )
    }
