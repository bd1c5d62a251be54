"""The recorded runs: that each is whole, small, and tells nothing of the machine it was made on."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.scripted import recordings, versions
from tests.scripted.history import History
from tests.scripted.record import private
from tests.scripted.tool_parts import tool_parts

MOST_BYTES = 300_000


@pytest.fixture(params=versions.VERSIONS)
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    """Each recording, unpacked."""
    return recordings.unpack(request.param, tmp_path)


def test_it_holds_the_calls_that_its_manifest_tells_of(recorded: History) -> None:
    """The database has each call of the scenario with its outcome, copies of the fork aside."""
    expected = Counter(
        (recorded.expected.sessions[call.session], call.call_id, call.outcome)
        for call in recorded.expected.calls
    )
    found = Counter(
        (part.session_id, part.call_id, part.outcome)
        for part in tool_parts(recorded.database)
        if not part.copy
    )
    assert expected == found


def test_its_journal_is_of_the_same_run(recorded: History) -> None:
    """The events come from the processes of that run, as many as were declared."""
    events = json.loads(recorded.journal.read_text())["events"]
    assert {one.pid for one in recorded.expected.processes} == {event["pid"] for event in events}
    assert sum(len(call.events) for call in recorded.expected.calls) == len(events)


def test_its_sessions_lie_in_the_neutral_folder(recorded: History) -> None:
    """The project is the same for all recordings, and need not exist."""
    with sqlite3.connect(f"{recorded.database.as_uri()}?mode=ro", uri=True) as connection:
        found = {row[0] for row in connection.execute("select directory from session")}
    connection.close()
    assert {str(recordings.PROJECT)} == found == {str(recorded.project)}


def test_most_of_it_is_in_the_wal(recorded: History) -> None:
    """As OpenCode left it: who copies the database without its WAL loses calls."""
    whole = recorded.database
    alone = whole.with_name("alone.db")
    alone.write_bytes(whole.read_bytes())
    assert parts_in(alone) < parts_in(whole)


def parts_in(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        [(count,)] = connection.execute("select count(*) from part")
    except sqlite3.OperationalError:  # not even the tables were in the main file
        count = 0
    finally:
        connection.close()
    return int(count)


def test_it_tells_nothing_of_the_machine(recorded: History) -> None:
    """No path but the neutral folder's, no user, no host: free pages and WAL included."""
    for path in recorded.database.parent.iterdir():
        if path.name != "month.json":  # the demo's month, which is made up
            assert [] == private(path.read_bytes()), path.name
    manifest = recordings.folder_of(recorded.version) / recordings.MANIFEST
    assert [] == private(manifest.read_bytes())


def test_it_is_small(recorded: History) -> None:
    """A recording is committed, so it must not weigh."""
    folder = recordings.folder_of(recorded.version)
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES
