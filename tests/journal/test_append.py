"""Appending: the format, and what may lie at the journal's place."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal import lock as locking
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.format import document as whole
from tachikoma_telemetry.journal.format import journal_of
from tachikoma_telemetry.journal.read import journal_files
from tachikoma_telemetry.journal.repair import repair

from ..journal_at import document, event, filled, ids, quarantined, streamed


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a journal is to be."""
    return tmp_path / "metrics.json"


def test_the_journal_is_a_document_after_every_append(journal: Path) -> None:
    """The file is valid JSON with one event a line after each append."""
    for count in range(1, 6):
        append(str(journal), event(count))
        assert [str(each) for each in range(1, count + 1)] == ids(journal)
        assert count + 2 == len(journal.read_bytes().splitlines())


def test_no_committed_byte_is_rewritten(journal: Path) -> None:
    """An append changes nothing before the constant tail, and the file stays the same file."""
    filled(journal, 3)
    before, inode = journal.read_bytes(), journal.stat().st_ino
    append(str(journal), event("next"))
    assert before[:-3] == journal.read_bytes()[: len(before) - 3]
    assert inode == journal.stat().st_ino


def test_journal_and_lock_are_private(journal: Path) -> None:
    """Journal and lock are readable by their owner only, whatever the umask allows."""
    before = os.umask(0)
    try:
        append(str(journal), event(1))
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE(journal.stat().st_mode)
    assert 0o600 == stat.S_IMODE(journal.with_name("metrics.json.lock").stat().st_mode)


def test_a_text_that_looks_like_the_tail(journal: Path) -> None:
    """An event may contain the very bytes that end a journal."""
    tricky = json.dumps(
        {"id": "1", "type": "retry", "time": 1, "reason": "a\n]}\n", "b": '}\n]}\n"'},
        separators=(",", ":"),
    ).encode()
    append(str(journal), tricky)
    append(str(journal), event(2))
    assert ["1", "2"] == ids(journal)
    assert "a\n]}\n" == document(journal)[0]["reason"]


def test_several_events_in_one_append_are_as_many_lines(journal: Path) -> None:
    """Events joined by a line break and a comma are as many lines."""
    append(str(journal), event(1) + b"\n," + event(2))
    append(str(journal), event(3) + b"\n," + event(4))
    assert ["1", "2", "3", "4"] == ids(journal)


def test_past_the_limit_a_new_journal_begins(journal: Path) -> None:
    """Past the limit a new journal begins; the segments hold the rest, each a whole document."""
    for number in range(40):
        append(str(journal), event(number, 150), rotate_at=1000)
    segments = list(journal.parent.glob("metrics-*.json"))
    assert len(segments) > 3
    assert all(document(each) for each in [*segments, journal])
    assert list(range(40)) == sorted(map(int, streamed(journal)))
    assert {str(journal)} == {journal_of(str(each)) for each in segments}
    assert not list(journal.parent.glob("*.new"))


@pytest.mark.parametrize("now", [0, 7, 123_456, 9_876_543_210, 12_345_678_901_234_567])
def test_segments_of_any_clock_are_found(
    journal: Path, monkeypatch: pytest.MonkeyPatch, now: int
) -> None:
    """Segments are found however many digits the clock gives their names: 1970 or far from now."""
    monkeypatch.setattr(time, "time_ns", lambda: now * 1_000_000)
    for number in range(40):
        append(str(journal), event(number, 150), rotate_at=1000)
    assert len(list(journal.parent.glob("metrics-*.json"))) > 3
    assert list(range(40)) == sorted(map(int, streamed(journal)))


def test_a_clock_before_the_epoch_makes_journals(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock before 1970 makes journals that are journals."""
    monkeypatch.setattr(time, "time_ns", lambda: -5_000_000_000)
    for number in range(40):
        append(str(journal), event(number, 150), rotate_at=1000)
    assert list(range(40)) == sorted(map(int, streamed(journal)))
    assert all(not repair(file).changed for file in journal_files(journal))


def test_without_a_limit_one_file_keeps_everything(journal: Path) -> None:
    """A limit of 0 keeps everything in one file."""
    for number in range(20):
        append(str(journal), event(number, 200), rotate_at=0)
    assert [] == list(journal.parent.glob("metrics-*.json"))
    assert 20 == len(ids(journal))


def _of_size(size: int, each: int) -> tuple[bytes, int]:
    """A journal of exactly `size` bytes with events of `each` bytes or more; how many these are."""
    room = size - len(whole([], 1_795_384_226_012))
    count = max(1, room // (each + 2))
    sizes = [each] * (count - 1)
    sizes.append(room - 1 - (each + 2) * (count - 1))
    made = [event(number, size) for number, size in enumerate(sizes)]
    return whole(made, 1_795_384_226_012), count


@pytest.mark.slow
@pytest.mark.parametrize("each", [100, 1_000, 8_000])
def test_a_journal_of_any_size_is_appended_to(journal: Path, each: int) -> None:
    """A new process appends to a journal of any size, wherever its look-back begins."""
    edge = appending.LOOK_BACK
    sizes = {
        *range(each + 200, 200_000, 1499),
        *range(edge - 80, edge + 160),
        *range(edge, edge + 2 * each, 1 + each // 40),
    }
    for size in sorted(sizes):
        content, count = _of_size(size, each)
        assert size == len(content)
        journal.write_bytes(content)
        appending._recognised.clear()
        inode = journal.stat().st_ino
        append(str(journal), event("next"))
        found = journal.read_bytes()
        assert inode == journal.stat().st_ino, size
        assert found.startswith(content[:-3]), size
        assert found.endswith(event("next") + b"\n]}\n"), size
        assert count + 3 == found.count(b"\n"), size
    document(journal)


def test_a_repair_that_changes_nothing_has_the_last_word(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a whole reading finds in order is appended to, whatever a short look back thinks."""
    filled(journal, 3)
    appending._recognised.clear()
    monkeypatch.setattr(appending, "_is_in_order", lambda *_: False)
    append(str(journal), event("next"))
    assert ["0", "1", "2", "next"] == ids(journal)


def test_a_journal_deleted_meanwhile_is_begun_again(journal: Path) -> None:
    """A journal that somebody deletes is begun anew."""
    filled(journal, 2)
    journal.unlink()
    append(str(journal), event("later"))
    assert ["later"] == ids(journal)


def test_a_lock_file_deleted_meanwhile_loses_nothing(journal: Path) -> None:
    """A lock file that somebody deletes is made anew; nothing is lost."""
    filled(journal, 1)
    journal.with_name("metrics.json.lock").unlink()
    append(str(journal), event("later"))
    assert ["0", "later"] == ids(journal)


@pytest.mark.parametrize("change", ["replaced", "deleted", "rotated", "truncated"])
def test_what_changed_before_the_lock_is_seen(
    journal: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """What happens to the journal while an append waits for the lock is seen by it."""
    filled(journal, 2)
    other = filled(journal.with_name("other.json"), 5)
    acquire = locking.acquire

    def change_first(path: str, timeout: float) -> int:
        held = acquire(path, timeout)
        if change == "replaced":
            other.rename(journal)
        elif change == "deleted":
            journal.unlink()
        elif change == "rotated":
            journal.rename(journal.with_name("metrics-1795384226012-00000000.json"))
        else:
            os.truncate(journal, journal.stat().st_size - 7)
        return held

    monkeypatch.setattr(locking, "acquire", change_first)
    append(str(journal), event("late"))
    monkeypatch.undo()
    before = {"replaced": 5, "deleted": 0, "rotated": 2, "truncated": 1}[change]
    assert [*map(str, range(before)), "late"] == streamed(journal)
    assert "late" == ids(journal)[-1]


FOREIGN = {
    "empty": b"",
    "blank": b"\n\n",
    "zeros": b"\0" * 50,
    "foreign JSON": b'{"a": [\n{"b": 1}\n]}\n',
    "foreign end": b'[{"x":[\n{}\n]}\n]\n',
    "text": b"hello\nworld\n",
    "a later schema": b'{"schema":"tachikoma.metrics/2","created":1,"events":[\n{"id":"9"}\n]}\n',
    "binary": bytes(range(256)),
    "a number": b"42",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_content_is_set_aside(journal: Path, content: bytes) -> None:
    """What is no journal is kept byte for byte beside it, never overwritten."""
    journal.write_bytes(content)
    append(str(journal), event(1))
    append(str(journal), event(2))
    assert ["1", "2"] == ids(journal)
    expected = content if content.strip(b"\0\n") else b""
    assert expected == quarantined(journal)


def test_a_journal_overwritten_by_something_that_ends_like_one(journal: Path) -> None:
    """A foreign file is seen for what it is also by a process that has appended before."""
    filled(journal, 3)
    foreign = b'{"schema":"x","events":[\n{}\n]}\n'
    journal.write_bytes(foreign)
    append(str(journal), event("next"))
    assert ["next"] == ids(journal)
    assert foreign == quarantined(journal)


def test_a_file_put_there_while_a_journal_is_made(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign file that appears while the first journal is written is not overwritten."""
    link = os.link

    def put_first(source: Any, target: Any) -> None:
        monkeypatch.undo()
        journal.write_bytes(b"foreign")
        link(source, target)

    monkeypatch.setattr(os, "link", put_first)
    append(str(journal), event(1))
    assert ["1"] == ids(journal)
    assert b"foreign" == quarantined(journal)


@pytest.mark.parametrize("to", ["file", "nothing"])
def test_a_symlink_is_not_followed(journal: Path, to: str) -> None:
    """A symlink at the journal's place, dangling or not, is neither followed nor replaced."""
    target = journal.with_name("target")
    if to == "file":
        target.write_bytes(b"precious")
    journal.symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        append(str(journal), event(1))
    assert journal.is_symlink()
    assert (b"precious" if to == "file" else None) == (
        target.read_bytes() if target.exists() else None
    )


def test_a_symlink_as_lock_file_is_not_followed(journal: Path) -> None:
    """A symlink at the lock's place is not followed either."""
    journal.with_name("metrics.json.lock").symlink_to(journal.with_name("target"))
    with pytest.raises(OSError, match="symbolic link"):
        append(str(journal), event(1))
    assert not journal.with_name("target").exists()


def test_a_directory_at_the_path_is_left_alone(journal: Path) -> None:
    """A directory is left alone."""
    journal.mkdir()
    with pytest.raises(IsADirectoryError):
        append(str(journal), event(1))
    assert [] == list(journal.iterdir())


def test_a_fifo_at_the_path_is_not_waited_for(journal: Path) -> None:
    """A named pipe is neither written to nor waited for."""
    os.mkfifo(journal)
    with pytest.raises(OSError):
        append(str(journal), event(1))
    assert stat.S_ISFIFO(journal.stat().st_mode)


def test_no_descriptor_stays_open(journal: Path) -> None:
    """An append closes what it opened, also when it fails."""
    filled(journal, 2)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        append(str(journal), event("x"))
        with pytest.raises(FileNotFoundError):
            append(str(journal.parent / "none" / "metrics.json"), event("x"))
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)
