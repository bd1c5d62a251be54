"""Merging journals: whatever state they are in, where else their events wait, and how often."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.cli.doctor.source_checks import check_journal
from tachikoma_telemetry.journal import append as appending
from tachikoma_telemetry.journal import lock
from tachikoma_telemetry.journal import predecessor as legacy_history
from tachikoma_telemetry.journal.absorb import absorb
from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.format import document as whole
from tachikoma_telemetry.journal.lock import acquire, release
from tachikoma_telemetry.journal.read import JournalReader
from tachikoma_telemetry.journal.repair import repair
from tachikoma_telemetry.journal.spill import spill, spilled
from tachikoma_telemetry.merge.facts import journals as merging_journals

from ..command_line import run
from ..journal_at import event, filled, ids
from ..merging import merge_project, rows


@pytest.fixture
def journal(project: Path) -> Path:
    """Where the project's journal is to be."""
    folder = project / ".opencode" / "telemetry"
    folder.mkdir()
    return folder / "metrics.json"


def _state(project: Path) -> list[Any]:
    return rows(project, "SELECT source, state, malformed FROM merge_state ORDER BY source")


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that does not wait for the lock."""
    monkeypatch.setattr(absorb, "__kwdefaults__", {"timeout": 0.0, "rotate_at": 0})
    monkeypatch.setattr(lock, "LOCK_SECONDS", 0.0)


@pytest.mark.usefixtures("_impatient")
def test_what_can_not_be_moved_is_read_where_it_waits(project: Path, journal: Path) -> None:
    """Events beside a journal whose lock is held count, are said to wait, and count once later."""
    filled(journal, 2)
    for number in range(2, 7):
        spill(str(journal), event(number))
    held = acquire(f"{journal}.lock", 0)
    try:
        merged = merge_project(project)
        again = merge_project(project)
    finally:
        release(held)
    assert (7, 7) == (merged.events, again.events)
    assert 1 == len(merged.warnings)
    assert "5 events beside" in merged.warnings[0]
    assert "they count all the same" in merged.warnings[0]
    assert 1 == len(spilled(str(journal)))
    later = merge_project(project)
    assert (7, []) == (later.events, later.warnings)
    assert [] == spilled(str(journal))
    assert 7 == len(ids(journal))


@pytest.mark.usefixtures("_impatient")
def test_events_beside_a_journal_that_was_never_begun(project: Path, journal: Path) -> None:
    """Where only spill files are, they are the journal."""
    spill(str(journal), event(1))
    assert 1 == merge_project(project).events


@pytest.mark.usefixtures("_impatient")
def test_damage_beside_the_journal_is_counted_once(project: Path, journal: Path) -> None:
    """Lines of a spill file that are no events are counted, however often they are met."""
    filled(journal, 1)
    spill(str(journal), event(1))
    with Path(spilled(str(journal))[0]).open("ab") as file:
        file.write(b'garbage\n{"id":"8","ty')
    held = acquire(f"{journal}.lock", 0)
    try:
        assert [2, 2] == [merge_project(project).malformed for _ in range(2)]
    finally:
        release(held)
    assert 0 == merge_project(project).malformed


def test_damage_that_is_set_aside_is_reported(project: Path, journal: Path) -> None:
    """A merge that moves spilled events names, once, the file that half a line went to; `doctor`
    names it as long as it is there.
    """
    filled(journal, 1)
    for expected in (1, 2):
        spill(str(journal), event(f"spilled {expected}"))
        with Path(spilled(str(journal))[0]).open("ab") as file:
            file.write(b'{"id":"8","ty')
        (warning,) = merge_project(project).warnings
        newest = max(journal.parent.glob("metrics-quarantine-*.txt"))
        assert str(newest) in warning
        assert ("and 1 more" in warning) is False
        append(str(journal), event(f"later {expected}"))
        assert [] == merge_project(project).warnings
        assert [] == merge_project(project).warnings
        found = [str(each) for each in check_journal(journal) if "set aside" in each.text]
        assert 1 == len(found)
        assert str(newest) in found[0]
        assert ("and 1 more" in found[0]) == (expected == 2)
    for each in journal.parent.glob("metrics-quarantine-*.txt"):
        each.unlink()
    assert not [each for each in check_journal(journal) if "set aside" in each.text]


@pytest.mark.slow
def test_the_commands_say_what_waits(project: Path, journal: Path) -> None:
    """`doctor` says what waits beside the journal, `repair` moves it or says why it can't."""
    for number in range(3):
        spill(str(journal), event(number))
    assert "3 events beside it, not yet in it" in run("doctor").stdout
    journal.mkdir()
    told = run("doctor").stdout
    assert "3 events beside it, not yet in it" in told
    assert f"can't read {journal}" in told
    merged = run("merge")
    assert 0 == merged.returncode
    assert f"{journal} is no regular file; nothing of it was read" in merged.stderr
    assert "3 events beside" in merged.stderr
    assert 3 == rows(project, "SELECT count(*) FROM events")[0]
    refused = run("repair")
    assert 1 == refused.returncode
    assert "can't repair" in refused.stderr
    journal.rmdir()
    done = run("repair")
    assert 0 == done.returncode
    assert "3 events taken in" in done.stderr
    assert "beside it" not in run("doctor").stdout
    assert ["0", "1", "2"] == ids(journal)


def test_repair_says_what_it_can_not_take_in(project: Path, journal: Path) -> None:
    """A pipe where a spill file is expected is named; what else waits is taken in."""
    filled(journal, 1)
    spill(str(journal), event(1))
    pipe = journal.with_name("metrics-spill-1-1-00000000.jsonl")
    os.mkfifo(pipe)
    done = run("repair")
    assert 1 == done.returncode
    assert str(pipe) in done.stderr
    assert ["0", "1"] == ids(journal)


def test_a_torn_journal_counts_once(project: Path, journal: Path) -> None:
    """What a kill left half written is one malformed row, however often it is merged."""
    filled(journal, 3)
    os.truncate(journal, journal.stat().st_size - 9)
    assert [1, 1, 1] == [merge_project(project).malformed for _ in range(3)]
    # Looked at again, as after a copy, it is the same one.
    os.utime(journal, ns=(1, 1))
    assert 1 == merge_project(project).malformed
    before = _state(project)
    merge_project(project)
    assert before == _state(project)
    appending._recognised.clear()
    append(str(journal), event("next"))
    merged = merge_project(project)
    assert (3, 0) == (merged.events, merged.malformed)


def test_damage_and_a_torn_end(project: Path, journal: Path) -> None:
    """Damage in the middle stays counted beside a torn end that grows and is repaired."""
    filled(journal, 3)
    content = journal.read_bytes().replace(b',{"id":"1"', b"garbage")
    for cut in (9, 5, 20):
        journal.write_bytes(content[:-cut])
        assert [2, 2] == [merge_project(project).malformed for _ in range(2)]
    journal.write_bytes(content)
    assert 1 == merge_project(project).malformed


def test_a_line_far_too_long_counts_once(project: Path, journal: Path) -> None:
    """A merge that ended within a line of many MB goes on behind it."""
    filled(journal, 1)
    content = journal.read_bytes()[:-3] + b"," + b"x" * 3_000_000
    journal.write_bytes(content)
    assert 1 == merge_project(project).malformed
    journal.write_bytes(content + b"x" * 1000)
    assert 1 == merge_project(project).malformed
    journal.write_bytes(content + b"x" * 1000 + b"\n," + event("late") + b"\n]}\n")
    merged = merge_project(project)
    assert (2, 1) == (merged.events, merged.malformed)


def test_a_journal_is_known_by_its_head(
    project: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a file is the predecessor's is seen without parsing a journal of ours."""
    filled(journal, 3)

    def parse(*_: object) -> object:
        raise AssertionError("the whole journal is parsed")

    with monkeypatch.context() as patched:
        patched.setattr("tachikoma_telemetry.journal.predecessor.json.loads", parse)
        assert 3 == merge_project(project).events
    indented = json.dumps(json.loads(journal.read_bytes()), indent=2).encode()
    for content in (indented, b"\xef\xbb\xbf" + indented):
        journal.write_bytes(content)
        with pytest.raises(ValueError, match="a journal of tachikoma-telemetry"):
            legacy_history.read_history(journal)


def test_segments_with_nothing_new_are_not_opened(
    project: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge opens only those files of a journal that changed since the last one."""
    for number in range(60):
        append(str(journal), event(number, 150), rotate_at=500)
    segments = len(list(journal.parent.glob("metrics-*.json")))
    assert segments > 15
    opened: list[str] = []

    class Counting(JournalReader):
        def __init__(self, path: Path, start: int = 0) -> None:
            opened.append(path.name)
            super().__init__(path, start)

    monkeypatch.setattr(merging_journals, "JournalReader", Counting)
    assert 60 == merge_project(project).events
    assert segments + 1 == len(opened)
    opened.clear()
    assert 60 == merge_project(project).events
    assert [] == opened
    append(str(journal), event("new"), rotate_at=0)
    assert 61 == merge_project(project).events
    assert ["metrics.json"] == opened
    opened.clear()
    append(str(journal), event("newer"), rotate_at=1)
    assert 62 == merge_project(project).events
    assert 2 == len(opened)
    assert opened[-1] == "metrics.json"


def test_a_segment_is_read_from_where_the_journal_was_left(project: Path, journal: Path) -> None:
    """Rotation moves what was read; damage that was counted is not counted again."""
    filled(journal, 3)
    journal.write_bytes(journal.read_bytes().replace(b',{"id":"1"', b"garbage"))
    assert 1 == merge_project(project).malformed
    journal.rename(journal.with_name("metrics-5-00000000.json"))
    filled(journal, 1)
    merged = merge_project(project)
    assert (1, 2) == (merged.malformed, len(_state(project)))
    journal.with_name("metrics-5-00000000.json").rename(
        journal.with_name("metrics-6-00000000.json")
    )
    merged = merge_project(project)
    assert (1, 2) == (merged.malformed, len(_state(project)))


def test_a_copy_beside_the_journal_adds_nothing(project: Path, journal: Path) -> None:
    """A copy named like a segment adds nothing, and merging twice changes nothing."""
    filled(journal, 3)
    copy = journal.with_name("metrics-5-00000000.json")
    copy.write_bytes(journal.read_bytes())
    append(str(journal), event("new"))
    assert 4 == merge_project(project).events
    before = _state(project)
    assert 4 == merge_project(project).events
    assert before == _state(project)


def test_a_foreign_file_named_like_a_segment(project: Path, journal: Path) -> None:
    """It is named and skipped; the journal is merged all the same."""
    filled(journal, 3)
    journal.with_name("metrics-5-00000000.json").write_bytes(b"hello\nworld\n")
    for _ in range(2):
        merged = merge_project(project)
        assert 3 == merged.events
        assert 1 == len(merged.warnings)
        assert "is not a journal" in merged.warnings[0]


def test_segments_of_a_clock_in_1970_are_merged(project: Path, journal: Path) -> None:
    """All events of segments are merged, however few digits their names have."""
    for number in range(5):
        file = journal.with_name(f"metrics-{10**number}-0000000{number}.json")
        file.write_bytes(whole([event(number)], number))
    filled(journal, 1)
    assert 5 == merge_project(project).events
    assert not any(repair(file).changed for file in journal.parent.glob("metrics-*.json"))


def test_absorbing_while_a_merge_reads(project: Path, journal: Path) -> None:
    """An event that is in the journal and still beside it is one event."""
    filled(journal, 1)
    spill(str(journal), event(1))
    content = Path(spilled(str(journal))[0]).read_bytes()
    absorb(str(journal))
    Path(journal.with_name("metrics-spill-1-1-00000000.jsonl")).write_bytes(b">" + content[1:])
    assert 2 == merge_project(project).events
    assert ["0", "1"] == ids(journal)
