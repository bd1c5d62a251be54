"""Damage of every shape: an event is whole or it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal.append import append

from ..journal_at import event, filled, ids, quarantined, streamed


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a journal is to be."""
    return tmp_path / "metrics.json"


@pytest.fixture(autouse=True)
def _another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # A crash ends the process: whoever appends next has never seen the file.
    monkeypatch.setattr(appending, "_recognised", {})


@pytest.mark.slow
def test_a_journal_cut_at_any_byte_keeps_its_whole_events(journal: Path) -> None:
    """Cut anywhere, every whole event survives the next append, and the rest is kept."""
    filled(journal, 4)
    whole = journal.read_bytes()
    ends = [index for index in range(len(whole)) if whole[: index + 1].endswith(b'"}')]
    for length in range(len(whole)):
        journal.write_bytes(whole[:length])
        appending._recognised.clear()
        surviving = sum(end < length for end in ends)
        expected = [*map(str, range(surviving)), "next"]
        append(str(journal), event("next"))
        assert expected == ids(journal), length
        partial = whole[:length].rsplit(b"\n", 1)[-1]
        is_event = length < len(whole) - 3 and not partial.endswith(b'"}')
        is_head = length <= whole.index(b"\n")
        if is_event and not (is_head and partial.endswith(b"[")) and partial != b",":
            assert partial in quarantined(journal), length
        for file in journal.parent.glob("metrics-quarantine-*"):
            file.unlink()


def _images(before: bytes, after: bytes) -> list[bytes]:
    """What a torn append can leave: a part, a part as zeros, its halves in the wrong order."""
    at = len(before) - 3
    data = after[at:]
    images = []
    for cut in range(len(data) + 1):
        images.append(before[:at] + data[:cut] + before[at + cut :])
        images.append(before[:at] + data[:cut] + bytes(len(data) - cut))
        # The second half on the disk, the first not: the old tail stands, then zeros.
        first = (before[at:] + bytes(len(data)))[:cut]
        images.append(before[:at] + first + data[cut:])
    return images


@pytest.mark.slow
def test_every_torn_image_gives_before_or_after(journal: Path) -> None:
    """Partial, zero-filled, halves swapped: readers and appends see before or after."""
    filled(journal, 3)
    before = journal.read_bytes()
    append(str(journal), event("torn"))
    after = journal.read_bytes()
    allowed = (["0", "1", "2"], ["0", "1", "2", "torn"])
    for image in _images(before, after):
        journal.write_bytes(image)
        appending._recognised.clear()
        assert streamed(journal) in allowed, image
        append(str(journal), event("next"))
        found = ids(journal)
        assert "next" == found[-1]
        assert found[:-1] in allowed, image
        for file in journal.parent.glob("metrics-quarantine-*"):
            file.unlink()


def test_garbage_in_the_middle_is_set_aside(journal: Path) -> None:
    """Garbage between events is set aside by the first append of a process; the events stay."""
    filled(journal, 3)
    lines = journal.read_bytes().split(b"\n")
    lines.insert(2, b"\x00\xffgarbage{{{")
    lines.insert(3, b',{"no":"event"}')
    journal.write_bytes(b"\n".join(lines))
    assert ["0", "1", "2"] == streamed(journal)
    append(str(journal), event("next"))
    assert b"garbage{{{" in quarantined(journal) or b"garbage" in journal.read_bytes()
    assert ["0", "1", "2", "next"] == streamed(journal)
