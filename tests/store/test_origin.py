"""Stores that this user did not make: SQLite never opens them, whatever lies beside them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import StoreError
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports import get_skill_usage_stats
from tachikoma_telemetry.store import origin
from tachikoma_telemetry.store.store import open_store, read_store

from ..command_line import assert_refused, run
from ..live import database_of
from ..merging import contents, merge_project, rows

MAGIC = bytes.fromhex("d9d505f920a163d7")


@pytest.fixture
def store(project: Path) -> Path:
    """The project's store, with one event."""
    telemetry.intent("debug", confidence=0.5)
    merge_project(project)
    return store_path(project)


@pytest.fixture
def foreign(project: Path, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The project's store, as a clone brings it: a good one, made by another user."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    store.unlink()
    merge_project(project)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    merge_project(project, store=tmp_path / "makes-the-key.db")
    return store


def hot_journal(store: Path, victim: Path) -> None:
    """A journal beside `store` that names `victim`, which SQLite deletes when it plays that."""
    name = os.fsencode(victim)
    size = len(store.read_bytes()) // 4096
    head = struct.pack(">8sIIIII", MAGIC, 0, 1, size, 512, 4096).ljust(512, b"\0")
    checksum = sum(struct.unpack(f"{len(name)}b", name)) & 0xFFFFFFFF
    tail = struct.pack(">I", 0x40000000 // 4096 + 1) + name
    tail += struct.pack(">II", len(name), checksum) + MAGIC
    store.with_name(f"{store.name}-journal").write_bytes(head + tail)


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["ours", "another's"])
def test_a_journal_that_names_another_file(
    request: pytest.FixtureRequest, tmp_path: Path, whose: str
) -> None:
    """No command lets SQLite delete that file; one sentence says what is to be removed."""
    store: Path = request.getfixturevalue("store" if whose == "ours" else "foreign")
    victim = tmp_path / "precious"
    victim.write_text("precious")
    # Otherwise SQLite takes the log for the truth, and no journal.
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    hot_journal(store, victim)
    plain = tmp_path / "plain" / "unified.db"
    plain.parent.mkdir()
    for each in ("", "-journal"):
        shutil.copyfile(f"{store}{each}", f"{plain}{each}")

    before = store.read_bytes()
    for command in (["report"], ["report", "--no-merge"], ["merge"], ["merge", "--adopt"]):
        assert_refused(run(*command), "names another file", f"{store}-journal")
    assert "names another file" in run("doctor").stdout
    with pytest.raises(StoreError):
        get_skill_usage_stats()

    assert "precious" == victim.read_text()
    assert before == store.read_bytes()
    # It is no empty threat: SQLite by itself does delete it.
    with sqlite3.connect(plain) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    assert not victim.exists()


@pytest.mark.slow
def test_a_store_of_another_user_is_not_opened(foreign: Path) -> None:
    """It is not opened, neither to write nor to read; what to do is said, and does."""
    before = foreign.read_bytes()
    for command in (["report"], ["report", "--no-merge"], ["merge"]):
        assert_refused(run(*command), "was not made by you", "merge --adopt")
    assert before == foreign.read_bytes()

    assert 0 == run("merge", "--adopt").returncode
    assert 0 == run("report").returncode
    assert 0 == run("report", "--no-merge").returncode


def test_a_store_of_ours_after_a_pull(
    project: Path, store: Path, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the place of ours, with a log that holds ours, is not ours."""
    monkeypatch.setattr(origin, "_WAIT_SECONDS", 0)
    theirs = foreign.read_bytes()
    foreign.unlink()
    merge_project(project)
    writer = sqlite3.connect(foreign, isolation_level=None)
    writer.execute("UPDATE events SET time = time")
    log = Path(f"{foreign}-wal").read_bytes()
    writer.close()
    foreign.write_bytes(theirs)
    Path(f"{foreign}-wal").write_bytes(log)
    with pytest.raises(StoreError, match="was not made by you"):
        read_store(foreign)


def test_a_store_that_was_moved_or_copied_is_still_ours(
    project: Path, store: Path, tmp_path: Path
) -> None:
    """A folder that was moved, a copy of the file alone and a backup are still ours."""
    event = "SELECT event_id FROM events"
    before = rows(project, event)
    copy = tmp_path / "copy.db"
    shutil.copyfile(store, copy)
    read_store(copy).close()
    moved = tmp_path / "moved"
    project.rename(moved)
    merge_project(moved)
    assert before == rows(moved, event)
    moved.rename(project)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("there", [True, False], ids=["a store", "no store"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder"])
def test_what_is_no_regular_file_is_refused(
    project: Path, store: Path, tmp_path: Path, name: str, there: bool, kind: str
) -> None:
    """Neither the store nor what is beside it may be one; where it leads to, nothing changes."""
    victim = tmp_path / "precious"
    place = Path(f"{store}{name}")
    if not there or not name:
        for each in ("", "-wal", "-shm"):
            Path(f"{store}{each}").unlink(missing_ok=True)
    place.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        if kind == "link":
            victim.write_text("precious")
        place.symlink_to(victim)

    for command in (["report"], ["report", "--no-merge"]):
        assert_refused(run(*command), str(place), "remove it")
    assert ("precious" if kind == "link" else None) == (
        victim.read_text() if victim.exists() else None
    )


@pytest.mark.parametrize("place", ["/", "/dev/null"])
def test_a_store_named_by_mistake(project: Path, place: str) -> None:
    """Nobody is asked to remove the root, the project or a device."""
    answer = run("merge", "--store", place)
    assert_refused(answer, "is no regular file", "name another by --store")
    assert "remove" not in answer.stderr


@pytest.mark.parametrize("folder", [".opencode", ".opencode/telemetry"])
def test_a_linked_folder_leads_to_no_store(
    project: Path, store: Path, tmp_path: Path, folder: str
) -> None:
    """What a clone links to another project's folder leads to no store; by its own name it does."""
    clone = tmp_path / "clone"
    (clone / folder).parent.mkdir(parents=True)
    (clone / folder).symlink_to(project / folder)
    with pytest.raises(StoreError, match="is a link"):
        merge_project(clone)
    merge_project(clone, store=store)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_refused(
    project: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused; to root, files of the user who ran sudo are own ones."""
    os.chown(store, 4711, 4711)
    with pytest.raises(StoreError, match="belongs to another user"):
        read_store(store)
    monkeypatch.setenv("SUDO_UID", "4711")
    read_store(store).close()


def test_an_adopted_store_keeps_its_history(project: Path, foreign: Path, tmp_path: Path) -> None:
    """Nothing of it is lost or made twice."""
    before = contents(project, foreign)
    merge(MergeRequest(store=foreign, root=project, adopt=True))
    assert before == contents(project, foreign)
    merge_project(project)
    assert before == contents(project, foreign)


def test_a_store_with_a_trigger_is_not_adopted(project: Path, foreign: Path) -> None:
    """What acts by itself would act in every merge from then on."""
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TRIGGER t AFTER INSERT ON calls BEGIN DELETE FROM sessions; END")
    connection.close()
    assert_refused(run("merge", "--adopt"), "which no merge makes")


def test_a_mark_that_computes_for_ever_is_not_read(project: Path, foreign: Path) -> None:
    """The mark is read from a plain table only."""
    connection = sqlite3.connect(foreign)
    connection.execute("DROP TABLE origin")
    connection.execute(
        "CREATE VIEW origin AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT max(i) AS mark FROM n"
    )
    connection.close()
    with pytest.raises(StoreError, match="was not made by you"):
        read_store(foreign)


def test_another_programs_database_is_not_ours_to_delete(
    project: Path, store: Path, tmp_path: Path
) -> None:
    """No sentence says so of OpenCode's, which was named by mistake."""
    database = database_of(tmp_path / "opencode.db", project)
    for adopt in (False, True):
        with pytest.raises(StoreError, match="but not a store") as raised:
            open_store(database.path, foreign=adopt)
        assert "delete" not in str(raised.value)
    database.close()


def test_without_a_state_folder_a_merge_says_which_file_it_needs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge says which file it can't use, before it makes anything."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    telemetry.intent("debug", confidence=0.5)
    assert_refused(run("merge"), "/dev/null/state/tachikoma-telemetry/key", "XDG_STATE_HOME")
    assert not store_path(project).exists()


def test_the_key_is_private_and_stays(project: Path, store: Path) -> None:
    """It is for its owner only, and another merge makes no other one."""
    key = Path(os.environ["XDG_STATE_HOME"]) / "tachikoma-telemetry" / "key"
    before = key.read_bytes()
    merge_project(project, store=project / "other.db")
    assert before == key.read_bytes()
    assert 0o600 == key.stat().st_mode & 0o777


def test_damage_is_named_in_one_sentence(store: Path) -> None:
    """A file whose damage is no text in SQLite's own words is damaged, in one sentence."""
    content = store.read_bytes()
    assert b"CREATE TABLE sessions" in content
    store.write_bytes(content.replace(b"CREATE TABLE sessions", b"CREATE \xe7ABLE sessions"))
    with pytest.raises(StoreError, match="it is damaged"):
        read_store(store)


@pytest.mark.parametrize("share", [0.001, 0.5])
def test_of_a_damaged_store_it_is_said_what_to_do(store: Path, share: float) -> None:
    """As after a disk that was full or has failed: half of a file."""
    content = store.read_bytes()
    store.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(StoreError, match=r"is damaged .*move it away: the next merge makes a new"):
        read_store(store).execute("SELECT sum(length(body)) FROM events").fetchall()
