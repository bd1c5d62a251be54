"""Spilling: an event that can't get into the journal waits beside it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.errors import LockTimeoutError
from tachikoma_telemetry.journal import lock
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.lock import acquire, release
from tachikoma_telemetry.journal.spill import spill, spilled

from ..journal_at import document, done, event, filled, ids, python, quarantined, streamed


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with one event."""
    return filled(tmp_path / "metrics.json", 1)


def test_absorbed(journal: Path) -> None:
    """Spilled events go into the journal once, and their files away."""
    for number in range(1, 6):
        spill(str(journal), event(number))
    assert 1 == len(spilled(str(journal)))
    assert 5 == absorb(str(journal))
    assert ["0", "1", "2", "3", "4", "5"] == ids(journal)
    assert [] == spilled(str(journal))
    assert 0 == absorb(str(journal))


def test_many(journal: Path) -> None:
    """However many were spilled, no append is larger than what a writer looks back on."""
    for number in range(1, 401):
        spill(str(journal), event(number, 300))
    assert 400 == absorb(str(journal))
    assert [str(number) for number in range(401)] == ids(journal)


def test_half_an_event(journal: Path) -> None:
    """What a killed writer left half written is set aside; the whole ones are absorbed."""
    spill(str(journal), event(1))
    with Path(spilled(str(journal))[0]).open("ab") as file:
        file.write(b'{"id":"2","ty')
    assert 1 == absorb(str(journal))
    assert ["0", "1"] == ids(journal)
    assert b'{"id":"2","ty' == quarantined(journal)


def test_a_lock_that_is_lost_in_between(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often moving is broken off by contention, each event is in the journal once."""
    for number in range(1, 401):
        spill(str(journal), event(number, 500))
    acquire = lock.acquire
    calls = 0

    def contended(path: str, timeout: float, **options: bool) -> int:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise LockTimeoutError("contended")
        return acquire(path, timeout, **options)

    monkeypatch.setattr(lock, "acquire", contended)
    for _ in range(20):
        try:
            absorb(str(journal), timeout=0)
        except LockTimeoutError:
            continue
        break
    monkeypatch.undo()
    assert calls > 5
    assert [str(number) for number in range(401)] == ids(journal)
    assert [] == spilled(str(journal))


_KILLED = """
import os, signal, sys
from tachikoma_telemetry.journal.absorb import absorb
calls = 0
def killing(real):
    def call(*arguments, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call
for name in ("pwrite", "write", "rename", "unlink", "close"):
    setattr(os, name, killing(getattr(os, name)))
absorb(sys.argv[1], rotate_at=int(sys.argv[3]))
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("rotate_at", [0, pytest.param(700, marks=pytest.mark.slow)])
def test_a_kill_while_absorbing(tmp_path: Path, rotate_at: int) -> None:
    """Killed before any of its system calls, an absorber leaves each event to be moved once."""
    for at in range(1, 120):
        folder = tmp_path / str(at)
        folder.mkdir()
        journal = filled(folder / "metrics.json", 1)
        for number in range(1, 8):
            spill(str(journal), event(number, 250))
        with Path(spilled(str(journal))[0]).open("ab") as file:
            file.write(b'{"id":"8","ty')
        out, _ = python(_KILLED, journal, at, rotate_at).communicate()
        absorb(str(journal), rotate_at=rotate_at)
        assert [str(number) for number in range(8)] == sorted(streamed(journal)), at
        assert b'{"id":"8","ty' in quarantined(journal)
        assert [] == spilled(str(journal))
        if "done" in out:
            return
    raise AssertionError("absorbing makes fewer system calls than that")


def test_an_append_that_failed_after_it_wrote(project: Path) -> None:
    """An event whose append is said to have failed, but did not, is in the journal once."""
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    telemetry.retry(attempt=1)
    close, closed = os.close, 0

    def fail_once(descriptor: int) -> None:
        nonlocal closed
        closed += 1
        close(descriptor)
        if closed == 1:
            raise OSError(errno.EIO, "fault")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "close", fail_once)
        telemetry.retry(attempt=2)
    assert 1 == len(spilled(str(journal)))
    absorb(str(journal))
    assert [1, 2] == [each["attempt"] for each in document(journal)]


@pytest.mark.parametrize("place", ["spill", "segment", "lock", "journal", "legacy"])
@pytest.mark.parametrize(
    "what",
    [
        "pipe",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("link to a device", "folder")),
    ],
)
def test_places_taken_by_something_that_waits(project: Path, place: str, what: str) -> None:
    """Neither recording nor a reader ever waits for, or reads, what is no regular file."""
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    journal = folder / "metrics.json"
    if place != "journal":
        filled(journal, 1)
    taken = {
        "spill": "metrics-spill-1-1795384226012-00000000.jsonl",
        "segment": "metrics-1795384226012-00000000.json",
        "lock": "metrics.json.lock",
        "journal": "metrics.json",
        "legacy": "metrics.legacy.json",
    }[place]
    (folder / taken).unlink(missing_ok=True)
    if what == "pipe":
        os.mkfifo(folder / taken)
    elif what == "folder":
        (folder / taken).mkdir()
    else:
        (folder / taken).symlink_to("/dev/zero")
    done(python(_EVERYTHING, journal, cwd=project, env={"TACHIKOMA_TELEMETRY_STRICT": "0"}), 60)
    assert not (folder / taken).is_file()
    (folder / taken).rmdir() if what == "folder" else (folder / taken).unlink()


_EVERYTHING = r"""
import sys
from pathlib import Path
from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal.find import is_missing
from tachikoma_telemetry.journal.predecessor import read_histories
from tachikoma_telemetry.journal.prune import prune
from tachikoma_telemetry.journal.read import JournalReader
from tachikoma_telemetry.journal.repair import repair
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.spill import spilled
from tachikoma_telemetry.legacy import read_history
from tachikoma_telemetry.merge.merge import MergeRequest, merge
journal = Path(sys.argv[1])
recorded = telemetry.retry(attempt=1)
made = merge(MergeRequest(store=journal.with_name("unified.db"), root=Path(), journals=[journal]))
assert made.events in (1, 2), made
is_missing(str(journal), "none")
for each in (
    lambda: telemetry.retry(attempt=2),
    lambda: read_histories(journal),
    lambda: absorb(str(journal), timeout=0),
    lambda: prune(journal, lambda event: False, lambda ids: ids),
    *(
        lambda file=file, call=call: call(file)
        for file in journal.parent.iterdir() if file.suffix in (".json", ".jsonl")
        for call in (repair, read_history, lambda each: list(JournalReader(each)))
    ),
):
    try:
        each()
    except (OSError, ValueError):
        pass
"""


def test_a_symlink_is_not_absorbed(journal: Path) -> None:
    """A symlink named like a spill file is not read."""
    target = journal.with_name("secret")
    target.write_bytes(event(9) + b"\n")
    journal.with_name("metrics-spill-1-1795384226012-00000000.jsonl").symlink_to(target)
    with pytest.raises(OSError):
        absorb(str(journal))
    assert ["0"] == ids(journal)
    assert target.exists()


def test_recording_under_a_stopped_holder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped holder costs one bounded wait; later events do not wait, and none is lost."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_LOCK_SECONDS", "0.05")
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    journal = folder / "metrics.json"
    held = acquire(f"{journal}.lock", 1)
    slept: list[float] = []
    monkeypatch.setattr("tachikoma_telemetry.journal.lock.time.sleep", slept.append)
    recorded = [telemetry.retry(attempt=1)]
    assert slept
    slept.clear()
    recorded += [telemetry.retry(attempt=number) for number in range(2, 20)]
    assert [] == slept
    assert not journal.exists()
    release(held)
    monkeypatch.undo()
    monkeypatch.chdir(project)
    recorded.append(telemetry.retry(attempt=20))
    assert sorted(recorded) == sorted(ids(journal))
    assert [] == spilled(str(journal))


def test_the_next_process_absorbs(project: Path) -> None:
    """What one process spilled, the next one that records takes in."""
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    journal = folder / "metrics.json"
    spill(str(journal), event("spilled"))
    done(python("from tachikoma_telemetry import telemetry; telemetry.retry()", cwd=project))
    assert "spilled" in ids(journal)
    assert 2 == len(ids(journal))


@pytest.mark.parametrize("place", ["directory", "symlink"])
def test_a_taken_place(project: Path, caplog: pytest.LogCaptureFixture, place: str) -> None:
    """While something else lies at the journal's place, events wait beside it; it is said once."""
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    journal = folder / "metrics.json"
    if place == "directory":
        journal.mkdir()
    else:
        journal.symlink_to(project / "elsewhere")
    telemetry.retry(attempt=1)
    telemetry.retry(attempt=2)
    assert 1 == len(caplog.messages)
    assert "kept beside it" in caplog.text
    assert not (project / "elsewhere").exists()
    journal.rmdir() if place == "directory" else journal.unlink()
    telemetry.retry(attempt=3)
    assert 3 == len(streamed(journal))
