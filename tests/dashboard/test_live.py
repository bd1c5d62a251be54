"""The dashboard follows real sources: what is new appears, and what is wrong is said."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.cli import dashboard_command
from tachikoma_telemetry.cli.merge_options import MergeOptions
from tachikoma_telemetry.dashboard.application import Dashboard
from tachikoma_telemetry.dashboard.board_origin import MergeResult, Origin
from tachikoma_telemetry.dashboard.follower import Follower
from tachikoma_telemetry.errors import MergeStop
from tachikoma_telemetry.project import journal_path
from tests.opencode_rows import Rows

from .board import run, screen, settled, until

pytestmark = pytest.mark.slow


@pytest.fixture
def database(tmp_path: Path, project: Path) -> Rows:
    """OpenCode's, with a session that began a minute ago."""
    rows = Rows(tmp_path / "opencode.db", project)
    rows.db.execute("PRAGMA journal_mode = WAL")
    at = time.time_ns() // 1_000_000 - 60_000
    rows.session("ses_a", at=at, title="Fix the login test")
    rows.call("ses_a", "read", "call_1", at=at + 100)
    return rows


def origin(project: Path, database: Rows) -> Origin:
    """What the command gives the dashboard."""
    return dashboard_command._origin(MergeOptions(db=[database.path], project=project))


def remove(database: Rows) -> None:
    database.close()
    for path in database.path.parent.glob("opencode.db*"):
        path.unlink()


def test_new_calls_and_events_appear(project: Path, database: Rows) -> None:
    """A call that OpenCode writes and an event that a skill records are shown without a key."""

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        now = time.time_ns() // 1_000_000
        database.call("ses_a", "bash", "call_2", at=now, ms=None, status="running")
        await until(app, pilot, lambda seen: "bash" in seen and "● working" in seen)
        with telemetry.skill_run("code-agent", session_id="ses_a", call_id="call_2") as skill_run:
            skill_run.iteration(stage="verify", index=2, max=3, passed=False)
        await until(app, pilot, lambda seen: "verify 2/3 ✗" in seen and "code-agent" in seen)
        await pilot.press("right")
        await until(app, pilot, lambda seen: "└ iteration" in seen)
        database.call("ses_a", "grep", "call_3", at=now + 500)
        await until(app, pilot, lambda seen: "grep" in seen)

    run(origin(project, database), watch)


def test_a_locked_database_is_said(project: Path, database: Rows) -> None:
    """What was read stays on the screen; without the lock it goes on."""

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        database.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.call("ses_a", "edit", "call_2", at=time.time_ns() // 1_000_000)
        seen = await until(app, pilot, lambda seen: "locked by another process" in seen)
        assert "Fix the login test" in seen
        database.db.execute("PRAGMA locking_mode = NORMAL")
        database.db.execute("SELECT count(*) FROM session").fetchone()
        seen = await until(app, pilot, lambda seen: "edit" in seen)
        assert "locked by" not in seen

    run(origin(project, database), watch)


def test_a_deleted_database_is_said(project: Path, database: Rows) -> None:
    """What was merged is kept on the screen, and the store is still read."""

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        remove(database)
        seen = await until(app, pilot, lambda seen: "no database at" in seen)
        assert "Fix the login test" in seen

    run(origin(project, database), watch)


def test_a_replaced_database_is_read(tmp_path: Path, project: Path, database: Rows) -> None:
    """Another file under the same name is followed like the first one."""

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        remove(database)
        other = Rows(tmp_path / "other.db", project)
        other.session("ses_b", at=time.time_ns() // 1_000_000, title="Another machine's work")
        other.call("ses_b", "read", "call_1", at=time.time_ns() // 1_000_000)
        other.close().rename(database.path)
        await until(app, pilot, lambda seen: "Another machine's work" in seen)

    run(origin(project, database), watch)


def test_a_deleted_store_is_made_again(project: Path, database: Rows) -> None:
    """Also one that another program overwrote is said, and is shown again when it is back."""
    origin_ = origin(project, database)

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        for path in origin_.store.parent.glob("unified.db*"):
            path.unlink()
        await until(app, pilot, lambda _: origin_.store.exists() and not app.reading)
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        kept = origin_.store.read_bytes()
        origin_.store.write_bytes(b"no database at all" * 1000)
        await until(app, pilot, lambda seen: "! " in seen and "unified.db" in seen)
        origin_.store.write_bytes(kept)
        await until(app, pilot, lambda seen: "unified.db" not in seen and "Fix the" in seen)

    run(origin_, watch)


def test_a_locked_store_is_said(project: Path, database: Rows) -> None:
    """Another process that writes to the store makes it wait, and it says so."""
    origin_ = origin(project, database)

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        other = sqlite3.connect(origin_.store, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        database.call("ses_a", "edit", "call_2", at=time.time_ns() // 1_000_000)
        seen = await seen_soon(app, pilot, "waiting for another process that holds the store")
        assert "Fix the login test" in seen
        other.execute("ROLLBACK")
        other.close()
        seen = await until(app, pilot, lambda seen: "edit ✓" in seen)
        assert "waiting for" not in seen

    run(origin_, watch)


def test_a_deleted_and_a_damaged_journal_are_said(project: Path, database: Rows) -> None:
    """What was merged is kept on the screen, and the next event is shown as ever."""
    journal = journal_path(project)

    def record(number: int) -> None:
        with telemetry.skill_run("code-agent", session_id="ses_a", call_id="call_1") as skill_run:
            skill_run.iteration(stage="verify", index=number, max=9, passed=True)

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        record(1)
        await until(app, pilot, lambda seen: "verify 1/9 ✓" in seen)
        journal.unlink()
        gone = "is gone: its events that were merged are kept"
        seen = await until(app, pilot, lambda seen: gone in words(seen))
        assert "verify 1/9 ✓" in seen
        record(2)
        seen = await until(app, pilot, lambda seen: "verify 2/9 ✓" in seen)
        assert "is gone" not in seen
        journal.write_bytes(b"no journal\n" * 5)
        await until(app, pilot, lambda seen: "is not a journal" in words(seen))

    run(origin(project, database), watch)


def test_a_database_that_grows_fast_is_followed(project: Path, database: Rows) -> None:
    """Ten thousand calls that come within a few seconds are all there in the end."""

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        at = time.time_ns() // 1_000_000
        for batch in range(10):
            database.db.execute("BEGIN")
            for number in range(1000):
                database.call("ses_a", "grep", f"fast_{batch}_{number}", at=at + number)
            database.db.execute("COMMIT")
            await pilot.pause()
        await until(app, pilot, lambda seen: "0 of 10,001 failed" in seen)

    run(origin(project, database), watch)


async def seen_soon(app: Dashboard, pilot: Pilot[None], text: str) -> str:
    """The screen, once it holds the text, also while a merge waits."""
    end = asyncio.get_running_loop().time() + 30
    while text not in (seen := screen(app)):
        assert asyncio.get_running_loop().time() < end, seen
        await pilot.pause(0.05)
    return seen


def words(seen: str) -> str:
    """The screen in one line, for sentences that are folded."""
    return " ".join(seen.split())


def test_a_first_merge_shows_its_progress(project: Path, database: Rows) -> None:
    """Without a store the first screen is there at once, and fills when the merge is done."""
    origin_ = origin(project, database)
    assert not origin_.store.exists()

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        assert "no store" not in screen(app)

    run(origin_, watch)


def follower(tmp_path: Path, **more: Any) -> tuple[Follower, list[int], Path]:
    """One whose merges are counted, and the file that it watches."""
    merges: list[int] = []
    watched = tmp_path / "opencode.db"
    watched.write_text("1")
    (tmp_path / "unified.db").write_text("store")

    def merge(_progress: object) -> MergeResult:
        merges.append(1)
        return MergeResult(changed=False, said=())

    made = Origin(
        *("shop", tmp_path / "unified.db", merge, lambda: [watched], tuple, tmp_path / "page.html")
    )
    return Follower(replace(made, **more)), merges, watched


def test_nothing_is_merged_while_nothing_changes(tmp_path: Path) -> None:
    """The first look merges, later ones only after a change of a source or of the store."""
    looks, merges, watched = follower(tmp_path)

    for _ in range(5):
        looks.look()
    assert len(merges) == 1
    watched.write_text("22")
    (tmp_path / "unified.db-wal").touch()
    for _ in range(5):
        looks.look()
    assert len(merges) == 2
    (tmp_path / "unified.db").write_text("another merge's")
    assert looks.look().changed
    assert len(merges) == 3


def test_quitting_ends_a_merge(tmp_path: Path) -> None:
    """The merge's next step raises, so its transaction is rolled back."""

    def merge(progress: Callable[[str, int, int | None], None]) -> MergeResult:
        looks.stop()
        progress("reading", 1, 2)
        return MergeResult(changed=True, said=())

    looks, _, _ = follower(tmp_path, merge=merge)
    with pytest.raises(MergeStop):
        looks.look()


def test_the_store_is_only_read(tmp_path: Path, project: Path, database: Rows) -> None:
    """All that the screens do leaves the store as the merge left it."""
    origin_ = origin(project, database)

    async def look(app: Dashboard, pilot: Pilot[None]) -> None:
        await until(app, pilot, lambda seen: "Fix the login test" in seen)
        before = _dump(origin_.store)
        for key in ("2", "3", "4", "enter", "escape", "5", "1"):
            await pilot.press(key)
            await settled(app, pilot)
        assert _dump(origin_.store) == before

    run(origin_, look)


def _dump(store: Path) -> list[str]:
    connection = sqlite3.connect(store)
    try:
        return [*connection.iterdump()]
    finally:
        connection.close()
