"""Databases in use, locked, read-only, gone, enormous: right, or refused; never changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import DatabaseError, LockedError, StoreError
from tachikoma_telemetry.project import journal_path, store_path
from tests.opencode.history import History

from .joining import fingerprint
from .merging import contents, merge_project, rows
from .opencode_rows import START, Rows
from .opencode_v2_rows import V2Rows, tool
from .unprivileged import folder_of_nobody

# A writer as OpenCode is one: it adds a message and its call at a time, and never checkpoints.
WRITER = """
import sys, time
from tests.opencode_rows import START, Rows
import sqlite3
database = Rows.__new__(Rows)
database.path, database.directory, database._prefix, database._number = None, "", "w", 0
database.db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.db.execute("PRAGMA wal_autocheckpoint = 50")
for number in range(int(sys.argv[2])):
    database.db.execute("BEGIN IMMEDIATE")
    database.call("ses_a", "bash", f"call_{number}", at=START + number * 10)
    database.db.execute("COMMIT")
    print(number, flush=True)
    time.sleep(0.001)
"""

# A merge in a process of its own: root, store, database.
MERGE = """
import sys
from pathlib import Path
from tests.merging import merge_project
root, store, database = map(Path, sys.argv[1:4])
print(merge_project(root, database, store=store, journals=[]).calls)
"""


def _python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _database(path: Path, project: Path, calls: int = 3, *, wal: bool = True) -> Rows:
    if wal:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    database = Rows(path, project)
    database.session("ses_a")
    database.db.execute("BEGIN")
    for number in range(calls):
        database.call("ses_a", "bash", f"call_{number}", at=START + 100 + number * 10)
    database.db.execute("COMMIT")
    return database


def _lying(path: Path, into: Path) -> Path:
    """A copy of a database with all that lies in its WAL, as a killed OpenCode leaves it."""
    into.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", into / f"{path.name}{suffix}")
    return into / path.name


def test_a_writer_at_work(project: Path, tmp_path: Path) -> None:
    """Merges while another process writes each see a whole state; the last one sees everything."""
    database = _database(tmp_path / "opencode.db", project, calls=0)
    writer = _python(WRITER, database.path, 400)
    assert writer.stdout is not None
    writer.stdout.readline()
    seen = []
    while writer.poll() is None:
        seen.append(merge_project(project, database.path).calls)
        messages, calls = rows(
            project, "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM calls)"
        )[0]
        assert messages == calls  # they are written together
    writer.communicate()

    assert 0 == writer.returncode
    assert 400 == merge_project(project, database.path).calls
    assert seen == sorted(seen)
    fresh = tmp_path / "fresh.db"
    merge_project(project, database.path, store=fresh)
    assert contents(project, fresh) == contents(project)
    database.close()


def test_everything_is_in_the_wal(project: Path, tmp_path: Path) -> None:
    """Rows that only the WAL holds are read, and neither file is changed."""
    database = _database(tmp_path / "opencode.db", project)
    path = _lying(database.path, tmp_path / "killed")
    assert path.stat().st_size < 10_000
    before = fingerprint(_history(path))

    assert 3 == merge_project(project, path).calls
    merge_project(project, path)

    assert before == fingerprint(_history(path))
    assert {path.name, f"{path.name}-wal", f"{path.name}-shm"} >= {
        file.name for file in path.parent.iterdir()
    }
    database.close()


def _history(path: Path) -> History:
    return History("", path, path, path.parent, None)  # type: ignore[arg-type]


@contextmanager
def _tmpfs(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A small file system of its own on `folder`, whose options can be changed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs to mount a tmpfs, which only root may")
    try:

        def remount(options: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)

        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("shm", [True, False])
def test_a_folder_that_cannot_be_written(project: Path, tmp_path: Path, shm: bool) -> None:
    """With the -shm of a running OpenCode it is read; without, the merge says what to do."""
    database = _database(tmp_path / "opencode.db", project)
    with _tmpfs(tmp_path / "foreign", "4m") as remount:
        path = tmp_path / "foreign" / database.path.name
        for suffix in ("", "-wal", "-shm") if shm else ("", "-wal"):
            shutil.copyfile(f"{database.path}{suffix}", f"{path}{suffix}")
        remount("ro")
        if shm:
            assert 3 == merge_project(project, path).calls
        else:
            with pytest.raises(DatabaseError, match=r"copy the \.db and its -wal"):
                merge_project(project, path)
    database.close()


def test_a_folder_of_somebody_else() -> None:
    """Without the right to make the -shm the merge says what to do; with a -shm it just reads."""
    with folder_of_nobody() as home:
        project, path = home / "project", home / "foreign" / "opencode.db"
        for folder in (project / ".opencode", path.parent):
            folder.mkdir(parents=True)
        database = _database(path, project)
        path.parent.chmod(0o500)
        assert 3 == merge_project(project, path, journals=[]).calls

        path.parent.chmod(0o700)
        lying = _lying(path, home / "copied")
        lying.parent.chmod(0o500)
        with pytest.raises(DatabaseError, match=r"copy the \.db and its -wal"):
            merge_project(project, lying, journals=[])
        database.close()


def test_an_exclusive_lock(project: Path, tmp_path: Path) -> None:
    """A database that is held exclusively is an error, never an empty history."""
    database = _database(tmp_path / "opencode.db", project, wal=False)
    merge_project(project, database.path)
    before = contents(project)
    database.db.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(LockedError, match="locked by another process"):
            merge_project(project, database.path)
    finally:
        database.db.execute("ROLLBACK")
    assert before == contents(project)
    database.close()


def test_a_database_that_was_deleted(project: Path, tmp_path: Path) -> None:
    """People delete it to get their disk back: what was merged stays, and the new one is added."""
    database = _database(tmp_path / "opencode.db", project, wal=False)
    assert 3 == merge_project(project, database.close()).calls
    database.path.unlink()
    replaced = Rows(tmp_path / "opencode.db", project)
    session = replaced.session("ses_new", at=START + 99)
    # As many rows as before: the mark's rowid is taken, by another row.
    for number in range(3):
        message = replaced.message(session, at=START + 100, message_id=f"msg_new{number}")
        call = f"call_new{number}"
        replaced.call(
            session, "read", call, at=START + 100, message=message, part_id=f"prt_new{number}"
        )

    summary = merge_project(project, replaced.close())

    assert (2, 6) == (summary.sessions, summary.calls)


def test_the_event_table_is_not_read(project: Path, tmp_path: Path) -> None:
    """What takes most of the file is never touched: it could as well be damaged."""
    database = _database(tmp_path / "opencode.db", project, wal=False)
    database.db.execute("CREATE TABLE event (id text PRIMARY KEY, data text)")
    database.db.execute("INSERT INTO event VALUES ('x', ?)", ("y" * 100_000,))
    (page,) = database.db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'event'"
    ).fetchone()
    path = database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)

    assert 3 == merge_project(project, path).calls


MEASURED = f"""{MERGE}
# Not ru_maxrss: a process inherits that of the one which started it.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("table", ["message", "part"])
def test_a_row_of_40_mb_is_not_loaded(project: Path, tmp_path: Path, table: str) -> None:
    """A long row costs no memory, and is still known by its two ends."""
    database = _database(tmp_path / "opencode.db", project, wal=False)
    plain = _rss(project, tmp_path, database.path)
    if table == "message":
        database.message("ses_a", at=START + 500, message_id="msg_long", summary="x" * 40_000_000)
    else:
        database.call("ses_a", "bash", "long", at=START + 500, output="x" * 40_000_000)

    heavy = _rss(project, tmp_path, database.close())

    assert heavy - plain < 15_000_000
    assert [4 if table == "part" else 3] == rows(project, "SELECT count(*) FROM calls")
    assert [4] == rows(project, "SELECT count(*) FROM messages")
    if table == "message":
        found = rows(project, "SELECT model, created FROM messages WHERE message_id = 'msg_long'")
        assert [("zai/glm-4.7", START + 500)] == found
    else:
        assert [("long", "bash", "succeeded")] == rows(
            project, "SELECT call_id, tool, outcome FROM calls WHERE started = ?", START + 500
        )


def test_a_call_that_ends_with_40_mb(project: Path, tmp_path: Path) -> None:
    """A call that was short while it ran is read again, however long its output is; and the rest of
    a long row is known as that of a short one.
    """
    database = _database(tmp_path / "opencode.db", project, calls=0, wal=False)
    message = database.message("ses_a", at=START)
    given = {"filePath": "/a"}
    running: dict[str, Any] = {"at": START + 100, "message": message, "given": given}
    database.call("ses_a", "edit", "long", ms=None, status="running", part_id="prt_long", **running)
    database.call("ses_a", "edit", "short", **running)
    database.db.execute("UPDATE message SET data = json_remove(data, '$.time.completed')")
    merge_project(project, database.path)
    assert {"running", "succeeded"} == set(rows(project, "SELECT outcome FROM calls"))

    for table, changes in (
        ("part", {"$.state.status": "completed", "$.state.output": "x" * 40_000_000}),
        ("part", {"$.state.time.end": START + 200}),
        ("message", {"$.time.completed": START + 300, "$.error.data": "x" * 2_000_000}),
    ):
        for path, value in changes.items():
            database.db.execute(
                f"UPDATE {table} SET data = json_set(data, ?, ?), time_updated = ? "
                "WHERE id LIKE 'msg%' OR id = 'prt_long'",
                (path, value, START + 300),
            )
    merge_project(project, database.close())

    long, short = rows(
        project, "SELECT outcome, duration_ms, file_digest FROM calls ORDER BY call_id"
    )
    assert ("succeeded", 100) == long[:2]
    assert long == short
    assert [(START + 300, 100, 10)] == rows(
        project, "SELECT completed, tokens_input, tokens_output FROM messages"
    )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_message_of_opencode_2_of_40_mb(project: Path, tmp_path: Path) -> None:
    """Its calls are known as those of a short one, and cost no memory."""
    long = V2Rows(tmp_path / "long.db", project)
    short = V2Rows(tmp_path / "short.db", project)
    for database, size in ((short, 10), (long, 40_000_000)):
        session = database.session("ses_a")
        calls = [
            tool("bash", "c1", at=START + 10, structured={"exit": 3}, output="x" * size),
            tool("skill", "c2", at=START + 20, given={"name": "code-agent"}, output="Do."),
            tool("edit", "c3", at=START + 30, given={"path": "/a"}, error="y" * size),
            tool("read", "c4", at=START + 40, status="running", ms=None),
        ]
        message = database.message(session, "assistant", *calls, at=START, message_id="msg_a")
        merge_project(project, database.path, store=tmp_path / f"{database.path.stem}.out")
        calls[-1] = tool("read", "c4", at=START + 40, output="z" * size)
        database.change(message, *calls, at=START + 99, completed=True)
        database.close()

    plain = _rss(project, tmp_path, short.path, tmp_path / "short.out")
    heavy = _rss(project, tmp_path, long.path, tmp_path / "long.out")

    assert heavy - plain < 15_000_000
    found = [contents(project, tmp_path / f"{each}.out") for each in ("short", "long")]
    assert 4 == len(found[0]["calls"])
    unsourced = [json.dumps(each).replace("long.db", "short.db") for each in found]
    assert unsourced[0] == unsourced[1]


def _rss(project: Path, tmp_path: Path, database: Path, store: Path | None = None) -> int:
    store = store or project / ".opencode" / "telemetry" / "unified.db"
    out, err = _python(MEASURED, project, store, database).communicate()
    assert out, err
    return int(out.split()[-1])


@pytest.fixture
def busy(project: Path, tmp_path: Path) -> Iterator[Rows]:
    """A database that takes a moment to merge."""
    database = _database(tmp_path / "opencode.db", project, calls=3000, wal=False)
    yield database
    database.close()


def test_a_merge_that_is_killed(project: Path, tmp_path: Path, busy: Rows) -> None:
    """Killed at any moment it leaves the old store or the new, and the next merge completes it."""
    store, right = tmp_path / "killed" / "unified.db", tmp_path / "right.db"
    merge_project(project, busy.path, store=right)
    began = time.monotonic()
    merge_project(project, busy.path, store=tmp_path / "timed.db")
    takes = time.monotonic() - began
    left = set()
    for number in range(24):
        process = _python(
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
    assert left <= {None, 0, 3000}
    assert len(left) > 1

    for _ in range(2):
        merge_project(project, busy.path, store=store)
    assert contents(project, right) == contents(project, store)


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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_merge_that_is_killed_at_any_statement(project: Path, tmp_path: Path) -> None:
    """Before every single one up to COMMIT, the store is the old one; after it, the new one."""
    database = _database(tmp_path / "opencode.db", project, wal=False)
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

    process = _python(KILLED_AT, project, store, database.path, journal, tmp_path / "before")
    out, err = process.communicate()

    left = out.split()
    assert "" == err
    assert len(left) > 60
    # One statement comes after it: the one that turns on the write-ahead log.
    assert ["new", "new"] == left[-2:]
    assert {"old"} == set(left[:-2])
    database.close()


def _calls_in(project: Path, store: Path) -> int | None:
    """How many calls a store holds; None when it has no tables yet."""
    try:
        return int(rows(project, "SELECT count(*) FROM calls", store=store)[0])
    except sqlite3.OperationalError:
        return None


def test_merges_at_once(project: Path, tmp_path: Path, busy: Rows) -> None:
    """They all end well, one after the other, and the store is that of one."""
    store, right = tmp_path / "store" / "unified.db", tmp_path / "right.db"
    merge_project(project, busy.path, store=right)

    all_of_them = [_python(MERGE, project, store, busy.path) for _ in range(4)]

    for process in all_of_them:
        out, err = process.communicate()
        assert "3000\n" == out, err
    assert contents(project, right) == contents(project, store)


def test_a_store_that_another_merge_is_making(project: Path, tmp_path: Path) -> None:
    """The second of two first merges waits for the other, at whatever step that one is."""
    database = _database(tmp_path / "opencode.db", project)
    store = tmp_path / "unified.db"
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    process = _python(MERGE, project, store, database.path)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    other.execute("COMMIT")
    other.close()

    assert ("3\n", "") == process.communicate()
    database.close()


def test_a_full_disk(project: Path, tmp_path: Path, busy: Rows) -> None:
    """It is said in one sentence, and the store is as it was; with room again, all is there."""
    store, few = tmp_path / "small" / "unified.db", _database(tmp_path / "few.db", project)
    with _tmpfs(store.parent, "700k") as remount:
        merge_project(project, few.path, store=store)
        before = contents(project, store)

        with pytest.raises(StoreError, match=r"can't write the store .* full"):
            merge_project(project, busy.path, store=store)
        assert before == contents(project, store)

        remount("size=64m")
        assert 3003 == merge_project(project, busy.path, store=store).calls
    few.close()


LIMITED = f"""
import resource, sys
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), hard))
{MERGE}"""


@pytest.mark.parametrize("bytes_left", [0, 5_000, 60_000, 300_000])
def test_no_room_for_the_store(project: Path, tmp_path: Path, busy: Rows, bytes_left: int) -> None:
    """Wherever writing has to stop, the old store stays; nobody has to be root to see it."""
    pytest.importorskip("resource")
    store, few = tmp_path / "store" / "unified.db", _database(tmp_path / "few.db", project)
    merge_project(project, few.close(), store=store)
    before = contents(project, store)

    _, err = _python(LIMITED, bytes_left, project, store, busy.path).communicate()

    assert "StoreError: can't" in err.splitlines()[-1]
    assert before == contents(project, store)
    assert 3003 == merge_project(project, busy.path, store=store).calls


@pytest.mark.parametrize("table", ["sessions", "messages", "calls", "events", "merge_state"])
def test_a_store_that_takes_no_more(project: Path, tmp_path: Path, table: str) -> None:
    """When it is the store that fails, the store is named, and not the database being read."""
    database = _database(tmp_path / "opencode.db", project)
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
    database = _database(tmp_path / "opencode.db", project, calls=2000, wal=False)
    (page,) = database.db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'part'"
    ).fetchone()
    path = database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 12)
        file.write(b"\xff" * 400)

    with pytest.raises(DatabaseError, match=r"opencode\.db is damaged"):
        merge_project(project, path)

    assert [0] == rows(project, "SELECT count(*) FROM messages")
