"""Databases in use, locked, read-only, gone, enormous: right, or refused; never changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.errors import DatabaseError, LockedError
from tachikoma_telemetry.opencode import database as opencode_database
from tests.scripted.history import History

from ..joining import fingerprint
from ..live import MERGE, database_of, python, tmpfs
from ..merging import contents, merge_project, rows
from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool
from ..unprivileged import folder_of_nobody

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


def _lying(path: Path, into: Path) -> Path:
    """A copy of a database with all that lies in its WAL, as a killed OpenCode leaves it."""
    into.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", into / f"{path.name}{suffix}")
    return into / path.name


@pytest.mark.slow
def test_a_writer_at_work(project: Path, tmp_path: Path) -> None:
    """Merges while another process writes each see a whole state; the last one sees everything."""
    database = database_of(tmp_path / "opencode.db", project, calls=0)
    writer = python(WRITER, database.path, 400)
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
    database = database_of(tmp_path / "opencode.db", project)
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


@pytest.mark.parametrize("shm", [True, False])
def test_a_folder_that_cannot_be_written(project: Path, tmp_path: Path, shm: bool) -> None:
    """With the -shm of a running OpenCode it is read; without, the merge says what to do."""
    database = database_of(tmp_path / "opencode.db", project)
    with tmpfs(tmp_path / "foreign", "4m") as remount:
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
        database = database_of(path, project)
        path.parent.chmod(0o500)
        assert 3 == merge_project(project, path, journals=[]).calls

        path.parent.chmod(0o700)
        lying = _lying(path, home / "copied")
        lying.parent.chmod(0o500)
        with pytest.raises(DatabaseError, match=r"copy the \.db and its -wal"):
            merge_project(project, lying, journals=[])
        database.close()


def test_an_exclusive_lock(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is held exclusively is an error, never an empty history."""
    monkeypatch.setattr(opencode_database, "_BUSY_SECONDS", 0.0)
    database = database_of(tmp_path / "opencode.db", project, wal=False)
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
    database = database_of(tmp_path / "opencode.db", project, wal=False)
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
    database = database_of(tmp_path / "opencode.db", project, wal=False)
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


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("table", ["message", "part"])
def test_a_row_of_40_mb_is_not_loaded(project: Path, tmp_path: Path, table: str) -> None:
    """A long row costs no memory, and is still known by its two ends."""
    database = database_of(tmp_path / "opencode.db", project, wal=False)
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


@pytest.mark.slow
def test_a_call_that_ends_with_40_mb(project: Path, tmp_path: Path) -> None:
    """A call that was short while it ran is read again, however long its output is; and the rest of
    a long row is known as that of a short one.
    """
    database = database_of(tmp_path / "opencode.db", project, calls=0, wal=False)
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


@pytest.mark.slow
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
    out, err = python(MEASURED, project, store, database).communicate()
    assert out, err
    return int(out.split()[-1])
