"""What Tachikoma's old dashboard asks: its functions, its fields, without its bugs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tachikoma_telemetry.errors import StoreError
from tachikoma_telemetry.reports import build, get_session_skills, get_skill_usage_stats

from ..reports_store import DAY, NOW, ReportsStore


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Loads in two sessions of two folders, one of each outcome, and a fork's copy."""
    path = tmp_path / "unified.db"
    rows = ReportsStore(path).marked()
    rows.session("s1", directory=str(tmp_path / "a"))
    rows.session("s2", directory=str(tmp_path / "b"))
    rows.load(session_id="s1", started=NOW - 3 * DAY, load_ms=10)
    rows.load(session_id="s1", started=NOW - 2 * DAY, outcome="failed", load_ms=30)
    rows.load(session_id="s2", started=NOW - DAY, outcome="running")
    rows.load(session_id="s2", started=NOW - 3 * DAY, load_ms=10, counted=0)
    rows.load("verifier", session_id="s2", started=NOW - DAY, outcome="cancelled", load_ms=5)
    rows.run(session_id="s1")
    rows.call("skill_report", session_id="s1")
    rows.connection.close()
    return path


def test_the_skills_of_a_session(store: Path) -> None:
    """First and last use are not swapped, and a run is no load."""
    (skill,) = get_session_skills("s1", store=store)

    assert {
        "name": "code-agent",
        "session_id": "s1",
        "time_loaded": NOW - 3 * DAY,
        "invocation_count": 2,
        "last_used": NOW - 2 * DAY,
    } == asdict(skill)
    assert [] == get_session_skills("s9", store=store)


def test_the_usage_of_every_skill(store: Path) -> None:
    """What still runs is in no rate; a copy is not counted again."""
    usage = get_skill_usage_stats(store=store)

    assert ["code-agent", "verifier"] == list(usage)
    assert {
        "total_invocations": 3,
        "total_duration_ms": 40,
        "sessions": ["s1", "s2"],
        "first_used": NOW - 3 * DAY,
        "last_used": NOW - DAY,
        "success_count": 1,
        "failure_count": 1,
        "session_count": 2,
        "avg_duration_ms": 20.0,
        "success_rate": 0.5,
    } == asdict(usage["code-agent"])
    assert (1, 0.0, 5.0) == (
        usage["verifier"].total_invocations,
        usage["verifier"].success_rate,
        usage["verifier"].avg_duration_ms,
    )


def test_failed_loads_are_the_same_everywhere() -> None:
    """The old dashboard's failures of a skill are the `failed_loads` of the report."""
    for outcome in ("succeeded", "failed", "timed_out", "invalid", "cancelled", "running"):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "unified.db"
            rows = ReportsStore(path).marked()
            rows.session()
            rows.load("a", outcome)
            rows.load("a")
            (skill,) = build(rows.connection, "skills").parts["skills"]
            rows.connection.close()
            usage = get_skill_usage_stats(store=path)["a"]
            assert (skill.loads, skill.failed_loads) == (usage.success_count, usage.failure_count)
            assert (outcome in ("succeeded", "running")) == (skill.failed_loads == 0)


def test_the_usage_in_a_folder(store: Path) -> None:
    """Of sessions in it or below."""
    assert ["s1"] == get_skill_usage_stats(store.parent / "a", store=store)["code-agent"].sessions
    assert {} == get_skill_usage_stats(store.parent / "c", store=store)


def test_no_store_is_no_skills_and_a_broken_one_is_told(tmp_path: Path) -> None:
    """A dashboard may come before the first merge."""
    assert {} == get_skill_usage_stats(store=tmp_path / "none.db")
    assert [] == get_session_skills("s1", store=tmp_path / "none.db")
    (tmp_path / "broken.db").write_text("no database")
    with pytest.raises(StoreError):
        get_skill_usage_stats(store=tmp_path / "broken.db")


def test_no_user_interface_library_is_imported() -> None:
    """A program that only wants numbers does not pay for drawing them."""
    code = (
        "import sys; from tachikoma_telemetry import reports; "
        "print([name for name in ('rich', 'typer', 'pydantic', 'click') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == told.stdout.strip()
