"""Spilling: an event that can't get into the journal waits beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal.lock import acquire, release
from tachikoma_telemetry.journal.spill import absorb, spill, spilled

from .journal_at import done, event, filled, ids, python, quarantined, streamed


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
