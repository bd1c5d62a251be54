"""`doctor`: each check says what it found, how bad that is, and what to do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import opencode_hooks
from tachikoma_telemetry import __version__, telemetry
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


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one folder of the PATH; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _pythons(project: Path) -> list[str]:
    return [
        str(finding)
        for finding in findings(project, store_path(project), [])
        if finding.area in ("python", "library")
    ]


def _command(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_python_of_a_command_is_tried(project: Path, path: Path) -> None:
    """A bare one imports the library once it is installed; before, it can't."""
    _command(path / "python3", f'exec "{sys.executable}" -S "$@"')
    (line,) = _pythons(project)
    assert "can't import the package: run `tachikoma-telemetry init`" in line
    opencode_hooks.install(project)
    (line,) = _pythons(project)
    assert f"imports {__version__}, of the library" in line
    (next((project / ".opencode" / "tachikoma-telemetry").rglob("clock.py"))).write_text("x = 1")
    library, line = _pythons(project)
    assert library.startswith("library    changed: ")
    assert "of the library" in line


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("""echo '{"python": "3.9.6", "file": "x", "version": null}'""", "is too old, and records"),
        (
            """echo '{"python": "3.12.1", "file": "/x", "version": "0.0.1"}'""",
            "install it there, too",
        ),
        ("echo nothing", "can't be run: JSONDecodeError"),
        ("echo []", "can't be run: ValueError"),
        ("exit 3", "can't be run: JSONDecodeError"),
    ],
)
def test_what_a_python_may_answer(project: Path, path: Path, script: str, said: str) -> None:
    """One that is too old or has another version is said to be; so is what is no Python."""
    _command(path / "python", script)
    _command(path / "python3", script)
    found = _pythons(project)
    assert 2 == len(found)
    assert all(said in line for line in found)


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
