"""`demo`: what a first-time reader sees before anything is recorded."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from docs import example_project, make_sample
from tachikoma_telemetry.sample import month
from tachikoma_telemetry.store.store import new_store

from ..command_line import Finished, run
from ..reports_store import DAY


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary files"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _findings(result: Finished) -> str:
    return re.sub(r"\s+", " ", result.stdout.rpartition("findings ──")[2])


@pytest.mark.slow
def test_a_month_with_something_to_find(project: Path, temporary: Path) -> None:
    """It ends with what was found, and where the page is; the project has nothing of it."""
    before = sorted(project.rglob("*"))
    result = run("demo")
    (folder,) = temporary.iterdir()

    assert 0 == result.returncode, result.stderr
    found = _findings(result)
    assert "code-agent got better with its version of" in found
    assert "use hashline with glm-4.7: " in found
    assert "2 installed skills are not used: pdf-forms, translate." in found
    assert before == sorted(project.rglob("*"))
    assert f"The page with charts: {folder / 'report.html'}\n" in result.stderr
    assert "code-agent" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_behind_the_first_finding_works(project: Path, temporary: Path) -> None:
    """What it says to ask next works, and reads the same month."""
    result = run("demo")
    (command,) = re.findall(r"^Ask more: (.*)$", result.stderr, re.MULTILINE)
    installed = shlex.join([sys.executable, "-m", "tachikoma_telemetry"])
    asked = subprocess.run(
        ["sh", "-c", command.replace("&& tachikoma-telemetry", f"&& {installed}")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 0 == asked.returncode, asked.stderr
    assert "BETTER" in asked.stdout


@pytest.mark.slow
def test_a_recorded_session(project: Path, temporary: Path) -> None:
    """A real OpenCode's, merged as a user's is."""
    result = run("demo", "--recorded")

    assert 0 == result.returncode, result.stderr
    assert "events joined to a call" in result.stderr
    assert "code-agent" in result.stdout
    assert [*temporary.glob("*/report.html")]


@pytest.mark.slow
def test_the_user_s_own_telemetry_is_left_alone(
    project: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was moved: the demo has a store of its own."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_DIR", str(tmp_path / "moved"))

    assert 0 == run("demo").returncode
    assert not (tmp_path / "moved").exists()


@pytest.mark.slow
def test_where_no_path_leads_its_commands_name_the_python(
    project: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make demo` installs into a folder that is not on the PATH: the commands name the Python."""
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert f"{sys.executable} -m tachikoma_telemetry init" in run("demo").stderr


def test_the_month_is_that_of_the_example_project() -> None:
    """`make sample` wrote it."""
    assert make_sample.content() == month._read()


def test_the_month_has_just_ended() -> None:
    """Whenever it is shown: all its times move by whole days, so that it is the same work."""
    begun = []
    for now in (example_project.NOW, example_project.NOW + 400 * DAY + 5000):
        store = new_store()
        month.fill(store, now)
        begun.append(store.execute("SELECT min(created), max(created) FROM sessions").fetchone())
        assert store.execute("SELECT max(time) FROM events").fetchone()[0] <= now
        store.close()
    (first, last), (moved_first, moved_last) = begun

    assert (400 * DAY, 400 * DAY) == (moved_first - first, moved_last - last)
