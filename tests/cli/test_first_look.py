"""`init` on a machine with a history ends with what stands out in it, and never fails by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry.project import store_path

from ..command_line import Finished, run
from ..tachikoma_day import build_rows

pytestmark = pytest.mark.slow


@pytest.fixture
def data(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where OpenCode keeps its database."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data" / "opencode"
    folder.mkdir(parents=True)
    return folder


def _installed(result: Finished) -> bool:
    return 0 == result.returncode and "created" in result.stderr


def test_a_history_is_shown(project: Path, data: Path) -> None:
    """Merged, counted, and what stands out in it, before anything was recorded."""
    build_rows(data / "opencode.db", project)
    result = run("init")

    assert _installed(result)
    assert "what OpenCode's history of this project shows already:" in result.stderr
    assert "findings ──" in result.stdout
    assert result.stderr.endswith("more: tachikoma-telemetry report\n")
    assert store_path(project).exists()


def test_where_nothing_stands_out_the_skills_are_shown(project: Path, data: Path) -> None:
    """A first answer all the same."""
    build_rows(data / "opencode.db", project)
    found = run("init").stdout

    assert "Nothing stands out in 4 sessions.\n\nskills · " in found


def test_without_a_history_nothing_is_merged(project: Path, data: Path) -> None:
    """Neither without a database, nor with one of other projects' sessions; no store is made."""
    assert "" == run("init").stdout
    build_rows(data / "opencode.db", project.parent / "elsewhere")
    assert "" == run("init").stdout
    assert not store_path(project).exists()
    run("init", "--remove")
    assert not store_path(project).parent.exists()


def test_quiet_and_global_show_none(project: Path, data: Path) -> None:
    """The one has nobody to read it, the other no project."""
    build_rows(data / "opencode.db", project)

    assert ("", "") == ((quiet := run("init", "--quiet")).stdout, quiet.stderr)
    assert "" == run("init", "--global").stdout


def test_a_damaged_database_is_a_sentence(project: Path, data: Path) -> None:
    """The plugin is installed all the same."""
    (data / "opencode.db").write_bytes(b"SQLite format 3\0 and then nothing that fits")
    result = run("init")

    assert _installed(result)
    assert "OpenCode's history is not shown: " in result.stderr
    assert "" == result.stdout


def test_a_store_from_elsewhere_is_a_sentence(project: Path, data: Path) -> None:
    """One that came with a clone is not opened; what to do about it is said."""
    build_rows(data / "opencode.db", project)
    store_path(project).parent.mkdir()
    store_path(project).write_bytes(b"no store")
    result = run("init")

    assert _installed(result)
    assert "OpenCode's history is not shown: " in result.stderr


def test_a_user_who_does_not_wait(
    project: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the merge; what was to be installed is."""

    def impatient(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tachikoma_telemetry.merge.merge.merge", impatient)
    build_rows(data / "opencode.db", project)
    result = run("init")

    assert _installed(result)
    assert "stopped: `tachikoma-telemetry report`" in result.stderr
