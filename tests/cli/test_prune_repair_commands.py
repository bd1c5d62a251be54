"""The commands `prune` and `repair`."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.store.event_removal import prune_store
from tachikoma_telemetry.store.store import open_store
from tachikoma_telemetry.vocabulary.events import EVENT_TYPES
from tachikoma_telemetry.vocabulary.retention import KINDS, cutoffs

from ..command_line import run
from ..journal_at import document

_DAY_MS = 86_400_000


@pytest.fixture
def journal(project: Path) -> Path:
    """A journal with one event of each type that is 100 days old, and one of today."""
    now = int(time.time() * 1000)
    needed: dict[str, dict[str, Any]] = {
        "skill_run_finished": {"outcome": "succeeded"},
        "skill_run_paused": {},
        "label": {"event_id": "x", "actual": "y"},
    }
    for age in (100, 0):
        for kind in EVENT_TYPES:
            fields = needed.get(kind, {})
            envelope = {"run_id": f"run_{age}", "skill": "x"}
            telemetry.record(kind, fields, envelope=envelope, time=now - age * _DAY_MS)
    return project / ".opencode" / "telemetry" / "metrics.json"


def _merge(project: Path) -> Path:
    store = project / ".opencode" / "telemetry" / "unified.db"
    journal = store.with_name("metrics.json")
    merge(MergeRequest(store=store, root=project, journals=[journal]))
    return store


def _types(journal: Path) -> list[str]:
    return [each["type"] for each in document(journal)]


def test_every_type_has_a_retention() -> None:
    """No event type is in no kind."""
    assert EVENT_TYPES.keys() == cutoffs(dict.fromkeys(KINDS, 0)).keys()
    assert {"skills": 90, "edits": 180, "rlm": 30, "intents": 180} == KINDS


@pytest.mark.slow
def test_only_what_is_merged(project: Path, journal: Path) -> None:
    """Without a store nothing goes; with one, what came since the merge stays."""
    done = run("prune", "--older-than", "90d")
    assert (1, 18) == (done.returncode, len(_types(journal)))
    assert "merge" in done.stderr
    _merge(project)
    telemetry.record("retry", {}, time=1_000_000_000_000)
    done = run("prune", "--older-than", "90d")
    assert (0, "") == (done.returncode, done.stdout)
    assert "9 deleted, 10 kept; 1 old one not merged yet" in done.stderr
    assert [*EVENT_TYPES, "retry"] == _types(journal)


@pytest.mark.slow
def test_by_kind(project: Path, journal: Path) -> None:
    """Each kind can have its own age; `default` is what the predecessor promised."""
    _merge(project)
    assert 0 == run("prune", "--older-than", "rlm=30d", "--quiet").returncode
    assert 17 == len(_types(journal))
    assert 0 == run("prune", "--older-than", "default").returncode
    old = {"edit_format", "intent", "label"}
    assert sorted([*EVENT_TYPES, *old]) == sorted(_types(journal))


@pytest.mark.slow
@pytest.mark.parametrize("age", ["nonsense", "none=3d", "skills=soon", ""])
def test_wrong_usage(project: Path, journal: Path, age: str) -> None:
    """An age or a kind that is none is wrong usage, and nothing goes."""
    _merge(project)
    before = journal.read_bytes()
    assert 2 == run("prune", "--older-than", age).returncode
    assert 2 == run("prune").returncode
    assert before == journal.read_bytes()


@pytest.mark.slow
def test_reports_stay_as_they_are(project: Path, journal: Path) -> None:
    """What was pruned is still in the store, and a merge afterwards changes nothing there."""
    store = _merge(project)
    run("prune", "--older-than", "90d")
    _merge(project)
    with sqlite3.connect(store) as connection:
        assert (18,) == connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()


@pytest.mark.slow
def test_the_store_as_well(project: Path, journal: Path) -> None:
    """With `--store`, events and the rows made from them go from there, too."""
    store = _merge(project)
    assert 0 == run("prune", "--older-than", "90d", "--store").returncode
    _merge(project)
    connection = sqlite3.connect(store)
    for table, count in {"events": 9, "iteration_metrics": 2, "rlm_metrics": 1}.items():
        assert (count,) == connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    runs = connection.execute("SELECT run_id FROM skill_metrics WHERE kind = 'run'").fetchall()
    assert [("run_0",)] == runs
    connection.close()


def test_a_store_that_can_not_be_pruned(project: Path, journal: Path) -> None:
    """A failure in the middle leaves the store as it was."""
    connection = open_store(_merge(project))
    connection.execute(
        "CREATE TRIGGER no BEFORE DELETE ON events BEGIN SELECT RAISE(FAIL, 'no'); END"
    )
    with pytest.raises(sqlite3.Error):
        prune_store(connection, cutoffs(dict.fromkeys(KINDS, 1 << 50)))
    assert (2,) == connection.execute("SELECT count(*) FROM intent_metrics").fetchone()
    assert (18,) == connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()


@pytest.mark.slow
def test_repair_says_what_it_did(project: Path, journal: Path) -> None:
    """In order, repaired, not there: each is said in a line."""
    done = run("repair")
    assert (0, "in order, 18 events") == (done.returncode, done.stderr.strip().split(": ")[-1])
    journal.write_bytes(journal.read_bytes().replace(b',{"id"', b",{id", 1))
    done = run("repair")
    assert 0 == done.returncode
    assert "repaired, 17 events kept" in done.stderr
    assert "metrics-quarantine-" in done.stderr
    journal.unlink()
    done = run("repair")
    assert (1, 1) == (done.returncode, done.stderr.count("\n"))
    assert "" == run("repair", "--metrics", journal).stdout
