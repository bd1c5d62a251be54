"""Skills loaded in made-up sessions, and what a merge says of their windows."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from tachikoma_telemetry import reports
from tachikoma_telemetry.project import store_path

from ..merging import rows
from ..opencode_rows import START, Rows


def load(database: Rows, session: str, name: str, at: int, **call: Any) -> str:
    return database.call(
        session,
        "skill",
        f"call_{at}",
        at=START + at,
        ms=10,
        given={"name": name},
        **{"output": "Do it.", **call},
    )


def windows_of(project: Path) -> dict[str, tuple[Any, ...]]:
    found = rows(
        project,
        "SELECT skill, tool_calls, failed_tool_calls, tokens_input, window_ms FROM skill_metrics "
        "WHERE kind = 'load' ORDER BY started",
    )
    return {row[0]: row[1:] for row in found}


def report(project: Path, section: str, *, key: str | None = None, **filters: Any) -> list[Any]:
    connection = sqlite3.connect(store_path(project))
    try:
        chosen = reports.Filters(**filters)
        return reports.build(connection, section, chosen, now_ms=START + 10**8).parts[
            key or section
        ]
    finally:
        connection.close()


def script_run(database: Rows, session: str, skill: str, at: int, **call: Any) -> str:
    command = f"python .opencode/skills/{skill}/scripts/do.py"
    time = START + at
    given = {"command": command}
    return database.call(session, "bash", f"c{at}", at=time, ms=10, given=given, **call)
