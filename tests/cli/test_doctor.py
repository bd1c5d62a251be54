"""`doctor`: each check says what it found, how bad that is, and what to do about it."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import opencode_hooks
from tachikoma_telemetry import __version__, telemetry
from tachikoma_telemetry.cli.doctor.command import _encodable, doctor_command, findings
from tachikoma_telemetry.cli.doctor.finding import Finding
from tachikoma_telemetry.errors import TachikomaError
from tachikoma_telemetry.project import journal_path, store_path, telemetry_dir

from ..command_line import run
from ..live import database_of
from ..merging import merge_project
from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool


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
    assert "can't import the package → run `tachikoma-telemetry init`" in line
    opencode_hooks.install(project)
    (line,) = _pythons(project)
    assert f"imports {__version__}, of the library" in line
    (next((project / ".opencode" / "tachikoma-telemetry").rglob("clock.py"))).write_text("x = 1")
    library, line = _pythons(project)
    assert library.startswith("! library    changed: ")
    assert "of the library" in line


def test_a_command_that_is_not_on_the_path_is_said(project: Path, path: Path) -> None:
    """A shell skill would not find it; where it is, there is nothing to say."""
    assert "warn" == _states(project)["command"]

    _command(path / "tachikoma-telemetry", "true")

    assert "command" not in _states(project)


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
    names = ("plugin", "python", "command", "database", "journal", "store")
    missing = dict.fromkeys(names, "warn")
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


@pytest.mark.parametrize(
    ("text", "state"), [("skill_success = 0.9", "ok"), ("skill_sucess = 0.9", "bad")]
)
def test_limits_that_are_misspelt_are_bad(project: Path, text: str, state: str) -> None:
    """A report has its findings without them, and only `--check` fails."""
    folder = telemetry_dir(project)
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f"[thresholds]\n{text}\n")

    assert state == _states(project)["limits"]


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
        (Finding("store", "ok", "here"), "✓ store      here"),
        (Finding("", "warn", "3 lines", "fix it"), "!            3 lines → fix it"),
        (
            Finding.of_error("store", TachikomaError("not opened; delete it; or adopt it")),
            "✗ store      not opened → delete it; or adopt it",
        ),
        (Finding("plugin", "bad", "older: x", "fix it"), "✗ plugin     older: x → fix it"),
    ],
)
def test_a_finding_is_a_line(finding: Finding, line: str) -> None:
    """The area, what was found, and what to do."""
    assert line == str(finding)


def _history(project: Path, *versions: str) -> Path:
    """A session by each version of OpenCode, one after the other."""
    path = project.parent / "opencode.db"
    old, new = Rows(path, project), V2Rows(path, project)
    for number, version in enumerate(versions):
        writer, table = (old, "session") if version[:2] == "1." else (new, "session_v2")
        session = writer.session(f"ses_{number}", at=START + number)
        new.db.execute(f"UPDATE {table} SET version = ? WHERE id = ?", (version, session))
    old.close()
    return new.close()


def _sign(project: Path, opencode: str, *, heard: int, plugin: int | None = None) -> None:
    api = "v1" if opencode.startswith("1.") else "v2"
    plugin = plugin if plugin is not None else opencode_hooks.status(project)[0].version
    said = {"plugin": plugin, "api": api, "opencode": opencode, "loaded": START, "heard": heard}
    (telemetry_dir(project) / f"plugin-{api}.json").write_text(json.dumps(said))


def _of_opencode(project: Path, database: Path) -> dict[str, tuple[str, str]]:
    """What is said of each OpenCode, by its version: the state, and all after the colon."""
    found = findings(project, store_path(project), [database])
    said = [finding for finding in found if finding.area == "opencode"]
    return {
        finding.text.split(",")[0]: (
            finding.state,
            finding.text.split(": ", 1)[1],
        )
        for finding in said
    }


def _installed(project: Path, *, at: int) -> None:
    opencode_hooks.install(project)
    plugin = project / ".opencode" / "plugin" / "tachikoma-telemetry.ts"
    os.utime(plugin, (at / 1000, at / 1000))


def test_an_opencode_that_loads_the_plugin_is_served(project: Path) -> None:
    """OpenCode 1 and 2 each by themselves: one may load it and the other not."""
    database = _history(project, "1.2.1", "1.18.33", "2.0.8", "2.0.22")
    _installed(project, at=START)
    _sign(project, "1.18.33", heard=START + 100)
    found = _of_opencode(project, database)
    assert "ok" == found["1.18.33"][0]
    assert "loaded" in found["1.18.33"][1]
    assert ("warn", "it never loaded the plugin") == found["2.0.22"]


def test_a_session_in_two_databases_is_one(project: Path, tmp_path: Path) -> None:
    """OpenCode 2 takes over, with their ids, the sessions of its betas' own database."""
    database = _history(project, "2.0.8", "2.0.22")
    beta = tmp_path / "opencode-next.db"
    beta.write_bytes(database.read_bytes())

    found = findings(project, store_path(project), [database, beta])

    (said,) = [each.text for each in found if each.area == "opencode"]
    assert said.startswith("2.0.22, 2 sessions here")


@pytest.mark.parametrize(
    ("sign", "state", "said"),
    [
        pytest.param({"opencode": "2.0.22", "heard": START}, "ok", "last heard of", id="this one"),
        pytest.param({"opencode": "2.0.8", "heard": START}, "warn", "not by this one", id="older"),
        pytest.param(
            {"opencode": "2.0.8", "heard": START + 9}, "ok", "last heard of", id="updated later"
        ),
        pytest.param(
            {"opencode": "2.0.22", "heard": START, "plugin": 1},
            "warn",
            "in an older version than is installed",
            id="not restarted after an update",
        ),
    ],
)
def test_when_it_was_last_heard_of(
    project: Path, sign: dict[str, Any], state: str, said: str
) -> None:
    """Another version than the last session's may have loaded it before that session."""
    database = _history(project, "2.0.8", "2.0.22")
    _installed(project, at=START)
    _sign(project, **sign)
    (found,) = _of_opencode(project, database).values()
    assert state == found[0]
    assert said in found[1]


def test_where_it_could_not_be_heard_of_yet(project: Path, tmp_path: Path) -> None:
    """Not installed, not restarted since, in another project, or in a version without number."""
    database = _history(project, "2.0.22", "0.0.0-next-15")
    assert {"2.0.22": ("ok", "the plugin is not installed")} == _of_opencode(project, database)
    _installed(project, at=START + 1000)
    later = {"2.0.22": ("ok", "no session since the plugin was installed")}
    assert later == _of_opencode(project, database)
    other = tmp_path / "other"
    other.mkdir()
    assert {} == _of_opencode(other, database)


def test_the_database_says_which_versions_wrote_it(project: Path) -> None:
    database = _history(project, "1.2.1", "1.18.33", "2.0.22")
    (said,) = (
        finding.text
        for finding in findings(project, store_path(project), [database])
        if finding.area == "database"
    )
    assert said.endswith(": 3 sessions, last written by OpenCode 2.0.22, and by 1.18.33, 1.2.1")


def test_a_report_for_a_maintainer_has_numbers_only(project: Path, tmp_path: Path) -> None:
    """As JSON or Markdown: versions, types and counts, and nothing of what was written."""
    opencode_hooks.install(project)
    _sign(project, "2.0.22", heard=START)
    rows = V2Rows(tmp_path / "opencode.db", project)
    session = rows.session(title="Secret title")
    call = tool("shell", "c0", at=START, given={"command": "secret"}, output="secret")
    rows.message(session, "assistant", call, at=START, completed=START + 9)
    database = rows.close()
    telemetry.intent("secret-intent", confidence=0.5)
    merge_project(project, database)

    for name in ("report.json", "report.md"):
        doctor_command(db=[database], report=tmp_path / name, project=project)
        text = (tmp_path / name).read_text()
        assert "ecret" not in text
        assert "shell" not in text
        assert str(tmp_path) not in text
    report = json.loads((tmp_path / "report.json").read_text())
    (census,) = report["databases"]
    assert {"2.0.8": 1} == census["sessions_by_version"]
    assert {"tool completed": 1} == census["rows"]["content of session_message"]
    assert {"succeeded": 1} == report["store"]["calls_by_outcome"]
    assert {"intent": 1} == report["store"]["events_by_type"]
    assert "2.0.22" == report["plugin"]["loaded_by"]["v2"]["opencode"]
    assert "current" == report["plugin"]["installed"]["this project"]["state"]
    assert "- tool completed: 1" in (tmp_path / "report.md").read_text().splitlines()


def test_a_report_says_what_it_could_not_read(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the kind of error: its message has a path in it."""
    (tmp_path / "opencode.db").write_text("no database")
    store_path(project).parent.mkdir()
    store_path(project).write_text("no store")
    doctor_command(db=[tmp_path / "opencode.db"], report=Path("-"), project=project)
    report = json.loads(capsys.readouterr().out)
    assert [{"unreadable": "DatabaseError"}] == report["databases"]
    assert {"unreadable": "StoreError"} == report["store"]


def test_it_fails_only_when_something_is_wrong(project: Path) -> None:
    """What is missing is no failure: nothing may have happened yet."""
    assert 0 == run("doctor").returncode
    store_path(project).parent.mkdir(parents=True, exist_ok=True)
    store_path(project).write_text("no store")

    found = run("doctor")

    assert 1 == found.returncode
    assert "✗ store " in found.stdout
    assert "" == found.stderr


def test_a_terminal_without_our_marks_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASCII has no check mark; a name in another alphabet is written out."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))

    assert "+ plugin ü -> x".replace("ü", "\\xfc") == _encodable("✓ plugin ü → x")
