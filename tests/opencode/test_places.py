"""Where OpenCode's databases are looked for: every place and channel that OpenCode itself uses."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tachikoma_telemetry.errors import NoDatabaseError
from tachikoma_telemetry.opencode.locate import find_databases

from ..command_line import assert_refused, run


@pytest.fixture
def home(project: Path, tmp_path: Path) -> Path:
    """OpenCode's folder by default."""
    folder = tmp_path / "home" / ".local" / "share" / "opencode"
    folder.mkdir(parents=True)
    return folder


def test_the_databases_of_every_channel_are_found(home: Path) -> None:
    """The main database first, then those of other channels; nothing else that lies there."""
    for name in (
        "opencode-dev.db",
        "opencode.db",
        "opencode-beta.db",
        "other.db",
        "opencode.db-wal",
    ):
        (home / name).touch()

    assert ["opencode.db", "opencode-beta.db", "opencode-dev.db"] == [
        path.name for path in find_databases()
    ]


def test_xdg_data_home_moves_the_data_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_DATA_HOME moves it."""
    (home / "opencode.db").touch()
    moved = tmp_path / "data" / "opencode" / "opencode.db"
    moved.parent.mkdir(parents=True)
    moved.touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    assert [moved] == find_databases()


def test_opencode_db_wins(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, or relative to the data folder; what it names has to be there."""
    for path in (home / "opencode.db", home / "mine.db", tmp_path / "far.db"):
        path.touch()
    for value, found in (("mine.db", home / "mine.db"), (str(tmp_path / "far.db"), None)):
        monkeypatch.setenv("OPENCODE_DB", value)
        assert [found or Path(value)] == find_databases()
    monkeypatch.setenv("OPENCODE_DB", "gone.db")
    with pytest.raises(NoDatabaseError, match="from OPENCODE_DB"):
        find_databases()
    named = [tmp_path / "far.db", home / "mine.db"]
    assert named == find_databases(named)


@pytest.mark.slow
def test_a_locked_database_ends_in_exit_1_and_one_line(home: Path) -> None:
    """A database that is held exclusively ends in exit 1 and one line, never in zero calls."""
    database = sqlite3.connect(home / "opencode.db", isolation_level=None)
    database.execute("CREATE TABLE session (id, directory)")
    database.execute("BEGIN EXCLUSIVE")

    assert_refused(run("merge"), "locked by another process")
    assert_refused(run("report", "skills"), "locked by another process")
    database.close()
