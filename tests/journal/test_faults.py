"""System calls that fail: an event is acknowledged and there, or refused and the rest is there."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.prune import prune
from tachikoma_telemetry.journal.repair import repair
from tachikoma_telemetry.journal.spill import spill, spilled

from ..journal_at import done, event, filled, ids, python, quarantined, streamed
from ..unprivileged import folder_of_nobody

_CALLS = (
    "open",
    "close",
    "fstat",
    "pread",
    "pwrite",
    "write",
    "ftruncate",
    "rename",
    "replace",
    "link",
    "unlink",
    "fsync",
    "listdir",
)


class Faults:
    """Let the n-th call of the os functions above fail, once or for good; counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, *, for_good: bool) -> None:
        self.at, self.for_good, self.calls, self.struck = at, for_good, 0, False
        for name in _CALLS:
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))

    def _failing(self, real: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self.at or (self.for_good and self.calls > self.at):
                self.struck = True
                if real is os_close:
                    real(*arguments)  # a close that fails has closed all the same
                raise OSError(errno.EIO, "fault")
            return real(*arguments, **options)

        return call


os_close = os.close


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a journal is to be."""
    return tmp_path / "metrics.json"


def _missing(path: Path) -> None:
    return None


def _filled(path: Path) -> None:
    filled(path, 3)


def _torn(path: Path) -> None:
    filled(path, 3)
    os.truncate(path, path.stat().st_size - 2)
    appending._recognised.clear()


def _full(path: Path) -> None:
    filled(path, 3, 400)


STATES = {"missing": (_missing, 0), "filled": (_filled, 3), "torn": (_torn, 3), "full": (_full, 3)}


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("state", STATES)
def test_every_call_fails(tmp_path: Path, state: str, for_good: bool) -> None:
    """Whichever call fails: no event that was there is lost, and an acknowledged one is there."""
    make, before = STATES[state]
    at = 0
    while True:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        path = folder / "metrics.json"
        make(path)
        with pytest.MonkeyPatch.context() as patched:
            faults = Faults(patched, at, for_good=for_good)
            try:
                append(str(path), event("new"), rotate_at=1000 if state == "full" else 0)
                acknowledged = True
            except OSError:
                acknowledged = False
        appending._recognised.clear()
        expected = [str(number) for number in range(before)]
        append(str(path), event("next"), rotate_at=0)
        found = streamed(path)
        assert [*expected, "next"] == [each for each in found if each != "new"], at
        assert "new" in found or not acknowledged, at
        assert found[-1] == ids(path)[-1] == "next"
        if not faults.struck:
            assert acknowledged
            assert at > 5
            return


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_every_call_of_a_repair_fails(tmp_path: Path, for_good: bool) -> None:
    """A repair that fails anywhere leaves the damaged journal or the mended one."""
    at = 0
    while True:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        path = filled(folder / "metrics.json", 3)
        path.write_bytes(path.read_bytes().replace(b',{"id":"1"', b'garbage{"id":"1"'))
        with pytest.MonkeyPatch.context() as patched:
            faults = Faults(patched, at, for_good=for_good)
            try:
                repair(path)
            except OSError:
                pass
        repair(path)
        assert ["0", "2"] == ids(path)
        assert b'garbage{"id":"1"' in quarantined(path)
        if not faults.struck:
            return


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_recording_swallows_every_fault(
    project: Path, monkeypatch: pytest.MonkeyPatch, for_good: bool
) -> None:
    """Whatever fails below it, recording raises nothing, and loses nothing but what it said."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    recorded = []
    for at in range(1, 16):
        with pytest.MonkeyPatch.context() as patched:
            Faults(patched, at, for_good=for_good)
            recorded.append(telemetry.retry(reason="fault", attempt=at))
    recorded.append(telemetry.retry(reason="next"))
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    absorb(str(journal))
    found = streamed(journal)
    assert set(found) <= set(recorded)
    assert recorded[-1] in found
    if not for_good:
        # One failing call: the event goes beside the journal, and from there into it.
        assert set(found) == set(recorded)


def test_short_writes_are_completed(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes a few bytes at a time still gets the whole event."""
    pwrite, write = os.pwrite, os.write
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(fd, data[:7], at))
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    filled(journal, 3)
    monkeypatch.undo()
    assert ["0", "1", "2"] == ids(journal)


_LIMITED = """
import resource, sys
from pathlib import Path
from tachikoma_telemetry.journal.append import append
from tests.journal_at import event
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + int(sys.argv[2]),) * 2)
try:
    append(str(path), event("long", 500))
except OSError as error:
    print(error.errno)
"""


@pytest.mark.parametrize("room", [0, 1, 4, 100, 499])
def test_a_write_cut_by_a_size_limit_is_undone(journal: Path, room: int) -> None:
    """A short write by a file size limit is undone: the document is as it was."""
    pytest.importorskip("resource")
    filled(journal, 3)
    before = journal.read_bytes()
    assert str(errno.EFBIG) == done(python(_LIMITED, journal, room)).strip()
    assert before == journal.read_bytes()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KB, which takes root to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _fill(ballast: Path) -> None:
    try:
        with ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))
    except OSError as error:
        assert errno.ENOSPC == error.errno  # noqa: PT017 - it is the loop's end


def test_a_full_disk_leaves_the_document_whole(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a really full disk the document stays whole, nothing is raised; with room it goes on."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(small_disk))
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    journal = small_disk / "metrics.json"
    ballast = small_disk / "ballast"
    kept = [telemetry.retry(reason="before")]
    _fill(ballast)
    for number in range(200):
        telemetry.retry(reason="x" * 200, attempt=number + 1)
    assert kept[0] == ids(journal)[0]
    ballast.unlink()
    kept.append(telemetry.retry(reason="after"))
    assert kept[-1] == ids(journal)[-1]
    assert [] == [name for name in os.listdir(small_disk) if "quarantine" in name]


def test_a_read_only_disk_raises_nothing(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, nothing is raised, and the package imports."""
    filled(small_disk / "metrics.json", 1)
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    code = "from tachikoma_telemetry import telemetry; print(telemetry.retry(reason='x'))"
    strict = {"TACHIKOMA_TELEMETRY_DIR": str(small_disk), "TACHIKOMA_TELEMETRY_STRICT": "0"}
    process = python(code, env=strict, cwd=small_disk)
    out, err = process.communicate()
    assert (0, 33) == (process.returncode, len(out))
    assert 1 == err.count("not recorded")
    assert ["0"] == streamed(small_disk / "metrics.json")


def test_a_read_only_folder_raises_nothing() -> None:
    """A folder without write permission is as good as a read-only disk."""
    with folder_of_nobody() as folder:
        folder.chmod(0o500)
        with pytest.raises(PermissionError):
            append(str(folder / "metrics.json"), event(1))
        assert [] == os.listdir(folder)


def test_a_repair_on_a_full_disk_leaves_all_as_it_was(small_disk: Path) -> None:
    """Without room a repair leaves all as it was, however often it is tried."""
    journal = filled(small_disk / "metrics.json", 30, 500)
    journal.write_bytes(journal.read_bytes().replace(b',{"id":"1"', b'garbage{"id":"1"'))
    before = journal.read_bytes()
    files = sorted([*os.listdir(small_disk), "ballast"])
    # Room for what is set aside, but none for the journal.
    (small_disk / "ballast").write_bytes(bytes(32_000))
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            repair(journal)
        assert before == journal.read_bytes()
        assert files == sorted(os.listdir(small_disk))
    (small_disk / "ballast").unlink()
    assert repair(journal).changed
    assert 29 == len(ids(journal))
    assert b'garbage{"id":"1"' in quarantined(journal)


@pytest.mark.parametrize("content", ["foreign", "predecessor"])
def test_setting_a_file_aside_on_a_full_disk(small_disk: Path, content: str) -> None:
    """A file that is no journal keeps its one name until there is room for a journal."""
    journal = small_disk / "metrics.json"
    found = {"skills": {}, "edits": {}, "rlm": {}, "intents": {}, "created_at": "2026"}
    text = json.dumps(found).encode() if content == "predecessor" else b"hello"
    journal.write_bytes(text)
    _fill(small_disk / "ballast")
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            append(str(journal), event(1))
        assert text == journal.read_bytes()
        assert 1 == journal.stat().st_nlink
    (small_disk / "ballast").unlink()
    append(str(journal), event(1))
    assert ["1"] == ids(journal)
    name = "metrics.legacy.json" if content == "predecessor" else "metrics-quarantine-*.txt"
    assert [text] == [each.read_bytes() for each in small_disk.glob(name)]


def test_pruning_on_a_full_disk_leaves_the_journal_as_it_was(small_disk: Path) -> None:
    """Without room a prune leaves the journal as it was, and nothing beside it."""
    journal = filled(small_disk / "metrics.json", 30, 500)
    before = journal.read_bytes()
    _fill(small_disk / "ballast")
    files = sorted(os.listdir(small_disk))
    with pytest.raises(OSError, match="No space left"):
        prune(journal, lambda each: each["id"] == "3", lambda found: found)
    assert (before, files) == (journal.read_bytes(), sorted(os.listdir(small_disk)))
    (small_disk / "ballast").unlink()
    prune(journal, lambda each: each["id"] == "3", lambda found: found)
    assert 29 == len(ids(journal))


def test_rotating_on_a_full_disk_waits_for_room(small_disk: Path) -> None:
    """Without room for the next journal the old one goes on while it can, and stays whole."""
    journal = filled(small_disk / "metrics.json", 10, 500)
    _fill(small_disk / "ballast")
    for number in range(10, 40):
        try:
            append(str(journal), event(number), rotate_at=1000)
        except OSError:
            break
    assert ["ballast", "metrics.json", "metrics.json.lock"] == sorted(os.listdir(small_disk))
    assert [str(each) for each in range(len(ids(journal)))] == ids(journal)


def test_absorbing_on_a_full_disk_moves_each_event_once(small_disk: Path) -> None:
    """What can't be moved waits; with room each event is moved once, and the damage set aside."""
    journal = filled(small_disk / "metrics.json", 1)
    for number in range(1, 60):
        spill(str(journal), event(number, 200))
    with Path(spilled(str(journal))[0]).open("ab") as file:
        file.write(b'{"id":"60","ty')
    _fill(small_disk / "ballast")
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            absorb(str(journal))
        assert ids(journal)[0] == "0"
    (small_disk / "ballast").unlink()
    absorb(str(journal))
    assert [str(number) for number in range(60)] == ids(journal)
    assert b'{"id":"60","ty' == quarantined(journal)
    assert [] == spilled(str(journal))


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_every_call_of_absorbing_fails(tmp_path: Path, for_good: bool) -> None:
    """Whichever call fails, each spilled event is moved into the journal once."""
    at = 0
    while True:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        path = filled(folder / "metrics.json", 1)
        for number in range(1, 9):
            spill(str(path), event(number, 8_000))
        with pytest.MonkeyPatch.context() as patched:
            faults = Faults(patched, at, for_good=for_good)
            try:
                absorb(str(path), rotate_at=30_000)
            except OSError:
                pass
        absorb(str(path), rotate_at=30_000)
        assert [str(number) for number in range(9)] == sorted(streamed(path)), at
        assert [] == spilled(str(path))
        if not faults.struck:
            return
