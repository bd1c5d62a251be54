"""An event that a signal handler records while its own thread records: neither waits nor lost."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.lock import acquire, release
from tachikoma_telemetry.journal.spill import spill, spilled
from tachikoma_telemetry.recording import delivery

from ..journal_at import done, event, filled, python, streamed


class Handler:
    """Calls `handle` once, before the `at`-th line that our code (or filelock's) comes to."""

    def __init__(self, at: int, handle: Callable[[], object]) -> None:
        self.at, self.handle, self.lines = at, handle, 0

    def __enter__(self) -> Self:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, what: str, _: object) -> Any:
        name = frame.f_code.co_filename
        if "tachikoma_telemetry" not in name and "filelock" not in name:
            return None
        if what == "line":
            self.lines += 1
            if self.lines == self.at:
                # As a signal's handler: on this thread, in the middle of what it does.
                self.handle()
        return self._trace


_sleep = time.sleep


def _no_wait(seconds: float) -> None:
    # Other tests leave threads behind that sleep, as Spark's does.
    if threading.current_thread() is not threading.main_thread():
        return _sleep(seconds)
    raise AssertionError("it waits for the lock")


def _event_to_absorb(journal: Path) -> None:
    filled(journal, 1)
    spill(str(journal), event("spilled"))


def _torn(journal: Path) -> None:
    filled(journal, 2)
    os.truncate(journal, journal.stat().st_size - 2)


def _rotating(journal: Path) -> None:
    filled(journal, 3, 400)


STATES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "missing": (lambda _: None, []),
    "filled": (lambda journal: filled(journal, 2), ["0", "1"]),
    "to absorb": (_event_to_absorb, ["0", "spilled"]),
    "torn": (_torn, ["0", "1"]),
    "to rotate": (_rotating, ["0", "1", "2"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_a_handler_in_the_middle_of_recording_records_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Whichever line it interrupts, the handler's event is recorded once, and without a wait."""
    make, before = STATES[state]
    monkeypatch.setattr(time, "sleep", _no_wait)
    if state == "to rotate":
        monkeypatch.setenv("TACHIKOMA_TELEMETRY_ROTATE_MB", "0.001")
    at = 1
    while True:
        folder = tmp_path / str(at)
        folder.mkdir()
        monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(folder))
        journal = folder / "metrics.json"
        make(journal)
        delivery._targets.clear()
        handled: list[str] = []
        with Handler(at, lambda: handled.append(telemetry.retry(attempt=2))) as handler:  # noqa: B023
            outer = telemetry.retry(attempt=1)
        found = streamed(journal)
        waiting = len(spilled(str(journal)))
        if handled and waiting:  # the handler came after the last look for such
            absorb(str(journal), timeout=0)
            found = streamed(journal)
        assert Counter([*before, outer, *handled]) == Counter(found), at
        if not handled:
            assert at > 50
            return
        at += 1 + handler.lines % 2


@pytest.mark.slow
def test_a_handler_in_the_middle_of_spilling_waits_beside_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process holds the lock, an event of a handler waits beside the journal, too."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_LOCK_SECONDS", "0")
    at = 0
    while True:
        at += 1
        folder = tmp_path / str(at)
        folder.mkdir()
        monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(folder))
        journal = folder / "metrics.json"
        delivery._targets.clear()
        held = acquire(f"{journal}.lock", 0)
        handled: list[str] = []
        with Handler(at, lambda: handled.append(telemetry.retry(attempt=2))):  # noqa: B023
            outer = telemetry.retry(attempt=1)
        release(held)
        absorb(str(journal), timeout=0)
        assert Counter([outer, *handled]) == Counter(streamed(journal)), at
        if not handled:
            assert at > 50
            return


_FIRST = """
import sys, time
from tachikoma_telemetry import telemetry
from tests.journal.test_signals import Handler
for name in [each for each in sys.modules if each.startswith("filelock")]:
    del sys.modules[name]
from tachikoma_telemetry.journal import lock
lock.filelock.cache_clear()
def no_wait(seconds):
    raise SystemExit("it waits")
time.sleep = no_wait
handled = []
with Handler(int(sys.argv[1]), lambda: handled.append(telemetry.retry(attempt=2))) as handler:
    telemetry.retry(attempt=1)
print(len(handled), handler.lines)
"""


@pytest.mark.slow
def test_in_the_middle_of_the_first_event(project: Path) -> None:
    """Also while the first event imports what takes the lock, which takes most of its time."""
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    _, lines = map(int, done(python(_FIRST, 1, cwd=project), 60).split())
    expected = 2
    for at in range(10, lines, max(1, lines // 7)):
        handled, _ = map(int, done(python(_FIRST, at, cwd=project), 60).split())
        assert 1 == handled
        expected += 2
    append(str(journal), event("last"))
    absorb(str(journal), timeout=0)
    assert expected + 1 == len(streamed(journal))
