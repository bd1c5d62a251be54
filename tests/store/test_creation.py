"""A store that is not there yet is made beside its place, and put there whole."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import StoreError
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store import creation

from ..live import database_of
from ..merging import contents, few_at_a_time, merge_project, rows
from ..opencode_rows import START, Rows


@pytest.fixture
def database(project: Path, tmp_path: Path) -> Iterator[Rows]:
    """A database with a session of ours and one of another folder."""
    database = database_of(tmp_path / "opencode.db", project, calls=30)
    database.session("ses_other", directory="/elsewhere")
    for number in range(3):
        database.call("ses_other", "bash", f"other_{number}", at=START + number)
    yield database
    database.close()


def test_nothing_else_is_left(project: Path, database: Rows) -> None:
    """Neither the name it was made under nor a log of SQLite; and nobody else may read it."""
    merge_project(project, database.path)

    store = store_path(project)
    assert {store.name, ".gitignore"} == {*os.listdir(store.parent)}
    assert 0o600 == store.stat().st_mode & 0o777
    assert ["wal"] == rows(project, "PRAGMA journal_mode")
    for table in ("sessions", "messages", "calls"):
        assert ["ses_a"] == rows(project, f"SELECT DISTINCT session_id FROM {table}")


def _leave_a_log(former: Path, log: Path) -> None:
    """Write a log that SQLite would take for that of the database beside it: it is in order."""
    with closing(sqlite3.connect(former)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE strange (value)")
        connection.commit()
        shutil.copy(f"{former}-wal", log)


@pytest.mark.parametrize("why", ["no links", "no images", "a log without its store"])
def test_where_it_cannot_be_made_so(
    project: Path, tmp_path: Path, database: Rows, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """Then it is filled where it stands, with the same."""
    merge_project(project, database.path, store=tmp_path / "right.db")
    store = store_path(project)
    store.parent.mkdir(parents=True)
    if why == "no links":

        def refused(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refused)
    elif why == "no images":
        monkeypatch.setattr(creation, "HAS_IMAGES", False)
    else:
        _leave_a_log(tmp_path / "former.db", Path(f"{store}-wal"))

    merge_project(project, database.path)

    assert contents(project, tmp_path / "right.db") == contents(project)
    assert {store.name, ".gitignore"} == {*os.listdir(store.parent)} | {".gitignore"}


@pytest.mark.parametrize("rows_at_a_time", [1, 2000])
@pytest.mark.parametrize("images", [True, False])
def test_of_a_row_that_comes_twice_the_last_version_wins(
    project: Path,
    database: Rows,
    monkeypatch: pytest.MonkeyPatch,
    rows_at_a_time: int,
    images: bool,
) -> None:
    """In a table that lost its primary key: the version that was changed last wins."""
    database.db.execute("ALTER TABLE part RENAME TO whole")
    database.db.execute("CREATE TABLE part AS SELECT * FROM whole")
    for row, updated in ((1, START + 10**6), (2, START - 10**6)):
        database.db.execute(
            "INSERT INTO part SELECT id, message_id, session_id, time_created, ?, "
            "replace(data, 'bash', 'grep') FROM part WHERE rowid = ?",
            (updated, row),
        )
    monkeypatch.setattr(creation, "HAS_IMAGES", images)

    with few_at_a_time(rows_at_a_time):
        merge_project(project, database.path)

    assert ["grep", "bash"] == rows(
        project, "SELECT tool FROM calls WHERE call_id IN ('call_0', 'call_1') ORDER BY call_id"
    )


def test_what_another_merge_made_meanwhile_stays(
    project: Path, tmp_path: Path, database: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another merge put there meanwhile stays, and is brought up to date."""
    other = database_of(tmp_path / "other.db", project, calls=3)
    put = creation._put
    putting: list[Path] = []

    def put_second(made: Path, path: Path) -> bool:
        putting.append(path)
        monkeypatch.setattr(creation, "_put", put)
        merge_project(project, other.path, all_projects=True)
        return put(made, path)

    monkeypatch.setattr(creation, "_put", put_second)
    other.db.execute("UPDATE session SET id = 'ses_b'")
    other.db.execute("UPDATE part SET session_id = 'ses_b'")
    merge_project(project, database.path)

    assert [("ses_a", 30), ("ses_b", 3)] == rows(
        project, "SELECT session_id, count(*) FROM calls GROUP BY 1 ORDER BY 1"
    )
    assert [store_path(project)] == putting
    other.close()


@pytest.mark.parametrize("when", ["before there is a store", "after it was put there"])
def test_what_a_merge_that_was_killed_has_left(project: Path, database: Rows, when: str) -> None:
    """The next one removes it, whoever has its number now, and leaves alone what others make."""
    store = store_path(project)
    store.parent.mkdir(parents=True)
    if when == "after it was put there":
        merge_project(project, database.path)
    before = {*store.parent.iterdir()}
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getpid()):
        for suffix in ("", "-wal", "-link"):
            store.with_name(f"unified.db.{pid}-0123abcd.new{suffix}").touch()
    names = (f"{os.getppid()}-0123abcd.new", f"{ended.pid}-0123abcd.new.mine", "20251101.new")
    others = {store.with_name(f"unified.db.{name}") for name in names}
    for each in others:
        each.touch()

    merge_project(project, database.path)

    assert {store, *before, *others} == {*store.parent.iterdir()}


def test_a_merge_that_cannot_see_this_one(
    project: Path, tmp_path: Path, database: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another container it takes what this one makes for left over; nothing is lost by that."""
    merge_project(project, database.path, store=tmp_path / "right.db")
    put = creation._put

    def put_what_is_gone(made: Path, path: Path) -> bool:
        made.unlink()
        return put(made, path)

    monkeypatch.setattr(creation, "_put", put_what_is_gone)
    merge_project(project, database.path)

    assert contents(project, tmp_path / "right.db") == contents(project)


def test_threads_that_make_the_same_store(project: Path, tmp_path: Path, database: Rows) -> None:
    """One of them puts its store there, and the others bring it up to date."""
    merge_project(project, database.path, store=tmp_path / "right.db")

    with ThreadPoolExecutor(4) as threads:
        merges = [threads.submit(merge_project, project, database.path) for _ in range(4)]

    assert [30] * 4 == [each.result().calls for each in merges]
    assert contents(project, tmp_path / "right.db") == contents(project)
    assert {store_path(project).name, ".gitignore"} == {*os.listdir(store_path(project).parent)}


def test_a_folder_that_cannot_be_written(tmp_path: Path, project: Path, database: Rows) -> None:
    """The error is the one of a store that stands there."""
    (tmp_path / "file").touch()
    request = MergeRequest(
        store=tmp_path / "file" / "unified.db", root=project, databases=[database.path]
    )
    with pytest.raises(StoreError, match=r"can't write the store .*unified\.db: "):
        merge(request)
