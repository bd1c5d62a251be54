"""Stores that an earlier version wrote: brought along by a merge, never lost, never half done."""

from __future__ import annotations

import hashlib
import lzma
import sqlite3
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import StoreError
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store import migrate
from tachikoma_telemetry.store.origin import put_mark
from tachikoma_telemetry.store.store import APPLICATION_ID, VERSION, new_store
from tests.scripted import recordings
from tests.scripted.history import History

from ..command_line import assert_refused, run
from ..merging import contents, merge_project, rows

# A store as the first merge there ever was wrote it, of the recording of 1.14.41.
FIRST = Path(__file__).parents[1] / "data" / "store-1.sql.xz"
WAS_KEPT = {
    "sessions": "session_id, parent_id, directory, title, created, todos, source",
    "messages": "message_id, session_id, role, created, model, tokens_input, cost, copied",
    "calls": "call_key, session_id, call_id, tool, outcome, reason, started, skill, source",
    "events": "event_id, type, time, run_id, match, call_key, body, source",
}


@pytest.fixture
def old(project: Path) -> Path:
    """The project's store, written by the first version."""
    path = store_path(project)
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(lzma.decompress(FIRST.read_bytes()).decode())
    put_mark(connection)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def history(tmp_path: Path) -> History:
    """What that store was made from."""
    return recordings.unpack("1.14.41", tmp_path / "recording")


def _kept(store: Path) -> dict[str, list[object]]:
    query = "SELECT {} FROM {} ORDER BY 1"
    return {
        table: rows(store, query.format(columns, table), store=store)
        for table, columns in WAS_KEPT.items()
    }


def test_with_its_sources_it_is_a_new_store(project: Path, old: Path, history: History) -> None:
    """A merge of the same sources makes of the old store what it makes of none."""
    fresh = project / "fresh.db"
    for store in (old, fresh):
        merge_project(
            project, history.database, journals=[history.journal], store=store, all_projects=True
        )

    new, kept = contents(project, fresh), contents(project, old)
    # An event is never read again, and so keeps the name of the journal it came from.
    assert len(new.pop("events")) == len(kept.pop("events"))
    assert new == kept
    assert [VERSION] == rows(project, "PRAGMA user_version")
    assert [APPLICATION_ID] == rows(project, "PRAGMA application_id")


def test_without_its_sources_it_is_history(project: Path, old: Path, history: History) -> None:
    """What nobody can read again stays; the metrics are made anew from it, as this version does."""
    before, fresh = _kept(old), project / "fresh.db"
    merge_project(
        project, history.database, journals=[history.journal], store=fresh, all_projects=True
    )
    # A command was kept as a digest, which does not say what it ran.
    metrics = (
        "SELECT metric_id, skill, tool_calls, tokens_input FROM skill_metrics "
        "WHERE source = 'event' ORDER BY 1"
    )

    summary = merge_project(project, journals=[])

    assert before == _kept(old)
    assert (8, 77) == (summary.sessions, summary.events)
    assert rows(project, metrics, store=fresh) == rows(project, metrics)
    assert [("exact", 77)] == rows(project, "SELECT match, count(*) FROM events GROUP BY 1")
    shell = "SELECT call_key FROM calls WHERE shell = 1 ORDER BY 1"
    assert rows(project, shell, store=fresh) == rows(project, shell) != []
    assert 0 == merge_project(project, journals=[]).changed_sessions


def test_a_migration_that_fails_leaves_the_old_store(
    project: Path, old: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is part of the merge's transaction: with it, it happens or it does not."""
    before = contents_of(old)

    def breaks(store: sqlite3.Connection, table: str) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_copy", breaks)
        with pytest.raises(StoreError, match="full"):
            merge_project(project, journals=[])
    (project / "no.db").write_bytes(b"no database, and longer than the name of one")
    with pytest.raises(Exception, match="not a SQLite database"):
        merge_project(project, project / "no.db", journals=[])

    assert before == contents_of(old)


def contents_of(store: Path) -> str:
    """All of a store, whatever its layout."""
    connection = sqlite3.connect(store)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()
        return "\n".join((*connection.iterdump(), str(version)))
    finally:
        connection.close()


@pytest.mark.slow
def test_a_report_brings_the_store_up_to_date(project: Path, old: Path) -> None:
    """`report` brings the store along; `--no-merge` says what to do, and changes nothing."""
    before = contents_of(old)
    assert_refused(run("report", "--no-merge"), "earlier version; run `tachikoma-telemetry merge`")
    assert_refused(run("prune", "--older-than", "1d", "--store"), "earlier version")
    assert before == contents_of(old)

    assert 0 == run("report", "--quiet").returncode
    assert 0 == run("report", "--no-merge").returncode


@pytest.mark.slow
def test_a_store_of_a_later_version(project: Path, old: Path) -> None:
    """A store that a later version wrote is refused in one line, and left as it is."""
    store = sqlite3.connect(old)
    store.execute(f"PRAGMA user_version = {VERSION + 1}")
    store.close()
    before = contents_of(old)

    for command in (("merge", "--db", old), ("report", "--quiet"), ("report", "--no-merge")):
        assert_refused(run(*command), "later tachikoma-telemetry")
    assert before == contents_of(old)


def test_a_layout_has_its_version() -> None:
    """Whoever changes schema.sql raises VERSION, writes the layout's digest here, and sees to it
    that `migrate` brings what the version before knew.
    """
    store = new_store()
    tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    layout = {
        name: [row[1:] for row in store.execute(f"PRAGMA table_info({name})")]
        for (name,) in tables.fetchall()
    }
    digest = hashlib.sha256(repr(layout).encode()).hexdigest()[:16]
    assert (7, "7c4de6c62aa69ed0") == (VERSION, digest)
