"""How fast the dashboard is on a large history: ``python -m benchmarks.dashboard``.

The database is that of `benchmarks.merge` (0.54 GB of parts), with a journal of 40,000 events; its
store is merged before the clock starts. Figures are the best of three; on a machine that is busy
with other things, only those of the processor say something.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from textual.pilot import Pilot

from tachikoma_telemetry.cli.dashboard_command import _origin
from tachikoma_telemetry.cli.merge_options import MergeOptions
from tachikoma_telemetry.dashboard.application import VIEWS, Dashboard
from tachikoma_telemetry.dashboard.board_origin import Origin
from tachikoma_telemetry.dashboard.row_list import RowList
from tachikoma_telemetry.reports.drilldown.pulse import ActiveRow

from . import database, journal, replay
from .merge import _touch

_ROUNDS = 3
_SIZES = 12  # at least; a long replay has one a minute
_BUSY_HOUR = 660  # calls of a busy developer: 11 a minute
_START = """
import time
began = time.perf_counter()
import sys
from benchmarks.dashboard import origin_at, run
async def nothing(app, pilot): print(time.perf_counter() - began, time.process_time())
run(origin_at(sys.argv[1]), nothing)
"""


def origin_at(folder: str) -> Origin:
    """What the command would give the dashboard."""
    root = Path(folder)
    return _origin(MergeOptions(db=[root / "opencode.db"], project=root))


def _more(app: Dashboard, counter: str, before: int) -> bool:
    return bool(getattr(app, counter) > before)


async def _wait(ready: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    began = time.perf_counter()
    while not ready():  # noqa: ASYNC110 - the app has no event for it
        await asyncio.sleep(0.01)
    return time.perf_counter() - began


def _processor() -> float:
    of = resource.getrusage(resource.RUSAGE_SELF)
    return of.ru_utime + of.ru_stime


async def _screens(app: Dashboard, pilot: Pilot[None]) -> None:
    """Each screen, until its first list is read, for the last day and for all of the history."""
    for span in ("24 h", "all"):
        while app.span.title != span:
            await pilot.press("right_square_bracket")
        await _wait(lambda: not app.reading)
        for number, view in enumerate(VIEWS, 1):
            took = []
            for _ in range(_ROUNDS):
                await pilot.press("2" if number == 1 else "1")
                await _wait(lambda: not app.reading)
                await pilot.pause(0.6)  # what follows the first list
                await _wait(lambda: all(each.is_finished for each in app.workers))
                before = app.screens_read
                began, used = time.perf_counter(), _processor()
                # The pilot waits for all that a key leads to, also below the first list.
                pressed = asyncio.create_task(pilot.press(str(number)))
                await _wait(partial(_more, app, "screens_read", before))
                took.append((time.perf_counter() - began, _processor() - used))
                await pressed
            wall, processor = (min(each) for each in zip(*took, strict=True))
            print(f"  {view.title:<9} {span:>5}  {wall:5.2f} s  {processor:5.2f} s of a processor")


async def _changes(app: Dashboard, pilot: Pilot[None], path: Path) -> None:
    """How long a call takes from OpenCode's commit to the screen, all merges included."""
    await pilot.press("1")
    await _wait(lambda: not app.reading)
    took = []
    for _ in range(_ROUNDS):
        await pilot.pause(1.3)
        before = app.changes_shown
        _touch(path, at=app.now_ms() - 1000)
        took.append(await _wait(partial(_more, app, "changes_shown", before)))
    print(f"  a change shows after {min(took):.2f} to {max(took):.2f} s (target 2)")


async def _idle(pilot: Pilot[None], seconds: float) -> None:
    """The processor time that it takes to do nothing."""
    began, used = time.perf_counter(), _processor()
    while time.perf_counter() - began < seconds:
        await pilot.pause(0.5)
    share = (_processor() - used) / (time.perf_counter() - began)
    print(f"  nothing happens: {share * 100:.1f} % of a core (target 10)")


async def _busy(app: Dashboard, pilot: Pilot[None], folder: Path, seconds: float) -> None:
    """Memory, and how late calls are shown, while `replay` works."""
    late: list[float] = []
    sizes: list[int] = []
    every = min(60.0, seconds / _SIZES)  # it looks around as often
    with replay.writing(folder):
        began = time.perf_counter()
        used = _processor()
        while (passed := time.perf_counter() - began) < seconds:
            if passed > len(sizes) * every:
                sizes.append(_resident())
                print(f"    after {passed:5.0f} s {sizes[-1]} MB", flush=True)
                for key in ("2", "3", "4", "5", "1"):  # a user looks around
                    before = app.screens_read
                    await pilot.press(key)
                    # While it follows, it is always reading.
                    await _wait(partial(_more, app, "screens_read", before))
                newest = 0
            before = newest or _newest(app)
            await _wait(partial(_newer, app, before))
            if newest:
                # The call written right after the newest one of the screen before waited longest.
                late.append((app.now_ms() - newest) / 1000)
            newest = _newest(app)
        sizes.append(_resident())
        share = (_processor() - used) / (time.perf_counter() - began)
    calls = round(passed / replay.EVERY_SECONDS)
    print(
        f"  {passed:.0f} s of replay, {calls:,} calls: {sizes[0]} MB, then {sizes[-1]} MB; "
        f"{share * 100:.0f} % of a core\n"
        f"    an hour of activity at 11 calls a minute is {_BUSY_HOUR} calls; this is "
        f"{calls / _BUSY_HOUR:.1f} hours"
    )
    late.sort()
    for part in (0.5, 0.99, 1.0) if late else ():
        most = late[min(int(len(late) * part), len(late) - 1)]
        print(f"    a call shows after at most {most:.2f} s in {part:.0%} of {len(late)} changes")


def _newest(app: Dashboard) -> int:
    """When the newest call of the list of sessions began, ms since the epoch."""
    rows = app.view.query_one("#active", RowList)
    shown: list[ActiveRow] = [rows.row_at(number) for number in range(rows.count)]
    return max((row.changed or 0 for row in shown), default=0)


def _newer(app: Dashboard, before: int) -> bool:
    return _newest(app) > before


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return pages * resource.getpagesize() >> 20


def run(origin: Origin, *parts: Callable[[Dashboard, Pilot[None]], Awaitable[None]]) -> None:
    """Do these, one after the other, once the first screen is there."""

    async def play() -> None:
        app = Dashboard(origin)
        async with app.run_test(size=(120, 40)) as pilot:
            await _wait(lambda: app.screens_read > 0)
            for part in parts:
                await part(app, pilot)

    asyncio.run(play())


def _apart(work: Callable[..., None], *arguments: object) -> None:
    """Do it in a process of its own, whose memory is that of nothing else."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def _build(folder: Path, sessions: int) -> None:
    """A merged history."""
    path = folder / "opencode.db"
    # It ends now: what is older than the last merge, and new, would be read as if it was imported.
    start = time.time_ns() // 1_000_000 - sessions * database.SESSION_MS
    database.build(path, str(folder), sessions=sessions, start=start)
    (folder / ".opencode").mkdir()
    journal.write_journal(folder / ".opencode" / "telemetry" / "metrics.json", path, 80 * sessions)
    origin_at(str(folder)).merge(lambda *_: None)


def _all_screens(folder: Path, idle: float) -> None:
    run(
        origin_at(str(folder)),
        _screens,
        lambda app, pilot: _changes(app, pilot, folder / "opencode.db"),
        lambda _, pilot: _idle(pilot, idle),
    )


def _all_day(folder: Path, seconds: float, idle: float) -> None:
    run(
        origin_at(str(folder)),
        lambda app, pilot: _busy(app, pilot, folder, seconds),
        lambda _, pilot: _idle(pilot, idle),
    )


def measure(folder: Path, sessions: int, seconds: float) -> None:
    """Print the figures."""
    _apart(_build, folder, sessions)
    idle = min(seconds, 60.0)
    starts = []
    for _ in range(_ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", _START, str(folder)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        starts.append([float(each) for each in done.stdout.split()])
    wall, processor = (min(each) for each in zip(*starts, strict=True))
    print(
        f"  start     24 h  {wall:5.2f} s  {processor:5.2f} s of a processor (targets 1; 0.5 below)"
    )
    _apart(_all_screens, folder, idle)
    _apart(_all_day, folder, seconds, idle)


def main() -> None:
    """Build the history in a temporary folder, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=float, default=60.0, help="seconds of the replay")
    parser.add_argument("--sessions", type=int, default=500, help="of 240 calls each")
    arguments = parser.parse_args()
    os.environ.pop("TACHIKOMA_TELEMETRY_DIR", None)
    folder = Path(tempfile.mkdtemp(prefix="tachikoma-dashboard-"))
    try:
        measure(folder, arguments.sessions, arguments.busy)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
