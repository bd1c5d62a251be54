"""Pruning: old events that are kept elsewhere go, all others stay."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.prune import PruneResult, prune

from ..journal_at import event, filled, ids, quarantined, streamed


def _all(found: list[str]) -> Iterable[str]:
    return found


def _older_than(number: int) -> Any:
    return lambda event: int(event["id"]) < number


def test_old_and_kept_elsewhere(tmp_path: Path) -> None:
    """Old events that the store holds go; old ones that it does not hold are said to wait."""
    journal = filled(tmp_path / "metrics.json", 10)
    done = prune(journal, _older_than(6), lambda found: set(found) - {"2", "3"})
    assert ["2", "3", "6", "7", "8", "9"] == ids(journal)
    assert (6, 4, 2) == (done.kept, done.removed, done.waiting)


def test_nothing_to_do(tmp_path: Path) -> None:
    """A journal without old events is not touched."""
    journal = filled(tmp_path / "metrics.json", 3)
    inode = journal.stat().st_ino
    assert PruneResult(3, 0, 0) == prune(journal, _older_than(0), _all)
    assert inode == journal.stat().st_ino


def test_an_empty_segment_is_deleted_and_the_journal_stays(tmp_path: Path) -> None:
    """A segment of which nothing is left is deleted; the journal itself stays, if empty."""
    journal = tmp_path / "metrics.json"
    for number in range(30):
        append(str(journal), event(number, 100), rotate_at=800)
    before = len(list(tmp_path.glob("metrics-*.json")))
    prune(journal, _older_than(15), _all)
    assert 0 < len(list(tmp_path.glob("metrics-*.json"))) < before
    assert list(range(15, 30)) == sorted(map(int, streamed(journal)))
    prune(journal, _older_than(100), _all)
    assert [] == list(tmp_path.glob("metrics-*.json"))
    assert [] == ids(journal)
    append(str(journal), event("next"))
    assert ["next"] == ids(journal)


def test_damage_is_set_aside_first(tmp_path: Path) -> None:
    """Pruning a damaged journal loses nothing of the damage."""
    journal = filled(tmp_path / "metrics.json", 4)
    journal.write_bytes(journal.read_bytes().replace(b',{"id":"2"', b"garbage"))
    prune(journal, _older_than(1), _all)
    assert ["1", "3"] == ids(journal)
    assert b"garbage" in quarantined(journal)


def test_no_journal_is_nothing_to_prune(tmp_path: Path) -> None:
    """There is nothing to prune where nothing is."""
    assert PruneResult(0, 0, 0) == prune(tmp_path / "metrics.json", _older_than(1), _all)
