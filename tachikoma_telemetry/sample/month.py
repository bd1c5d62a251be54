"""The month that `tachikoma-telemetry demo` shows: a made-up project with something to find.

    {"ended": ms, "skills": {name: text of SKILL.md}, "tables": {table: {column: [value, …]}}}

is what ``month.json.xz`` holds: the rows of the project in docs/example_project.py, by columns,
which makes it half as large; a column that is null in every row is left out. ``make sample`` writes
it.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import Any

NAME = "month.json.xz"

_DAY = 86_400_000
_TIMES = frozenset(("created", "completed", "started", "ended", "time"))


def write_skills(root: Path) -> None:
    """Install the skills of the month in the project at `root`."""
    for name, text in _read()["skills"].items():
        file = root / ".opencode" / "skill" / name / "SKILL.md"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")


def fill(store: sqlite3.Connection, now_ms: int) -> None:
    """Add the rows of the month to an empty store.

    Args:
        store: open for writing, in the present layout.
        now_ms: the month has just ended then, ms since the epoch; hours of the day are as they are.
    """
    month = _read()
    later = (now_ms - month["ended"]) // _DAY * _DAY
    store.execute("BEGIN")
    for table, columns in month["tables"].items():
        moved = [
            [each and each + later for each in values] if _is_time(name) else values
            for name, values in columns.items()
        ]
        marks = ", ".join("?" * len(columns))
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        store.executemany(query, zip(*moved, strict=True))
    store.execute("COMMIT")


def _is_time(column: str) -> bool:
    """``started``, and in a table of sums ``started_first``."""
    return column.partition("_")[0] in _TIMES


def _read() -> dict[str, Any]:
    month: dict[str, Any] = json.loads(
        lzma.decompress(files(__package__).joinpath(NAME).read_bytes())
    )
    return month
