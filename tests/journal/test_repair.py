"""Repairing: every whole event stays, the rest is kept apart, and it says what it did."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.repair import Repair, repair

from ..journal_at import document, event, filled, ids, python, quarantined


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with three events."""
    return filled(tmp_path / "metrics.json", 3)


def test_a_journal_in_order_is_not_touched(journal: Path) -> None:
    """A journal in order is not touched, and no file appears beside it."""
    before, files = journal.stat(), sorted(os.listdir(journal.parent))
    assert Repair(3, 0, None) == repair(journal)
    after = journal.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert files == sorted(os.listdir(journal.parent))


def test_a_missing_journal_is_nothing_to_repair(tmp_path: Path) -> None:
    """There is nothing to repair where nothing is."""
    with pytest.raises(FileNotFoundError):
        repair(tmp_path / "metrics.json")


def test_damage_goes_to_quarantine(journal: Path) -> None:
    """Damaged lines are kept byte for byte; it says how many, and where they are."""
    damaged = journal.read_bytes().replace(b',{"id":"1"', b',{"id":1')
    journal.write_bytes(damaged)
    done = repair(journal)
    assert (2, 1, True) == (done.kept, done.damaged, done.changed)
    assert done.quarantine is not None
    assert b',{"id":1,' in done.quarantine.read_bytes()
    assert ["0", "2"] == ids(journal)
    assert 0o600 == done.quarantine.stat().st_mode & 0o777


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
        lambda text: json.dumps(json.loads(text), indent=2).encode(),
        lambda text: json.dumps(json.loads(text), separators=(",", ":")).encode(),
        lambda text: json.dumps(json.loads(text), indent=4).encode() + b"\n",
        lambda text: text.replace(b"\n", b"\n\n"),
        lambda text: text + b"]}\n",
        lambda text: text[:-3],
        lambda text: text.split(b"\n", 1)[1],
        lambda text: b"\0" * 64 + text.split(b"\n", 1)[1],
        lambda text: text[:24] + b"\0" * 24 + text[48:],
        lambda text: text[:36] + b"\0" * 24 + text[60:],
        lambda text: text.replace(b"\n,", b"\n,,"),
    ],
    ids=[
        "BOM",
        "CRLF",
        "BOM and CRLF",
        "hand-indented",
        "minified",
        "indented by four",
        "blank lines",
        "tail twice",
        "no tail",
        "no head",
        "head zeroed",
        "schema zeroed",
        "head half zeroed",
        "two commas",
    ],
)
def test_what_editors_and_crashes_do(journal: Path, spoil: object) -> None:
    """However the document was rewritten or cut, the next process takes its events over."""
    assert callable(spoil)
    journal.write_bytes(spoil(journal.read_bytes()))
    appending._recognised.clear()
    append(str(journal), event("next"))
    assert ["0", "1", "2", "next"] == ids(journal)


def test_created_is_kept(journal: Path) -> None:
    """The journal's own time outlives a repair."""
    created = json.loads(journal.read_bytes())["created"]
    journal.write_bytes(journal.read_bytes().replace(b"\n", b"\r\n"))
    repair(journal)
    assert created == json.loads(journal.read_bytes())["created"]


def test_a_later_schema_is_not_picked_to_pieces(journal: Path) -> None:
    """A damaged file of a later schema is set aside whole."""
    later = journal.read_bytes().replace(b"metrics/1", b"metrics/2")[:-9]
    journal.write_bytes(later)
    done = repair(journal)
    assert (0, later) == (done.kept, quarantined(journal))
    assert [] == document(journal)


LEGACY = {"skills": {}, "edits": {}, "rlm": {}, "intents": {}, "created_at": "2026-01-05T10:00:00"}


def test_the_predecessor_is_kept_as_legacy(journal: Path) -> None:
    """The predecessor's file is kept under its own name, and never overwritten by a second one."""
    for count in range(2):
        journal.write_text(json.dumps({**LEGACY, "last_updated": str(count)}, indent=2))
        append(str(journal), event(count))
        assert [str(count)] == ids(journal)
    kept = sorted(journal.parent.glob("metrics.legacy*.json"))
    assert ["1", "0"] == [json.loads(each.read_text())["last_updated"] for each in kept]
    assert "metrics.legacy.json" == kept[1].name


def test_two_repairs_at_once_end_as_one_does(journal: Path) -> None:
    """Two repairs at once end as one does."""
    journal.write_bytes(journal.read_bytes().replace(b',{"id":"1"', b"garbage"))
    threads = [threading.Thread(target=repair, args=(journal,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["0", "2"] == ids(journal)
    assert 1 == len(list(journal.parent.glob("metrics-quarantine-*")))


_REPAIR = """
import os, signal, sys
from pathlib import Path
import tachikoma_telemetry.journal.repair as repairing
calls = 0
def killing(real):
    def call(*arguments, **options):
        global calls
        calls += 1
        if calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call
for name in ("open", "write", "fsync", "close", "rename", "unlink", "link"):
    setattr(os, name, killing(getattr(os, name)))
repairing.repair(Path(sys.argv[1]))
print("done")
"""


@pytest.mark.slow
def test_a_killed_repair_leaves_what_the_next_one_repairs(tmp_path: Path) -> None:
    """Killed before any of its system calls, a repair leaves a journal that the next one mends."""
    for at in range(1, 40):
        folder = tmp_path / str(at)
        folder.mkdir()
        journal = filled(folder / "metrics.json", 3)
        journal.write_bytes(journal.read_bytes().replace(b',{"id":"1"', b'garbage{"id":"1"'))
        out, _ = python(_REPAIR, journal, at).communicate()
        repair(journal)
        assert ["0", "2"] == ids(journal)
        assert b'garbage{"id":"1"' in quarantined(journal)
        assert [] == list(folder.glob("*.new"))
        if "done" in out:
            return
    raise AssertionError("a repair makes fewer system calls than that")


def test_leftovers_of_kills_are_removed(journal: Path) -> None:
    """What a kill left half written beside the journal goes with the next repair."""
    leftover = journal.with_name("metrics.json.1795384226012-00000000.new")
    leftover.write_bytes(b"half")
    other = journal.with_name("notes.new")
    other.write_bytes(b"not ours")
    repair(journal)
    assert not leftover.exists()
    assert other.exists()
