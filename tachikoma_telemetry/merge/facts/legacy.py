"""The predecessor's totals as history: numbers without sessions, events or times.

They have a table of their own and are never added to what was measured since: a total cannot be
filtered by a period, and its rates were computed by other rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...journal.predecessor import LEGACY_NAME, History, old_files, read_history
from ...project import as_text
from ...vocabulary.credentials import mask

_INSERT = """
INSERT OR REPLACE INTO legacy_metrics (
    source, kind, name, format, uses, attempts, succeeded, escalated, iterations, tokens,
    duration_ms, confidence, first, last
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def is_legacy_file(path: Path) -> bool:
    """Whether `path` is a `metrics.json` of the predecessor that holds anything."""
    try:
        history = read_history(path)
    except (OSError, ValueError):
        return False
    return bool(history.skills or history.edits or history.rlm or history.intents)


def merge_legacy(store: sqlite3.Connection, journal: Path) -> None:
    """Take in the predecessor's files at and beside the journal's place."""
    found = {file.name: file for file in old_files(journal)}
    # Until the first event is recorded, the file is where the journal will be.
    if journal.name in found:
        found.setdefault(LEGACY_NAME, found.pop(journal.name))
    for name, file in sorted(found.items()):
        try:
            history = read_history(file)
        except (OSError, ValueError):
            continue
        source = as_text(journal.parent / name)
        store.execute("DELETE FROM legacy_metrics WHERE source = ?", (source,))
        store.executemany(_INSERT, map(_masked, _rows(source, history)))


def _masked(row: tuple[Any, ...]) -> tuple[Any, ...]:
    source, *values = row
    return (source, *(mask(value) if isinstance(value, str) else value for value in values))


def _rows(source: str, history: History) -> Iterator[tuple[Any, ...]]:
    period = (history.created_at, history.last_updated)
    for skill in history.skills:
        yield (
            *(source, "skill", skill.skill, "", skill.invocations, None, skill.succeeded, None),
            *(skill.iterations, skill.tokens, skill.duration_ms, None, *period),
        )
    for edit in history.edits:
        yield (
            *(source, "edit", edit.model, edit.format, edit.edits, edit.attempts, edit.successes),
            *(None, None, edit.tokens, edit.duration_ms, None, *period),
        )
    if history.rlm is not None:
        runs = history.rlm.parallel_runs + history.rlm.sequential_runs
        yield (
            *(source, "rlm", "", "", runs, history.rlm.chunks, None, None, None),
            *(history.rlm.tokens, None, None, *period),
        )
    for intent in history.intents:
        yield (
            *(source, "intent", intent.intent, "", intent.classified, None, intent.correct),
            *(intent.escalated, None, None, None, intent.confidence, *period),
        )
