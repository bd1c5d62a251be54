"""A merge that is killed, not alone, or without room: the old store or the new one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import DatabaseError, StoreError
from tachikoma_telemetry.project import journal_path, store_path

from ..live import MERGE, database_of, python, tmpfs
from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows


@pytest.fixture
def busy(project: Path, tmp_path: Path) -> Iterator[Rows]:
    """A database that takes a moment to merge."""
    database = database_of(tmp_path / "opencode.db", project, calls=3000, wal=False)
    yield database
    database.close()


@pytest.mark.slow
def test_a_merge_that_is_killed(project: Path, tmp_path: Path, busy: Rows) -> None:
    """Killed at any moment a first one leaves no store or all of it; the next merge tidies up."""
    store, right = tmp_path / "killed" / "unified.db", tmp_path / "right.db"
    merge_project(project, busy.path, store=right)
    began = time.monotonic()
    merge_project(project, busy.path, store=tmp_path / "timed.db")
    takes = time.monotonic() - began
    left = set()
    for number in range(24):
        process = python(
            MERGE.replace("root, store", "print('up', flush=True)\nroot, store", 1),
            project,
            store,
            busy.path,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(takes * 1.4 * number / 24)
        process.kill()
        process.communicate()
        left.add(_calls_in(project, store))
        if 3000 in left:
            shutil.rmtree(store.parent)
    assert left <= {None, 3000}
    assert len(left) > 1

    for _ in range(2):
        merge_project(project, busy.path, store=store)
    assert contents(project, right) == contents(project, store)
    assert {store.name, ".gitignore"} == {*os.listdir(store.parent)}


# Merges in a child that kills itself before the statement of this number; prints what is left.
KILLED_AT = """
import os, shutil, signal, sqlite3, sys
from itertools import count
from pathlib import Path
from tachikoma_telemetry.merge import merge as merging
from tests.merging import contents, merge_project
root, store, database, journal, before = map(Path, sys.argv[1:6])
open_store = merging.open_store

def opened(*arguments, **options):
    connection = open_store(*arguments, **options)
    numbers = count(1)
    def before_each(statement):
        if next(numbers) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
    connection.set_trace_callback(before_each)
    return connection

def restore():
    shutil.rmtree(store.parent)
    shutil.copytree(before, store.parent)

old = contents(root, store)
merge_project(root, database, journals=[journal], store=store)
new = contents(root, store)
merging.open_store = opened
for fatal in count(1):
    restore()
    child = os.fork()
    if not child:
        merge_project(root, database, journals=[journal], store=store)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    left = contents(root, store)
    print("old" if left == old else "new" if left == new else "broken", flush=True)
print("new" if contents(root, store) == new else "broken")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_merge_that_is_killed_at_any_statement(project: Path, tmp_path: Path) -> None:
    """Before every single one up to COMMIT, the store is the old one; after it, the new one."""
    database = database_of(tmp_path / "opencode.db", project, wal=False)
    database.user("ses_a", at=START + 90)
    journal = journal_path(project)
    telemetry.record("intent", {"intent": "debug"}, time=START + 100)
    store = tmp_path / "store" / "unified.db"
    merge_project(project, database.path, journals=[journal], store=store)
    shutil.copytree(store.parent, tmp_path / "before")
    given = {"name": "code-agent"}
    database.call("ses_a", "skill", "call_s", at=START + 1000, given=given, output="Do it.")
    for number in (1, 2):
        at, given = START + 2000 * number, {"filePath": "/a"}
        database.call("ses_a", "edit", f"e{number}", at=at, given=given)
        envelope = {"session_id": "ses_a", "call_id": f"e{number}"}
        telemetry.record("retry", {"attempt": number}, envelope=envelope, time=START + 2010)

    process = python(KILLED_AT, project, store, database.path, journal, tmp_path / "before")
    out, err = process.communicate()

    left = out.split()
    assert "" == err
    assert len(left) > 60
    # One statement comes after it: the one that turns on the write-ahead log.
    assert ["new", "new"] == left[-2:]
    assert {"old"} == set(left[:-2])
    database.close()


def _calls_in(project: Path, store: Path) -> int | None:
    """How many calls a store holds; None when there is none."""
    if not store.exists():
        return None
    return int(rows(project, "SELECT count(*) FROM calls", store=store)[0])


@pytest.mark.slow
def test_merges_at_once_end_well(project: Path, tmp_path: Path, busy: Rows) -> None:
    """They all end well, one after the other, and the store is that of one."""
    store, right = tmp_path / "store" / "unified.db", tmp_path / "right.db"
    merge_project(project, busy.path, store=right)

    all_of_them = [python(MERGE, project, store, busy.path) for _ in range(4)]

    for process in all_of_them:
        out, err = process.communicate()
        assert "3000\n" == out, err
    assert contents(project, right) == contents(project, store)


@pytest.mark.slow
def test_a_store_that_another_merge_is_making(project: Path, tmp_path: Path) -> None:
    """The second of two first merges waits for the other, at whatever step that one is."""
    database = database_of(tmp_path / "opencode.db", project)
    store = tmp_path / "unified.db"
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    process = python(MERGE, project, store, database.path)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    other.execute("COMMIT")
    other.close()

    assert ("3\n", "") == process.communicate()
    database.close()


@pytest.mark.slow
def test_a_full_disk_leaves_the_store_as_it_was(project: Path, tmp_path: Path, busy: Rows) -> None:
    """It is said in one sentence, and the store is as it was; with room again, all is there."""
    store, few = tmp_path / "small" / "unified.db", database_of(tmp_path / "few.db", project)
    with tmpfs(store.parent, "700k") as remount:
        merge_project(project, few.path, store=store)
        before = contents(project, store)

        with pytest.raises(StoreError, match=r"can't write the store .* full"):
            merge_project(project, busy.path, store=store)
        assert before == contents(project, store)

        remount("size=64m")
        assert 3003 == merge_project(project, busy.path, store=store).calls
    few.close()


BROKEN_OFF = """
import sys
from pathlib import Path
from tachikoma_telemetry.merge.facts.load import Loader
from tests.merging import few_at_a_time, merge_project
root, store, database = map(Path, sys.argv[1:4])

def interrupted(*_, **__):
    raise KeyboardInterrupt

setattr(Loader, sys.argv[4], interrupted)
with few_at_a_time(9):
    try:
        merge_project(root, database, store=store, journals=[])
    except KeyboardInterrupt:
        print("broken off")
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["messages", "calls"])
def test_a_merge_that_is_broken_off(project: Path, tmp_path: Path, busy: Rows, where: str) -> None:
    """By Ctrl-C, in the middle of reading: nothing is left behind, and nothing else is said."""
    store = tmp_path / "store" / "unified.db"

    process = python(BROKEN_OFF, project, store, busy.path, where)

    assert ("broken off\n", "") == process.communicate()
    assert [".gitignore"] == os.listdir(store.parent)


LIMITED = f"""
import resource, sys
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), hard))
{MERGE}"""


@pytest.mark.slow
@pytest.mark.parametrize("bytes_left", [0, 5_000, 60_000, 300_000])
def test_wherever_room_ends_the_old_store_stays(
    project: Path, tmp_path: Path, busy: Rows, bytes_left: int
) -> None:
    """Wherever writing has to stop, the old store stays; nobody has to be root to see it."""
    pytest.importorskip("resource")
    store, few = tmp_path / "store" / "unified.db", database_of(tmp_path / "few.db", project)
    merge_project(project, few.close(), store=store)
    before = contents(project, store)

    _, err = python(LIMITED, bytes_left, project, store, busy.path).communicate()

    assert "StoreError: can't" in err.splitlines()[-1]
    assert before == contents(project, store)
    assert 3003 == merge_project(project, busy.path, store=store).calls


@pytest.mark.parametrize("table", ["sessions", "messages", "calls", "events", "merge_state"])
def test_a_store_that_takes_no_more(project: Path, tmp_path: Path, table: str) -> None:
    """When it is the store that fails, the store is named, and not the database being read."""
    database = database_of(tmp_path / "opencode.db", project)
    merge_project(project, database.path)
    database.call("ses_a", "bash", "call_new", at=START + 5000)
    database.session("ses_b")
    telemetry.retry(reason="timeout")
    before = contents(project)
    store = sqlite3.connect(store_path(project))
    store.execute(
        f"CREATE TRIGGER fault BEFORE INSERT ON {table} "
        "BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END"
    )
    store.close()

    with pytest.raises(StoreError, match=r"can't write the store .* full"):
        merge_project(project, database.path)

    assert before == contents(project)
    database.close()


def test_a_database_that_fails_while_it_is_read(project: Path, tmp_path: Path) -> None:
    """When it is the database that fails, in the middle, it is named, and not the store."""
    database = database_of(tmp_path / "opencode.db", project, calls=2000, wal=False)
    (page,) = database.db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'part'"
    ).fetchone()
    path = database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 12)
        file.write(b"\xff" * 400)

    with pytest.raises(DatabaseError, match=r"opencode\.db is damaged"):
        merge_project(project, path)

    assert [".gitignore"] == os.listdir(store_path(project).parent)
