"""A dashboard in a test: a busy store, and what is on the screen after each key."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tachikoma_telemetry.dashboard.application import Dashboard
from tachikoma_telemetry.dashboard.board_origin import CheckRow, MergeResult, Origin
from tests.month import END, store
from tests.reports_store import HOUR, ReportsStore

NOW = END + HOUR
"""When the busy store is looked at, ms since the epoch."""

_MINUTE = 60_000
_SETTLED_WITHIN = 600  # times 10 ms


def busy(path: Path) -> Path:
    """A month of work, and two sessions at work now: one with a subagent, one that fails."""
    kept = store().marked()
    _verifying(kept)
    _migrating(kept)
    for number in range(8):  # it was better before
        at = NOW - 30 * _MINUTE + number
        kept.run(
            "verifier",
            "failed" if number < 6 else "succeeded",
            started=at,
            session_id=None,
            run_ms=14_000.0,
            error_type="TestFailure" if number < 6 else None,
        )
    kept.event(
        "iteration",
        "orphan",
        session_id="gone",
        call_id="gone.1",
        skill="verifier",
        time=NOW - _MINUTE,
    )
    kept.event("retry", "ambiguous", skill="verifier", time=NOW - 2 * _MINUTE)
    kept.event("intent", "none", time=NOW - 3 * _MINUTE)
    return write(kept, path)


def _verifying(kept: ReportsStore) -> None:
    """A session whose skill verifies for the second time; a subagent of it has read."""
    at, session = NOW - 4 * _MINUTE, "ses_login"
    kept.session(session, created=at, title="Fix flaky login test", directory="/home/ada/work")
    kept.session("ses_callers", created=at + _MINUTE, parent_id=session, title="find the callers")
    kept.message(session, created=at, role="user", opens_turn=1)
    kept.message(session, message_id="m_login", created=at + 1, cost=0.22, tokens_output=900)
    kept.message(
        "ses_callers",
        message_id="m_callers",
        created=at + _MINUTE,
        completed=at + _MINUTE + 9,
        cost=0.03,
    )
    kept.call(
        "skill",
        session_id=session,
        message_id="m_login",
        skill="code-agent",
        started=at + 2,
        duration_ms=30,
    )
    kept.load("code-agent", session_id=session, started=at + 2)
    kept.call(
        "task",
        session_id=session,
        message_id="m_login",
        started=at + 3,
        duration_ms=900,
        child_id="ses_callers",
        active_skill="code-agent",
    )
    kept.call(
        "read",
        session_id="ses_callers",
        message_id="m_callers",
        started=at + _MINUTE,
        duration_ms=12,
    )
    run = kept.call(
        "bash",
        "running",
        session_id=session,
        message_id="m_login",
        started=NOW - 2 * _MINUTE,
        active_skill="code-agent",
    )
    about: dict[str, Any] = {
        "session": session,
        "session_id": session,
        "call_key": run,
        "skill": "code-agent",
        "run_id": "run_login",
    }
    kept.event("skill_run_started", time=NOW - 2 * _MINUTE + 1, **about)
    kept.event(
        "iteration",
        time=NOW - _MINUTE,
        body='{"stage":"verify","index":1,"max":3,"passed":false,"failed_criteria":["edge_cases"]}',
        **about,
    )
    kept.event("iteration", time=NOW - 9_000, body='{"stage":"verify","index":2,"max":3}', **about)
    kept.run(
        "code-agent",
        None,
        run_id="run_login",
        session_id=session,
        call_key=run,
        last_call=run,
        started=NOW - 2 * _MINUTE,
        last_seen=NOW - 9_000,
    )


def _migrating(kept: ReportsStore) -> None:
    """A session whose last three calls failed."""
    at, session = NOW - 8 * _MINUTE, "ses_uuid"
    kept.session(
        session, created=at, title="Migrate users to UUID keys", directory="/home/ada/work"
    )
    kept.message(session, message_id="m_uuid", created=at + 1, completed=NOW - 90_000, cost=0.41)
    for number in range(3):
        kept.call(
            "bash",
            "failed",
            session_id=session,
            message_id="m_uuid",
            started=NOW - 3 * _MINUTE + number,
            duration_ms=700,
            reason="exit 1",
            active_skill="verifier",
        )


def write(kept: ReportsStore, path: Path) -> Path:
    """Write the store to a file; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path)
    kept.connection.backup(file)
    file.close()
    kept.connection.close()
    return path


def origin_of(store: Path, **more: Any) -> Origin:
    """What the command line would give, with nothing to merge."""
    return replace(
        Origin(
            "shop",
            store,
            lambda _progress: MergeResult(changed=False, said=()),
            tuple,
            lambda: [
                CheckRow("ok", "project", "shop"),
                CheckRow("warn", "plugin", "not installed", "run init"),
            ],
            store.with_name("dashboard.html"),
            now_ms=lambda: NOW,
        ),
        **more,
    )


Script = Callable[[Dashboard, Pilot[None]], Awaitable[None]]


def run(origin: Origin, script: Script, size: tuple[int, int] = (80, 24)) -> None:
    """Run a script beside a dashboard whose first screen is there."""

    async def play() -> None:
        app = Dashboard(origin)
        async with app.run_test(size=size, notifications=True) as pilot:
            await settled(app, pilot)
            await script(app, pilot)

    asyncio.run(play())


def screens(origin: Origin, *keys: str, size: tuple[int, int] = (80, 24)) -> list[str]:
    """What is on the screen at first and after each key; several keys have blanks between."""
    seen: list[str] = []

    async def press(app: Dashboard, pilot: Pilot[None]) -> None:
        seen.append(screen(app))
        for each in keys:
            await press_keys(app, pilot, each)
            seen.append(screen(app))

    run(origin, press, size)
    return seen


async def press_keys(app: Dashboard, pilot: Pilot[None], keys: str) -> None:
    """Press them, and wait for what they lead to."""
    await pilot.press(*keys.split())
    await settled(app, pilot)


async def settled(app: Dashboard, pilot: Pilot[None]) -> None:
    """Wait until nothing is read any more."""
    quiet = 0
    for _ in range(_SETTLED_WITHIN):
        await pilot.pause(0.01)
        at_work = app.reading or any(not each.is_finished for each in app.workers)
        quiet = 0 if at_work else quiet + 1
        if quiet > 2:
            return
    raise AssertionError("the dashboard never came to rest")


async def until(app: Dashboard, pilot: Pilot[None], holds: Callable[[str], bool]) -> str:
    """The screen, as soon as it is so; the dashboard looks by itself once a second."""
    end = asyncio.get_running_loop().time() + 30
    while asyncio.get_running_loop().time() < end:
        await settled(app, pilot)
        if holds(seen := screen(app)):
            return seen
        await pilot.pause(0.05)
    raise AssertionError(screen(app))


def screen(app: Dashboard) -> str:
    """The text on the screen, line by line, without what the picture adds around it."""
    return "\n".join(lines_of(app.export_screenshot()))


def lines_of(svg: str) -> list[str]:
    """The lines of a picture of a terminal, whatever the version that drew it."""
    rows: dict[float, list[tuple[float, str]]] = {}
    inside = svg[svg.index('<g class="') if '<g class="' in svg else 0 :]
    for x, y, text in re.findall(
        r'<text[^>]*? x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', inside
    ):
        rows.setdefault(float(y), []).append((float(x), html.unescape(text).replace("\xa0", " ")))
    return [_line(sorted(row)) for _, row in sorted(rows.items())]


def _line(row: Sequence[tuple[float, str]]) -> str:
    line = ""
    for x, text in row:
        line = line.ljust(round(x / 12.2)) + text
    return line.rstrip()


def table(text: str, heading: str) -> Iterator[str]:
    """The lines below the one that begins with this heading."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.strip().startswith(heading):
            yield from lines
