"""Reading the journals into the store, from where the last merge left off."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from ..errors import JournalError
from ..journal import spill
from ..journal.format import HEAD_OF_SCHEMA
from ..journal.read import JournalReader, journal_files
from ..project import JOURNAL_NAME, as_text
from .legacy import is_legacy_file, merge_legacy
from .load import Touched, load_events

_HEAD_BYTES = 4096


def merge_journal(
    store: sqlite3.Connection, path: Path, project: str | None, touched: Touched, now: int
) -> None:
    """Take in the events of the journal at `path` and of its rotated segments.

    Args:
        store: the unified store, in a transaction.
        path: the journal; its segments lie beside it.
        project: the root of the journal's project.
        touched: is told what is new.
        now: ms since the epoch.

    Raises:
        JournalError: when a file of it can't be read.

    """
    try:
        if spill.spilled(str(path)):
            spill.absorb(str(path))
    except OSError:
        pass  # a folder that is not ours to write: they are absorbed when its owner merges
    try:
        merge_legacy(store, path)
        for file in journal_files(path):
            if not file.is_file():  # a pipe would be waited for
                raise JournalError(f"can't read the journal {file}: it is no regular file")
            if file == path and is_legacy_file(path):
                continue  # the predecessor's: the first event sets it aside
            _merge_file(store, file, project, touched, now)
    except OSError as error:
        raise JournalError(f"can't read the journal {path}: {error.strerror or error}") from error


def _merge_file(
    store: sqlite3.Connection, file: Path, project: str | None, touched: Touched, now: int
) -> None:
    # A journal keeps its head and first event for life, under whatever name: rotation moves it.
    head = _head(file)
    row = store.execute(
        "SELECT source, state, malformed, dropped FROM merge_state WHERE kind = 'journal' "
        "AND json_extract(state, '$.head') = ?",
        (head,),
    ).fetchone()
    here = as_text(file)
    source, start, malformed, dropped = here, 0, 0, 0
    if row is not None:
        state = orjson.loads(row[1])
        if file.stat().st_size >= state["position"] and _ends_with(file, state):
            source, start, (malformed, dropped) = row[0], state["position"], row[2:]
        else:
            store.execute("DELETE FROM merge_state WHERE source = ?", (row[0],))
    reader = JournalReader(file, start)
    lost = load_events(store, _events(reader), project, here, touched)
    if not start and not reader.events and not head.startswith(HEAD_OF_SCHEMA.decode()):
        raise JournalError(
            f"{file} is not a journal of tachikoma-telemetry; nothing of it was read. The next "
            "recorded event, or `tachikoma-telemetry repair`, sets it aside and begins a new one"
        )
    state = {"head": head, "position": reader.position, "last": _last_bytes(file, reader.position)}
    if source != here:
        store.execute("DELETE FROM merge_state WHERE source = ?", (source,))
    store.execute(
        "INSERT OR REPLACE INTO merge_state (source, kind, state, malformed, dropped, merged) "
        "VALUES (?, 'journal', ?, ?, ?, ?)",
        (
            here,
            orjson.dumps(state).decode(),
            malformed + reader.malformed + lost.malformed,
            dropped + lost.dropped,
            now,
        ),
    )


def _events(reader: JournalReader) -> Iterator[dict[str, Any]]:
    for line in reader:
        yield line.event


def _head(file: Path) -> str:
    """What tells this journal file from every other: its first line and first event."""
    with file.open("rb") as opened:
        lines = opened.read(_HEAD_BYTES).split(b"\n")
    return b"\n".join(lines[:2]).decode("utf-8", "replace")[:600]


def _ends_with(file: Path, state: dict[str, Any]) -> bool:
    """Whether what was read the last time is still there: a prune or a repair may have moved it."""
    return bool(_last_bytes(file, state["position"]) == state["last"])


def _last_bytes(file: Path, position: int) -> str:
    with file.open("rb") as opened:
        opened.seek(max(0, position - 64))
        return opened.read(min(64, position)).decode("utf-8", "replace")


def journal_project(path: Path) -> str | None:
    """The root of the project that a journal named by hand belongs to, by its place."""
    folder = path.absolute().parent
    if (path.name, folder.name, folder.parent.name) == (JOURNAL_NAME, "telemetry", ".opencode"):
        return os.path.realpath(folder.parent.parent)
    return None
