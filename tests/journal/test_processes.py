"""Many writers at once, and writers that are stopped, killed or forked."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import LockTimeoutError
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.lock import acquire, release
from tachikoma_telemetry.journal.read import JournalReader

from ..journal_at import document, done, event, filled, ids, python, streamed

_APPEND = """
import sys
from tachikoma_telemetry.journal.append import append
from tests.journal_at import event
path, name, count, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for number in range(count):
    append(path, event(f"{name}-{number}", size), timeout=60, rotate_at=int(sys.argv[5]))
    if "-v" in sys.argv:
        print(number, flush=True)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a journal is to be."""
    return tmp_path / "metrics.json"


def _append_some(path: str, name: str, count: int) -> None:
    for number in range(count):
        append(path, event(f"{name}-{number}"), timeout=60)


def _expected(writers: int, each: int) -> Counter[str]:
    return Counter(f"{writer}-{number}" for writer in range(writers) for number in range(each))


def _in_order(found: list[str]) -> bool:
    """Whether each writer's events stand in the order in which it wrote them."""
    last: dict[str, int] = {}
    for each in found:
        writer, number = each.split("-")
        if int(number) != last.get(writer, -1) + 1:
            return False
        last[writer] = int(number)
    return True


@pytest.mark.slow
def test_processes_lose_nothing_side_by_side(journal: Path) -> None:
    """Eight processes of 250 events each: all there, once, in order; the document is whole."""
    writers = [python(_APPEND, journal, name, 250, 0, 0) for name in range(8)]
    for writer in writers:
        done(writer)
    found = ids(journal)
    assert _expected(8, 250) == Counter(found)
    assert _in_order(found)


@pytest.mark.slow
def test_processes_that_rotate_lose_nothing(journal: Path) -> None:
    """Rotation by whoever happens to be there loses nothing."""
    writers = [python(_APPEND, journal, name, 100, 200, 5000) for name in range(4)]
    for writer in writers:
        done(writer)
    assert _expected(4, 100) == Counter(streamed(journal))
    assert len(list(journal.parent.glob("metrics-*.json"))) > 5


def test_threads_exclude_each_other(journal: Path) -> None:
    """Threads of one process exclude each other as processes do."""
    threads = [
        threading.Thread(target=_append_some, args=(str(journal), str(name), 200))
        for name in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _expected(8, 200) == Counter(ids(journal))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_children_append_beside_their_parent(journal: Path, method: str) -> None:
    """Children of a process that has appended already, forked or spawned, append beside it."""
    filled(journal, 1)
    context = multiprocessing.get_context(method)
    children = [
        context.Process(target=_append_some, args=(str(journal), str(name), 50))  # type: ignore[attr-defined]
        for name in range(4)
    ]
    for child in children:
        child.start()
    _append_some(str(journal), "4", 50)
    for child in children:
        child.join()
        assert 0 == child.exitcode
    assert _expected(5, 50) + Counter(["0"]) == Counter(ids(journal))


def _kill_loop(journal: Path, size: int, rounds: int) -> None:
    """Kill a writer again and again; what it said it had written is there, and appends go on."""
    acknowledged: set[str] = set()
    for round_ in range(rounds):
        writer = python(_APPEND, journal, round_, 100_000, size, 0, "-v")
        assert writer.stdout is not None
        # So many events, then the kill at whatever instruction it has come to.
        for _ in range(3 + round_ % 5):
            acknowledged.add(f"{round_}-{writer.stdout.readline().strip()}")
        writer.kill()
        rest = writer.stdout.read()
        acknowledged.update(f"{round_}-{line}" for line in rest.split() if rest.endswith("\n"))
        writer.wait()
        writer.stdout.close()
        assert writer.stderr is not None
        writer.stderr.close()
        append(str(journal), event(f"after-{round_}"), rotate_at=0)
        acknowledged.add(f"after-{round_}")
        assert acknowledged <= set(ids(journal))
    found = Counter(ids(journal))
    assert set(found.values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("size", [150, 4_000, 60_000])
def test_what_was_acknowledged_survives_any_kill(journal: Path, size: int) -> None:
    """kill -9 at any moment, also with events of many pages: what was acknowledged survives."""
    _kill_loop(journal, size, 60)


_HOLD = """
import sys, time
from tachikoma_telemetry.journal.lock import acquire
held = acquire(sys.argv[1] + ".lock", 10)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_stopped_holder_bounds_the_wait(journal: Path) -> None:
    """A stopped process that holds the lock keeps a writer no longer than it was told to wait."""
    filled(journal, 1)
    holder = python(_HOLD, journal, stdin=-1)
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(LockTimeoutError):
            append(str(journal), event(1), timeout=0.05)
    finally:
        holder.kill()
        holder.communicate()
    # Killed, it is free at once: no wait at all is allowed here.
    append(str(journal), event(2), timeout=0)
    assert ["0", "2"] == ids(journal)


def test_the_wait_ends_when_the_lock_is_free(journal: Path) -> None:
    """A writer that waits gets the lock as soon as the holder lets go."""
    held = acquire(f"{journal}.lock", 1)
    writer = threading.Thread(target=append, args=(str(journal), event(1)), kwargs={"timeout": 60})
    writer.start()
    release(held)
    writer.join()
    assert ["1"] == ids(journal)


def test_the_wait_ends_under_a_frozen_clock(journal: Path) -> None:
    """Tests that freeze the time do not wait for ever."""
    freezegun = pytest.importorskip("freezegun")
    held = acquire(f"{journal}.lock", 1)
    try:
        with freezegun.freeze_time("2026-11-23"), pytest.raises(LockTimeoutError):
            append(str(journal), event(1), timeout=0.05)
    finally:
        release(held)


def test_a_forked_child_does_not_keep_the_lock(journal: Path) -> None:
    """A child forked while another thread holds the lock does not hold on to it."""
    held = acquire(f"{journal}.lock", 1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        release(held)
        append(str(journal), event(1), timeout=0)
    finally:
        os.close(writer)
        os.waitpid(child, 0)
    assert ["1"] == ids(journal)


@pytest.mark.slow
@pytest.mark.parametrize("locked", [True, False], ids=["reader", "json.loads under the lock"])
def test_readers_beside_writers_never_see_broken_json(journal: Path, locked: bool) -> None:
    """Readers beside writers never see broken JSON, and never fewer events than before."""
    filled(journal, 1)
    writers = [python(_APPEND, journal, name, 300, 4_000, 0) for name in range(3)]
    seen = 0
    rounds = 0
    while any(writer.poll() is None for writer in writers) or rounds < 3:
        rounds += 1
        if locked:
            reader = JournalReader(journal)
            count = sum(1 for _ in reader)
            assert 0 == reader.malformed
        else:
            held = acquire(f"{journal}.lock", 60)
            try:
                count = len(json.loads(journal.read_bytes())["events"])
            finally:
                release(held)
        assert seen <= count
        seen = count
    for writer in writers:
        done(writer)
    assert 901 == len(document(journal))


def test_the_lock_poll_sleeps(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the lock gives the processor away, a millisecond at a time."""
    held = acquire(f"{journal}.lock", 1)
    slept: list[float] = []
    sleep = time.sleep

    def free_at_last(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 5:
            release(held)
        sleep(0)

    monkeypatch.setattr(time, "sleep", free_at_last)
    append(str(journal), event(1), timeout=60)
    assert [0.001] * 5 == slept


def test_a_lock_file_that_is_deleted_while_waited_for(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited for a lock file that is gone takes the one that others take now."""
    path = Path(f"{journal}.lock")
    held = acquire(str(path), 1)

    def delete(seconds: float) -> None:
        monkeypatch.undo()
        path.unlink()
        release(held)

    monkeypatch.setattr(time, "sleep", delete)
    taken = acquire(str(path), 60)
    try:
        assert os.path.samestat(os.fstat(taken), path.stat())
    finally:
        release(taken)
