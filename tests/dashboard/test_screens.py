"""Each of the five screens, on a store that is empty, small or hostile."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from tachikoma_telemetry.dashboard.application import Dashboard
from tachikoma_telemetry.dashboard.paged_list import PagedRowList
from tachikoma_telemetry.dashboard.row_list import RowList
from tachikoma_telemetry.dashboard.screen_view import TimelineView
from tests.reports_store import DAY, ReportsStore

from .board import NOW, busy, origin_of, press_keys, run, screen, screens, settled, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A busy store."""
    return busy(tmp_path / "telemetry" / "unified.db")


def test_now_shows_who_is_at_work(store: Path) -> None:
    """Sessions as a tree, with skill, last step and cost; what needs a look; skills of the span."""
    (now,) = screens(origin_of(store))
    lines = [" ".join(line.split()) for line in now.splitlines()]

    assert "▸ Fix flaky login test code-agent verify 2/3 ● working 0 $0.22" in lines
    assert "└ find the callers – read ✓ ○ ended 0 $0.03" in lines
    assert any("Migrate users" in line and "bash ✗ ○ waits 3 $0.41" in line for line in lines)
    assert "● 1 working" in now
    assert "3 of 21 failed" in now
    assert any(
        line.endswith("! verifier 6 of the last 8 runs failed (before: 39 % of 56)")
        for line in lines
    )
    assert any("! Migrate use" in line and "the last 3 calls failed" in line for line in lines)
    assert any(line.startswith("▸ verifier 2 10 40 % ━━━·····") for line in lines)


@pytest.mark.slow
def test_skills_are_worst_first_with_their_story(store: Path) -> None:
    """The chosen skill's success over time, what it fails on, and compare's own verdict."""

    async def look(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "2")
        first = screen(app)
        assert first.index("verifier") < first.index("code-agent")
        assert "6 ×  TestFailure (run)" in first
        await press_keys(app, pilot, "down")
        second = screen(app)
        assert "success over time" in second
        assert "^ new version)" in second
        assert "BETTER. Runs succeed more often" in " ".join(second.replace("│", " ").split())

    run(origin_of(store), look, (120, 60))


def test_edits_show_the_attempts_of_a_cell(store: Path) -> None:
    """Enter on a cell of the matrix lists as many attempts as the cell counts."""
    _, matrix, other, rows = screens(origin_of(store), "3", "right", "enter")

    assert "▸ glm-4.7   50 % of 4  100 % of 2" in matrix
    assert "glm-4.7 · hashline" in other
    assert " attempts of glm-4.7 with hashline · 2 rows" in rows
    assert rows.count("✓ succeeded") == 2


def test_sessions_are_a_tree_with_timelines(store: Path) -> None:
    """A subagent is below the session that began it; events are below the call they joined."""
    _, tree, steps = screens(origin_of(store), "4", "enter")

    assert "└ find the callers" in tree
    lines = [" ".join(line.split()) for line in steps.splitlines()]
    call = lines.index("00:58:00 bash ● running – code-agent")
    assert lines[call + 2] == "└ iteration verify 1/3 ✗ edge_cases code-agent"


def test_a_step_that_began_a_session_leads_there(store: Path) -> None:
    """Enter on a `task` call shows the subagent's timeline; escape comes back, step by step."""
    *_, child, back, first = screens(
        origin_of(store), "4", "enter", "down down", "enter", "escape", "escape"
    )

    assert "read" in child
    assert "the user wrote" not in child
    assert "the user wrote" in back
    assert "Task of verifier" in first


def test_a_fork_says_so(tmp_path: Path) -> None:
    """A session that copied another one's calls is below it, with a mark."""
    kept = ReportsStore().marked()
    for session in ("first", "second"):
        kept.session(session, created=NOW - DAY + 1, title=session)
    kept.call("read", session_id="first", call_id="c1", started=NOW - DAY + 5)
    kept.call("read", session_id="second", call_id="c1", started=NOW - DAY + 5, copied=1, counted=0)
    store = write(kept, tmp_path / "unified.db")

    assert "└ ⑂ second" in screens(origin_of(store), "4")[-1]


@pytest.mark.slow
def test_waves_and_confusion_show_where_they_are_recorded(tmp_path: Path) -> None:
    """In the timeline, and with the skill that recorded them; no other skill has such parts."""
    kept = ReportsStore().marked()
    began = NOW - 60_000
    kept.session("s1", created=began, title="A long text")
    message = kept.message("s1", created=began + 1)
    call = kept.call("bash", session_id="s1", message_id=message, started=began + 2)
    kept.run("rlm", "succeeded", run_id="r1", started=began + 3, session_id="s1", call_key=call)
    kept.run("plain", "succeeded", started=began + 3, session_id="s1", call_key=call)
    about: dict[str, Any] = {"session_id": "s1", "call_key": call, "skill": "rlm"}
    about["time"] = began + 10
    chunk = '{"index":3,"total":6,"wave":1,"size":5000,"unit":"chars","success":true}'
    kept.event("rlm_chunk", session="s1", body=chunk, **about)
    kept.chunk(run_id="r1", wave=1, chunk=3, total=6, size=5000, success=1, tokens=1200, **about)
    for number in (4, 5):
        kept.chunk(run_id="r1", wave=2, chunk=number, success=number - 4, tokens=900, **about)
    intent = '{"intent":"debug","actual":"write","correct":false}'
    kept.event("intent", session="s1", body=intent, **about)
    kept.intent("debug", actual="write", correct=0, **about)
    store = write(kept, tmp_path / "unified.db")

    async def look(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "4")
        steps = " ".join(screen(app).split())
        assert "└ chunk 4/6 ✓ wave 1 5.0k chars" in steps
        assert "└ intent debug ✗ was write" in steps
        for _ in range(2):
            await press_keys(app, pilot, "2" if app.view.title != "Skills" else "down")
            chosen = app.view.query_one("#skills", RowList).chosen.skill
            recorded = chosen == "rlm"
            seen = screen(app)
            for heading in ("by wave", "by size of the chunks", "confusion: true intents"):
                assert (heading in seen) == recorded
            if recorded:
                assert "2 1 2 50 % ━━━━···· 9–91 1.8k" in " ".join(seen.replace("│", " ").split())

    run(origin_of(store), look, (150, 60))


def test_health_says_why_events_joined_no_call(store: Path) -> None:
    """The doctor's lines, what stands out, and each event with its reason."""
    health = screens(origin_of(store), "5")[-1]

    assert health.index("!  plugin   not installed  → run init") < health.index("✓  project  shop")
    assert "27 % of the recorded events belong to no call" in health
    for why in (
        "! orphan: names a call that is not here (yet)",
        "! ambiguous: fits more than one call",
        "! none: names no call, fits none",
    ):
        assert why in health


def test_bare_opencode_has_its_screens(tmp_path: Path) -> None:
    """Without a skill and without an event, Now, Edits, Sessions and Health show what there is."""
    kept = ReportsStore().marked()
    kept.session("s1", created=NOW - 60_000, title="Bare work")
    message = kept.message("s1", created=NOW - 59_000, completed=NOW - 30_000, cost=0.5)
    kept.call("edit", session_id="s1", message_id=message, started=NOW - 50_000, duration_ms=9)
    kept.edit(("str_replace", 1), source="call", time=NOW - 50_000)
    store = write(kept, tmp_path / "unified.db")

    now, skills, edits, sessions, health = screens(origin_of(store), "2", "3", "4", "5")

    assert "Bare work" in now
    assert "$0.50" in now
    assert "No skill was loaded or run in the last 24 h" in skills
    assert "100 % of 1" in edits
    assert "Bare work" in sessions
    assert "No event without a call." in health


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)])
def test_an_empty_store_has_every_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    """Nothing happened yet: each screen says so, at any size, and every key is harmless."""
    store = write(ReportsStore().marked(), tmp_path / "unified.db")
    keys = ("2", "3", "4", "5", "s", "f", "enter", "right", "t", "question_mark")

    seen = screens(origin_of(store), *keys, size=size)

    assert "OpenCode has no session here yet." in " ".join(seen[0].split())


@pytest.mark.slow
def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    """Markup, escapes and line breaks in a title neither act nor move anything."""
    kept = ReportsStore().marked()
    title = "[bold red]x[/] \x1b[2J\n\u202e[@click=app.quit]"
    kept.session("s1", created=NOW - 60_000, title=title)
    message = kept.message("s1", created=NOW - 59_000)
    kept.call(
        title, "failed", session_id="s1", message_id=message, started=NOW - 9000, reason=title
    )
    kept.run(title, "failed", session_id="s1", started=NOW - 9000)
    store = write(kept, tmp_path / "unified.db")

    now, skills, _, sessions, steps, one = screens(
        origin_of(store), "2", "3", "4", "enter", "down enter", size=(140, 30)
    )

    for seen in (now, skills, sessions, steps, one):
        assert "[bold red]x[/] \\x1b[2J\\n\\u202e[@click=app.quit]"[:14] in seen
        assert "\x1b" not in seen
        assert len(seen.splitlines()) <= 30


@pytest.mark.slow
def test_a_timeline_follows_its_end(tmp_path: Path) -> None:
    """Who looks at the last step sees the next one; who looks at another one stays there."""
    store = busy(tmp_path / "unified.db")

    async def grow(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "4")
        steps = app.view.query_one(".steps", RowList)
        last = steps.cursor
        assert (last, steps.count) == (6, 7)
        for at_end in (True, False):
            _new_call(store, f"new{at_end}", NOW + steps.count)
            steps.go(steps.cursor if at_end else 0)
            app.read_soon()
            await settled(app, pilot)
            assert steps.cursor == (steps.count - 1 if at_end else 0)
            assert ("grep" in screen(app)) == at_end  # the first one that there is no room for

    run(origin_of(store), grow, (120, 12))


def _new_call(store: Path, key: str, started: int) -> None:
    connection = sqlite3.connect(store)
    connection.execute(
        "INSERT INTO calls (call_key, session_id, message_id, tool, outcome, started, source) "
        "VALUES (?, 'ses_login', 'm_login', 'grep', 'succeeded', ?, 'db')",
        (key, started),
    )
    connection.commit()
    connection.close()


def test_a_timeline_that_began_without_a_step_follows_its_end(tmp_path: Path) -> None:
    """A session may be seen before it has done anything."""
    store = busy(tmp_path / "unified.db")
    with sqlite3.connect(store) as connection:
        for table in ("calls", "messages", "events", "skill_metrics"):
            connection.execute(f"DELETE FROM {table}")
    connection.close()

    async def begin(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "4")
        steps = app.view.query_one(".steps", RowList)
        assert steps.count == 0
        for count in (3, 6):
            for number in range(count - 3, count):
                _new_call(store, f"new{number}", NOW + number)
            app.read_soon()
            await settled(app, pilot)
            assert (steps.cursor, steps.count) == (count - 1, count)

    run(origin_of(store), begin, (120, 40))


def test_a_timeline_that_is_read_twice_at_once_follows_its_end(tmp_path: Path) -> None:
    """A step that comes between the two reads is the last one for the cursor, too."""
    store = busy(tmp_path / "unified.db")

    async def read_twice(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "4")
        steps = app.view.query_one(".steps", PagedRowList)
        assert isinstance(app.view, TimelineView)
        steps.wanted = None
        first = asyncio.create_task(app.view.show_timeline())
        await asyncio.sleep(0)
        app.reader.later(partial(_new_call, store, "new", NOW))
        await asyncio.gather(first, asyncio.create_task(app.view.show_timeline()))
        assert (steps.cursor, steps.count) == (7, 8)

    run(origin_of(store), read_twice, (120, 40))


@pytest.mark.slow
def test_impossible_values_end_no_screen(tmp_path: Path) -> None:
    """Values that another program wrote into the store are unknown, or one line says what is."""
    store = busy(tmp_path / "unified.db")
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE calls SET started = 'soon', duration_ms = 1e300, reason = x'ff'")
        connection.execute("UPDATE sessions SET title = x'00ff', created = 1e300")
        connection.execute("UPDATE skill_metrics SET skill = x'ff', run_ms = 'long'")
        connection.execute("UPDATE events SET body = 'x', time = 'now'")
    connection.close()

    async def look(app: Dashboard, pilot: Pilot[None]) -> None:
        for keys in ("1", "2", "3", "enter escape", "4", "enter escape", "c escape", "5", "1"):
            await press_keys(app, pilot, keys)
        assert app.is_running

    run(origin_of(store), look, (120, 40))


def test_notices_are_in_the_terminals_own_colours(store: Path) -> None:
    """On black, as Textual has them, the black text of a light terminal can't be read."""

    async def copy(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "y")
        (notice,) = app.screen.query(Toast)
        assert {notice.styles.background.ansi, notice.styles.color.ansi} == {-1}

    run(origin_of(store), copy)
