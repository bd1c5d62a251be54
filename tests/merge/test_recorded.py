"""The merge on what real OpenCodes wrote, recorded: no OpenCode is needed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scripted import recordings, versions
from tests.scripted.history import History

from .. import joining
from ..merging import contents, merge_project, rows


@pytest.fixture(scope="module", params=versions.VERSIONS)
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Each recording, unpacked; no test changes it."""
    return recordings.unpack(request.param, tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module")
def store(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording, merged; no test changes it."""
    store = tmp_path_factory.mktemp("store") / "unified.db"
    joining.merge_history(history, store)
    return store


def test_every_event_joins_the_right_call(history: History, store: Path) -> None:
    """Exact is exact: the call of the process that recorded it, in the right session."""
    joining.check_every_event_joined(history, store)


def test_every_call_counts_once(history: History, store: Path) -> None:
    """A fork and a second session with the same call ids change no count."""
    joining.check_every_call_counted_once(history, store)


def test_tokens_count_once(history: History, store: Path) -> None:
    """The sums of tokens are those of the model's answers."""
    joining.check_tokens(history, store)


def test_no_event_is_lost(history: History, store: Path) -> None:
    """No event is lost between journal and store."""
    joining.check_kinds_of_events(history, store)


def test_a_run_is_a_recorded_one_or_a_call(history: History, store: Path) -> None:
    """Of all scripts only one records nothing of a run; in 1.2.1 some runs join no call."""
    query = (
        "SELECT c.script FROM skill_metrics r JOIN calls c USING (call_key) "
        "WHERE r.kind = 'run' AND r.source = 'call'"
    )
    assert ["judge.py"] == rows(history.project, query, store=store)


def test_merging_again_changes_nothing(history: History, store: Path, tmp_path: Path) -> None:
    """A second merge finds nothing new."""
    again = Path(shutil.copy(store, tmp_path / "unified.db"))
    joining.merge_history(history, again)
    assert contents(history.project, store) == contents(history.project, again)


def test_the_database_is_not_changed(history: History, tmp_path: Path) -> None:
    """Reading leaves every byte of the database and its log as it was."""
    before = joining.fingerprint(history)
    joining.merge_history(history, tmp_path / "unified.db")
    assert before == joining.fingerprint(history)


def test_events_before_calls_end_in_the_same_store(
    history: History, store: Path, tmp_path: Path
) -> None:
    """The journal first and the database later end in the same store as both at once."""
    other = tmp_path / "other.db"
    merge_project(history.project, journals=[history.journal], store=other, all_projects=True)
    joining.merge_history(history, other)
    assert contents(history.project, store) == contents(history.project, other)


def test_the_log_left_behind_is_noticed(history: History, tmp_path: Path) -> None:
    """Everything may be in the write-ahead log: with it, no call is missing."""
    assert history.database.with_name("opencode.db-wal").stat().st_size > 0
    joining.merge_history(history, tmp_path / "unified.db")
    (calls,) = rows(history.project, "SELECT count(*) FROM calls", store=tmp_path / "unified.db")
    assert calls > len(history.expected.calls)
