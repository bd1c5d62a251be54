"""Reading: by line, in little memory, without a trace."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.format import document as whole
from tachikoma_telemetry.journal.read import JournalReader, journal_files

from ..journal_at import done, event, filled, python


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with three events."""
    return filled(tmp_path / "metrics.json", 3)


def test_a_reader_goes_on_where_another_ended(journal: Path) -> None:
    """A reader that starts where another ended reads what came since, and nothing twice."""
    first = JournalReader(journal)
    assert ["0", "1", "2"] == [line.event["id"] for line in first]
    append(str(journal), event(3))
    second = JournalReader(journal, first.position)
    lines = list(second)
    assert ["3"] == [line.event["id"] for line in lines]
    assert second.position == lines[-1].end == journal.stat().st_size - 3


def test_reading_leaves_no_trace(tmp_path: Path) -> None:
    """A copy of a journal, or a segment, is read without making any file beside it."""
    path = tmp_path / "metrics-1795384226012-0a1b2c3d.json"
    path.write_bytes(whole([event(1)], 1))
    assert ["1"] == [line.event["id"] for line in JournalReader(path)]
    assert [path.name] == os.listdir(tmp_path)


def test_malformed_lines_are_counted(journal: Path) -> None:
    """Lines that hold no event are skipped and counted."""
    lines = journal.read_bytes().split(b"\n")
    lines[2:2] = [
        b",{}",
        b"garbage",
        b',{"id":"x","type":"t","time":-1}',
        b',{"id":"x","time":NaN}',
    ]
    journal.write_bytes(b"\n".join(lines))
    reader = JournalReader(journal)
    assert ["0", "1", "2"] == [line.event["id"] for line in reader]
    assert (3, 4) == (reader.events, reader.malformed)


def test_a_line_without_end_fills_no_memory(tmp_path: Path) -> None:
    """A foreign file that is one line of 40 MB is one malformed line, and fills no memory."""
    path = tmp_path / "metrics.json"
    path.write_bytes(b"x" * 40_000_000 + b"\n" + b",".join([event(1)]) + b"\n]}\n")
    reader = JournalReader(path)
    tracemalloc.start()
    try:
        assert ["1"] == [line.event["id"] for line in reader]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1 == reader.malformed
    assert peak < 10_000_000


def test_segments_are_read_oldest_first(journal: Path) -> None:
    """A journal's files are its segments, oldest first, and itself; nothing else beside them."""
    names = [
        "metrics-1795384226999-00000000.json",
        "metrics-1795384226012-ffffffff.json",
        "metrics-quarantine-1795384226012-00000000.txt",
        "metrics-spill-12-1795384226012-00000000.jsonl",
        "metrics.legacy.json",
        "metrics-backup.json",
        "other-1795384226012-00000000.json",
    ]
    for name in names:
        journal.with_name(name).write_bytes(b"")
    assert [names[1], names[0], "metrics.json"] == [each.name for each in journal_files(journal)]


_READ = """
import resource, sys
from pathlib import Path
from tachikoma_telemetry.journal.read import JournalReader
path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
reader = JournalReader(path)
print(sum(1 for _ in reader), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
def test_a_million_events_need_little_memory(tmp_path: Path) -> None:
    """A journal of a million events (300 MB) is read within 100 MB of extra memory."""
    pytest.importorskip("resource")
    path = tmp_path / "metrics.json"
    line = event("1", 298) + b"\n,"
    with path.open("wb") as file:
        file.write(whole([], 1)[:-3])
        for _ in range(1000):
            file.write(line * 1000)
        file.seek(-1, os.SEEK_CUR)
        file.write(b"]}\n")
    assert 300_000_000 <= path.stat().st_size
    count, megabytes = done(python(_READ, path)).split()
    assert "1000000" == count
    assert int(megabytes) < 100
