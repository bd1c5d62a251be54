"""Each key, on a real store."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app as command_line
from tachikoma_telemetry.dashboard.application import Dashboard
from tachikoma_telemetry.dashboard.board_origin import MergeResult
from tachikoma_telemetry.dashboard.fields import meanings
from tachikoma_telemetry.dashboard.row_list import RowList
from tachikoma_telemetry.reports.sections.skills.rows import SkillRow
from tests.reports_store import DAY, ReportsStore

from .board import NOW, busy, origin_of, press_keys, run, screen, screens, settled, write


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A busy store."""
    return busy(tmp_path / "telemetry" / "unified.db")


def test_the_span_of_time_grows_and_shrinks(store: Path) -> None:
    """`]` is longer, `[` shorter, `t` the next, and behind the longest the shortest."""
    seen = screens(
        origin_of(store), *(["right_square_bracket"] * 4), "left_square_bracket", "t", "t"
    )

    spans = [each.splitlines()[0].split("1 Now")[0].strip() for each in seen]
    assert spans == [
        f"shop · {each}" for each in ("24 h", "7 d", "30 d", "all", "all", "30 d", "all", "1 h")
    ]


def test_a_filter_cuts_down_while_it_is_typed(store: Path) -> None:
    """`/` finds titles, whatever their capitals; enter keeps the filter, escape ends it."""
    _, _, typed, kept, ended = screens(
        origin_of(store), "4", "slash u u i d", "enter", "slash escape", size=(80, 24)
    )

    assert "Migrate users to UUID keys" in typed
    assert "Fix flaky" not in kept
    assert "Fix flaky" in ended


def test_only_what_failed(store: Path) -> None:
    """`f` leaves the sessions with a failed call; again shows all."""
    _, _, failed, all_again = screens(origin_of(store), "4", "f", "f")

    assert "Migrate users to UUID keys" in failed
    assert "Fix flaky" not in failed
    assert "Fix flaky" in all_again


def test_the_calls_behind_the_second_line(store: Path) -> None:
    """`c` lists the calls that the second line counts, `f` those of them that failed."""
    first, calls, failed = screens(origin_of(store), "c", "f")

    assert "3 of 21 failed" in first
    assert "calls · 24 h · 22 rows" in calls  # one still runs
    assert "calls · 24 h · 3 rows · only failed" in failed


def test_lists_are_sorted_in_turn(store: Path) -> None:
    """`s` sorts by each column and then as at first; the heading says which way."""
    _, _, by_title, *_ = screens(origin_of(store), "4", "s")
    assert "session▾" in by_title
    assert by_title.index("Task of verifier") < by_title.index("Fix flaky")


def test_the_matrix_is_sorted_and_filtered_by_format(store: Path) -> None:
    """`s` sorts models by a format's success, `/` leaves the formats that hold a text."""
    _, matrix, by_model, by_format, filtered, help_ = screens(
        origin_of(store), "3", "s", "s", "slash h a s h enter", "question_mark", size=(120, 40)
    )

    assert matrix.index("glm-4.7  ") < matrix.index("gpt-5.2  ")
    assert "model▾" in by_model
    assert "whole▾" in by_format
    assert by_format.index("gpt-5.2  ") < by_format.index("glm-4.7  ")
    assert "filter “hash”" in filtered
    assert "  whole" not in filtered
    assert "glm-4.7  100 % of 2" in filtered
    assert "successes over attempts of the format in the heading" in help_


def test_a_click_on_a_heading_sorts_and_turns(store: Path) -> None:
    """The mouse does what keys do: a heading sorts, a row is chosen, a double click opens it."""

    async def click(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "4")
        heading = screen(app).splitlines()[3]
        sessions = app.view.query_one("#sessions", RowList)
        await pilot.click(sessions, offset=(heading.index("calls") + 1, 1))
        await press_keys(app, pilot, "home")
        assert "calls▾" in screen(app)
        assert sessions.order == "calls"
        await pilot.click("#tab2")
        await press_keys(app, pilot, "down")
        assert app.view.title == "Skills"

    run(origin_of(store), click)


def test_help_has_the_reports_own_definitions(store: Path) -> None:
    """`?` says what each column means in the words of the row's definition."""
    *_, help_ = screens(origin_of(store), "2", "question_mark", size=(200, 60))

    for name in ("runs", "success_rate", "run_p50_ms", "cost"):
        assert meanings(SkillRow)[name] in help_
    assert "copy the report command that shows the same" in help_


@pytest.mark.slow
def test_the_copied_command_shows_the_same(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`y` copies a command that runs, from a screen and from the rows behind a number."""
    origin = replace(origin_of(store), words=["--store", str(store)])
    copied: list[str] = []

    async def copy(app: Dashboard, pilot: Pilot[None]) -> None:
        for keys in ("2 y", "enter y", "4 enter y", "3 enter y", "5 y", "1 y"):
            await press_keys(app, pilot, keys)
            copied.append(app.clipboard)

    run(origin, copy)
    start = "tachikoma-telemetry report"
    end = f"--store {store}"
    assert copied == [
        f"{start} skills --since 24h {end}",
        f"{start} skills --skill verifier --since 24h {end}",
        f"{start} calls --session ses_login {end}",
        f"{start} edits --model glm-4.7 --since 24h {end}",
        f"{start} findings --since 24h {end}",
        f"{start} --since 24h {end}",
    ]
    monkeypatch.chdir(store.parent)
    done = CliRunner().invoke(command_line, [*copied[2].split()[1:], "--no-merge"])
    assert (done.exit_code, "bash" in done.output) == (0, True)


@pytest.mark.slow
def test_the_page_of_what_is_shown(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`w` writes the HTML page, private; without a display no browser for terminals starts."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    origin = origin_of(store)

    *_, written = screens(origin, "2", "w")

    assert "written to" in written
    assert "verifier" in origin.page.read_text(encoding="utf-8")
    assert os.stat(origin.page).st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_rows_are_read_by_pages(tmp_path: Path) -> None:
    """Of ten thousand calls only those on the screen are rows; the last are one key away."""
    kept = ReportsStore().marked()
    kept.session("s1", created=NOW - DAY + 1)
    rows = (
        (f"k{n:05d}", "s1", "m1", "bash", "succeeded", NOW - 10_000 + n, "db")
        for n in range(10_000)
    )
    kept.connection.executemany(
        "INSERT INTO calls (call_key, session_id, message_id, tool, outcome, started, source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    kept.load("code-agent", started=NOW - 20_000)
    kept.connection.execute("UPDATE calls SET active_skill = 'code-agent'")
    store = write(kept, tmp_path / "unified.db")

    async def page(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "enter")
        await press_keys(app, pilot, "escape 2 enter")
        listed = app.screen.query_one("#rows", RowList)
        assert listed.count == 10_000
        assert len(listed._shown) == 100
        await press_keys(app, pilot, "end")
        assert listed.chosen.call_key == "k00000"
        assert len(listed._shown) <= 300

    run(origin_of(store), page)


def test_a_row_in_full(store: Path) -> None:
    """Enter on a row behind which there is nothing more shows its fields and what they mean."""
    *_, row = screens(origin_of(store), "5", "tab tab", "enter", size=(120, 40))

    assert "why not" not in row
    assert "names a call that is not in the store (yet)" in " ".join(row.split())


def test_now_is_at_once(store: Path) -> None:
    """`r` merges and reads, though nothing changed."""
    merges: list[int] = []

    def merge(_progress: object) -> MergeResult:
        merges.append(1)
        return MergeResult(changed=False, said=())

    screens(origin_of(store, merge=merge), "r")

    assert len(merges) == 2


def test_rows_can_be_left_while_they_are_read(store: Path) -> None:
    """Escape ends the screen, and what was read for it is not shown anywhere."""

    async def leave(app: Dashboard, pilot: Pilot[None]) -> None:
        await press_keys(app, pilot, "2 enter")
        read = Event()
        app.reader.later(read.wait)  # the reader does one thing after the other
        app.read_soon()
        await pilot.pause()
        await pilot.press("escape")
        read.set()
        await settled(app, pilot)
        assert "unexpected" not in screen(app)

    run(origin_of(store), leave)


def test_what_is_read_while_the_dashboard_ends_is_dropped(store: Path) -> None:
    """Its lists are gone: that is no error, and nothing is said."""

    async def read() -> None:
        app = Dashboard(origin_of(store))
        async with app.run_test() as pilot:
            await settled(app, pilot)
            app.exit()

        async def reload() -> None:
            await app.view.reload()

        said: list[str] = []
        app.say = lambda text, about="read": said.append(text)  # type: ignore[method-assign]
        assert not await app.try_to(reload)
        assert not said

    asyncio.run(read())
