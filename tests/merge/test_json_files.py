"""The JSON files of OpenCode before its database: what they give, and where they are found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import DatabaseError
from tachikoma_telemetry.merge.merge import Summary
from tachikoma_telemetry.opencode.locate import data_dir, find_databases
from tachikoma_telemetry.project import journal_path

from ..merging import merge_project, rows
from ..opencode_json import as_json, write
from ..opencode_rows import START, Rows
from .two_calls import two_calls


def test_json_files_give_what_the_database_gives(project: Path, tmp_path: Path) -> None:
    """The files from before 1.2 and the database that they were moved into are the same."""
    database = two_calls(tmp_path / "opencode.db", project)
    database.session("ses_fork", at=START + 60_000)
    copy = database.message("ses_fork", at=START + 1000 - 10, completed=START + 1100)
    database.call("ses_fork", "bash", "call_1", at=START + 1000, message=copy)
    folder = as_json(database, tmp_path / "storage")
    for table in ("message", "part"):  # when they were moved
        database.db.execute(f"UPDATE {table} SET time_updated = {START + 99_000}")

    from_files = merge_project(project, folder, store=tmp_path / "files")
    from_rows = merge_project(project, database.close(), store=tmp_path / "rows")
    both = merge_project(project, database.path, folder, store=tmp_path / "both")

    for summary in (from_files, from_rows, both):
        assert (2, 2, 1) == (summary.sessions, summary.calls, summary.copies)
    query = "SELECT call_key, outcome, started, model, copied FROM calls ORDER BY 1"
    assert rows(project, query, store=tmp_path / "files") == rows(
        project, query, store=tmp_path / "rows"
    )
    assert [str(database.path)] == rows(
        project, "SELECT DISTINCT source FROM calls", store=tmp_path / "both"
    )


def test_json_files_are_read_once(project: Path, tmp_path: Path) -> None:
    """A second merge reads the files that were added, and those of what had not ended."""
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a")
    message = database.message(session, at=START)
    running = database.call(
        session, "bash", "call_1", at=START, ms=None, status="running", message=message
    )
    folder = as_json(database, tmp_path / "storage")
    broken = write(folder / "part" / message / "prt_broken.json", "{")
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (1, 1))
    assert 1 == merge_project(project, folder).malformed
    write(broken, '{"type": "tool"')  # its folder's mtime stays: it is not looked at again

    path = folder / "part" / message / f"{running}.json"
    body = json.loads(path.read_text())
    body["state"] |= {"status": "completed", "metadata": {"exit": 0}}
    body["state"]["time"]["end"] = START + 7
    path.write_text(json.dumps(body))
    database.call(session, "read", "call_2", at=START + 900)
    as_json(database, tmp_path / "later")
    new = max((tmp_path / "later" / "message" / session).iterdir())
    new.rename(folder / "message" / session / new.name)
    (tmp_path / "later" / "part" / new.stem).rename(folder / "part" / new.stem)

    summary = merge_project(project, folder)

    assert (2, 1) == (summary.calls, summary.malformed)
    assert ["succeeded", "succeeded"] == rows(project, "SELECT outcome FROM calls")
    assert 0 == merge_project(project, folder).changed_sessions
    database.close()


def test_json_files_are_found_beside_the_databases(project: Path, tmp_path: Path) -> None:
    """The folder counts when it holds sessions; today's OpenCode keeps other things there."""
    folder = data_dir() / "storage"
    (folder / "session_diff").mkdir(parents=True)
    database = two_calls(data_dir() / "opencode.db", project)
    assert [database.path] == find_databases()

    as_json(database, folder)
    database.close()

    assert [database.path, folder] == find_databases()
    assert [folder] == find_databases([folder])


def test_a_folder_without_sessions_is_refused(project: Path, tmp_path: Path) -> None:
    """A folder that is no storage is named as such."""
    with pytest.raises(DatabaseError, match="is a folder"):
        merge_project(project, tmp_path)


def test_a_worktree_stands_for_the_directory(project: Path, tmp_path: Path) -> None:
    """Old sessions name no directory; their project's file does."""
    folder = tmp_path / "storage"
    session = {"id": "ses_a", "time": {"created": START, "updated": START}}
    write(folder / "session" / "abc" / "ses_a.json", session)
    write(folder / "project" / "abc.json", {"id": "abc", "worktree": str(project)})

    summary: Summary = merge_project(project, folder)

    assert 1 == summary.sessions
    assert [(str(project), "abc")] == rows(project, "SELECT directory, project_id FROM sessions")


def test_a_folder_whose_name_is_no_utf_8(project: Path, tmp_path: Path) -> None:
    """Other systems allow any bytes in a name: what lies there is merged like anything else."""
    folder = tmp_path / os.fsdecode(b"caf\xe9 \xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system knows UTF-8 only")
    database = two_calls(tmp_path / "plain.db", project).close().rename(folder / "opencode.db")
    telemetry.retry(reason="timeout", attempt=1)
    journal = journal_path(project).rename(folder / "metrics.json")

    for _ in range(2):
        summary = merge_project(folder, database, journals=[journal], all_projects=True)
    merge_project(folder, database, journals=[journal])

    assert (1, 2, 1) == (summary.sessions, summary.calls, summary.events)
    (source,) = rows(folder, "SELECT source FROM events")
    assert source.endswith("caf\\xe9 \\xff/metrics.json")
