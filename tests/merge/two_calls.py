"""A database of OpenCode 1.x with a session of two calls."""

from __future__ import annotations

from pathlib import Path

from ..opencode_rows import START, Rows


def two_calls(path: Path, project: Path) -> Rows:
    """Open, for more rows."""
    database = Rows(path, project)
    session = database.session("ses_a")
    database.user(session, at=START + 10)
    for number in (1, 2):
        database.call(session, "bash", f"call_{number}", at=START + 1000 * number)
    return database
