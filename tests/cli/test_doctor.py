"""`doctor`: each check says what it found, how bad that is, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.cli.doctor.command import findings
from tachikoma_telemetry.cli.doctor.finding import Finding
from tachikoma_telemetry.project import journal_path, store_path

from ..live import database_of
from ..merging import merge_project


def _states(project: Path, *databases: Path) -> dict[str, str]:
    """By area, the worst that was found."""
    states: dict[str, str] = {}
    area = ""
    for finding in findings(project, store_path(project), list(databases)):
        area = finding.area or area
        states[area] = max(states.get(area, "ok"), finding.state, key=["ok", "warn", "bad"].index)
    return states


def test_where_nothing_happened_yet_nothing_is_bad(project: Path) -> None:
    """What is missing is said, with what brings it."""
    missing = dict.fromkeys(("plugin", "python", "database", "journal", "store"), "warn")
    assert {"project": "ok", **missing} == _states(project)


def test_what_is_in_place_is_ok(project: Path, tmp_path: Path) -> None:
    """The event that no call recorded is worth a word."""
    database = database_of(tmp_path / "opencode.db", project).close()
    telemetry.intent("debug", confidence=0.5)
    merge_project(project, database)

    found = _states(project, database)
    assert {"database": "ok", "journal": "ok", "store": "ok", "joined": "warn"}.items() <= (
        found.items()
    )


def test_what_can_not_be_read_is_bad(project: Path, tmp_path: Path) -> None:
    """Each source for itself: one that is broken hides no other."""
    database = tmp_path / "opencode.db"
    database.write_text("no database at all")
    telemetry.intent("debug", confidence=0.5)
    store_path(project).write_text("no store")

    found = _states(project, database)
    assert ("bad", "ok", "bad") == (found["database"], found["journal"], found["store"])
    assert journal_path(project).exists()


def test_what_recording_warned_of_is_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A skill that misspells a field says so here, wherever it ran."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    for number in range(7):
        telemetry.record("retry", {}, attributes={f"reason{number}": "x"})
    found = [each for each in findings(project, store_path(project), []) if "mean" in each.text]
    assert ["warnings", "", "", "", ""] == [each.area for each in found]
    assert "did you mean 'reason'? (1 time, last " in found[0].text


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (Finding("store", "ok", "here"), "store      here"),
        (Finding("", "warn", "3 lines", "fix it"), "           3 lines: fix it"),
        (Finding("plugin", "warn", "older: x", "fix it"), "plugin     older: x; fix it"),
    ],
)
def test_a_finding_is_a_line(finding: Finding, line: str) -> None:
    """The area, what was found, and what to do."""
    assert line == str(finding)
