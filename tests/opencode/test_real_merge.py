"""The main job on a real OpenCode, in all four pinned versions: record, merge, report."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app
from tests.scripted.history import History

from .. import joining
from ..validators import validator

pytestmark = pytest.mark.opencode


@pytest.fixture
def store(real_history: History, tmp_path: Path) -> Path:
    """The live history, merged."""
    store = tmp_path / "unified.db"
    joining.merge_history(real_history, store)
    return store


def test_every_event_joins_the_right_call(real_history: History, store: Path) -> None:
    """Exact is exact: the call of the process that recorded it, in the right session."""
    joining.check_every_event_joined(real_history, store)


def test_every_call_counts_once(real_history: History, store: Path) -> None:
    """A fork and a second session with the same call ids change no count."""
    joining.check_every_call_counted_once(real_history, store)


def test_tokens_count_once(real_history: History, store: Path) -> None:
    """The sums of tokens are those of the model's answers."""
    joining.check_tokens(real_history, store)


def test_no_event_is_lost(real_history: History, store: Path) -> None:
    """No event is lost between journal and store."""
    joining.check_kinds_of_events(real_history, store)


def test_the_database_is_not_changed(real_history: History, tmp_path: Path) -> None:
    """Reading leaves every byte of the database and its log as it was."""
    before = joining.fingerprint(real_history)
    joining.merge_history(real_history, tmp_path / "unified.db")
    assert before == joining.fingerprint(real_history)


def test_the_journal_is_valid(real_history: History) -> None:
    """What the scripts recorded is a valid journal."""
    validator("journal").validate(orjson.loads(real_history.journal.read_bytes()))


def test_the_report_tells_what_the_sessions_did(real_history: History, tmp_path: Path) -> None:
    """The command's JSON report is valid and has the scenario's numbers."""
    arguments = ["report", "--format", "json", "--quiet", "--store", str(tmp_path / "u.db")]
    arguments += ["--db", str(real_history.database), "--metrics", str(real_history.journal)]
    arguments += ["--project", str(real_history.project), "--all-projects"]

    result = CliRunner().invoke(app, arguments)

    assert 0 == result.exit_code, result.output
    report = orjson.loads(result.stdout)
    validator("report").validate(report)
    calls, events = real_history.expected.calls, report["coverage"]["events"]
    assert len(calls) == report["coverage"]["calls"]
    assert sum(len(call.events) for call in calls) == events
    loads = sum(call.tool == "skill" and call.outcome == "succeeded" for call in calls)
    assert loads == sum(row["loads"] for row in report["skills"])
    intents = sum(call.events.count("intent") for call in calls)
    assert intents == sum(row["classified"] for row in report["intents"])
    chunks = sum(call.events.count("rlm_chunk") for call in calls)
    assert chunks == sum(row["chunks"] for row in report["rlm"])
    iterations = sum(call.events.count("iteration") for call in calls)
    assert iterations == sum(row["iterations"] or 0 for row in report["iterations"])
