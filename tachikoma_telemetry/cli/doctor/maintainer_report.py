"""What a maintainer needs when a number looks wrong: versions, and what there is how often.

No text, no name and no path, so that a user can send it as it is.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import StoreError, TachikomaError

_STDOUT = "-"


def maintainer_report(
    root: Path, databases: list[Path] | TachikomaError, store: Path
) -> dict[str, Any]:
    """Everything, as JSON has it."""
    return {
        "versions": {
            "tachikoma_telemetry": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": sys.platform,
        },
        "plugin": _plugin(root),
        "databases": [] if isinstance(databases, TachikomaError) else list(map(_census, databases)),
        "store": _store(store),
    }


def write_report(report: Mapping[str, Any], output: Path) -> None:
    """Write it to a file, as Markdown if its name ends with ``.md``, else as JSON; ``-`` is stdout.

    Raises:
        StoreError: when it can't be written.
    """
    from ...atomic_file import write_file

    if output.suffix == ".md":
        text = "\n".join(["# tachikoma-telemetry doctor", "", *_markdown(report, 2)])
    else:
        text = json.dumps(report, indent=2)
    if str(output) == _STDOUT:
        print(text)
        return
    try:
        write_file(output, [f"{text.rstrip()}\n".encode()])
    except OSError as error:
        raise StoreError(f"can't write {output}: {error.strerror}") from error


def _plugin(root: Path) -> dict[str, Any]:
    from opencode_hooks import signs_of_life

    from ...project import telemetry_dir
    from .plugin_checks import installed_plugins

    signs = signs_of_life(telemetry_dir(root))
    return {
        "installed": {
            where: {"state": each.state, "version": each.version}
            for where, each in installed_plugins(root)
        },
        "loaded_by": {
            sign.api: {
                "opencode": sign.opencode,
                "plugin": sign.plugin,
                "loaded": sign.loaded,
                "heard": sign.heard,
            }
            for sign in signs
        },
    }


def _census(path: Path) -> dict[str, Any]:
    from ...opencode.census import take_census

    try:
        census = take_census(path)
    except TachikomaError as error:
        return {"unreadable": type(error).__name__}
    return {
        "storages": census.storages,
        "unknown_tables": census.unknown,
        "sessions_by_version": census.versions,
        "rows": census.rows,
    }


def _store(path: Path) -> dict[str, Any]:
    """How the merge sees the same: calls by outcome, events by how they found their call."""
    from ...store.store import store_at

    if not path.exists():
        return {}
    try:
        with store_at(path) as store:
            counts = {
                name: dict(store.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY 1"))
                for name, table, column in (
                    ("calls_by_outcome", "calls", "coalesce(outcome, 'unknown')"),
                    ("events_by_match", "events", "match"),
                    ("events_by_type", "events", "type"),
                )
            }
            (version,) = store.execute("PRAGMA user_version").fetchone()
            return {"layout": version, **counts}
    except TachikomaError as error:
        return {"unreadable": type(error).__name__}


def _markdown(value: Mapping[str, Any], level: int) -> Iterator[str]:
    """Each thing that has others in it as a section, and lines for what has a number or word."""
    plain = {key: each for key, each in value.items() if not isinstance(each, Mapping | list)}
    yield from (f"- {key}: {each}" for key, each in plain.items())
    if plain:
        yield ""
    for key, each in value.items():
        if key in plain or not each:
            continue
        yield f"{'#' * min(level, 6)} {key}"
        yield ""
        if isinstance(each, Mapping):
            yield from _markdown(each, level + 1)
            continue
        for number, item in enumerate(each, 1):
            if isinstance(item, Mapping):
                yield from _markdown({str(number): item}, level + 1)
            else:
                yield f"- {item}"
        if not isinstance(each[0], Mapping):
            yield ""
