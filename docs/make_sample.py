"""Write the month that ``tachikoma-telemetry demo`` shows: ``make sample``."""

from __future__ import annotations

import json
import lzma
import sqlite3
from pathlib import Path
from typing import Any

from docs import example_project
from tachikoma_telemetry.sample import month

SAMPLE = Path(month.__file__).with_name(month.NAME)
_SESSIONS_A_DAY = 15


def content() -> dict[str, Any]:
    """What the file holds, as `tachikoma_telemetry.sample.month` describes it."""
    store = example_project.history(_SESSIONS_A_DAY).connection
    names = store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    tables = {name: _columns(store, name) for (name,) in names.fetchall()}
    store.close()
    return {
        "ended": example_project.NOW,
        "skills": example_project.skills(),
        "tables": {name: columns for name, columns in tables.items() if columns},
    }


def _columns(store: sqlite3.Connection, table: str) -> dict[str, list[Any]]:
    found = store.execute(f"SELECT * FROM {table}")
    names = [each[0] for each in found.description]
    columns = dict(zip(names, map(list, zip(*found, strict=True)), strict=False))
    return {
        name: values for name, values in columns.items() if any(each is not None for each in values)
    }


def main() -> None:
    """Write the file."""
    text = json.dumps(content(), ensure_ascii=False, separators=(",", ":"))
    SAMPLE.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
