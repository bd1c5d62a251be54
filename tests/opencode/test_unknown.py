"""Kinds of parts and states of 1.x that nobody has seen are counted by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.opencode import readers
from tachikoma_telemetry.opencode.source import open_source
from tachikoma_telemetry.opencode.watermark import UnfinishedRows

from ..merging import few_at_a_time
from ..opencode_json import as_json
from ..opencode_rows import START, Rows

_NOTHING = UnfinishedRows({}, {})
_KNOWN = ("text", "reasoning", "file", "step-start", "step-finish", "snapshot", "patch", "agent")


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Iterator[Rows]:
    """Every type of part that is known, and three that are not."""
    history = Rows(tmp_path / "opencode.db", project)
    session = history.session("ses_a")
    message = history.message(session, at=START)
    unknown = ("hologram", "step-sideways", "hologram")
    for kind in (*_KNOWN, "retry", "compaction", "subtask", *unknown):
        history.part(message, session, {"type": kind, "text": "x"}, at=START)
    history.part(message, session, {"text": "x", "type": "smell"}, at=START)
    history.call(session, "read", "c1", at=START, status="dreaming", ms=None)
    yield history
    history.close()


def _seen(path: Path, since: Any = None, *, processes: bool = False) -> tuple[dict[str, int], Any]:
    with open_source(path) as (storages, _):
        (storage,) = storages
        for _ in storage.sessions():
            pass
        for _ in storage.read(since, _NOTHING, processes=processes):
            pass
        return dict(storage.unknown), storage.mark()


def test_parts_and_states_that_are_unknown(database: Rows, tmp_path: Path) -> None:
    """In a database and in files alike; once each, however often it is read on."""
    known = {
        "part type hologram": 2,
        "part type step-sideways": 1,
        "part type smell": 1,
        "tool state dreaming": 1,
    }

    seen, mark = _seen(database.path)
    assert known == seen
    assert known == _seen(as_json(database, tmp_path / "storage"))[0]
    database.call("ses_a", "read", "c2", at=START + 9)
    assert {} == _seen(database.path, mark)[0]


def test_other_processes_count_them_too(database: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they have seen comes with the pieces that they read."""
    monkeypatch.setattr(readers, "ROWS_MIN", 1)
    monkeypatch.setattr(readers, "ROWS_OF_PIECE", 5)
    alone, _ = _seen(database.path)

    with few_at_a_time(5):
        assert alone == _seen(database.path, processes=True)[0]


def test_names_without_end(database: Rows) -> None:
    """A hundred names are kept, and those of the others are one."""
    database.db.execute("BEGIN")
    for number in range(300):
        database.part("msg_x", "ses_a", {"type": f"kind{number}"}, at=START)
    database.db.execute("COMMIT")

    seen, _ = _seen(database.path)

    assert 101 == len(seen)
    assert 300 + 5 == sum(seen.values())
