"""Files that are written whole or not at all: reports, exports, records, what `init` installs."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

import opencode_hooks
from tachikoma_telemetry import legacy, telemetry
from tachikoma_telemetry.atomic_file import write_file
from tachikoma_telemetry.cli.app import app

from .live import tmpfs
from .merging import merge_project

# Half of the small disk.
_ROOM = 64 * 1024


def _run(project: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a command, and what its error says."""
    done = CliRunner().invoke(app, [*arguments, "--project", str(project)])
    return done.exit_code, str(done.exception or "")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project with events and a store."""
    root = tmp_path_factory.mktemp("work")
    (root / ".opencode").mkdir()
    with chdir(root):
        for index in range(80):
            with telemetry.skill_run(f"skill-{index}") as run:
                run.intent(f"intent-{index}", confidence=0.5)
        merge_project(root)
    return root / ".opencode"


@pytest.fixture
def recorded(project: Path, work: Path) -> Path:
    """A copy of that project."""
    shutil.copytree(work, project / ".opencode", dirs_exist_ok=True)
    return project


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk that is nearly full."""
    place = tmp_path / "small"
    with tmpfs(place, f"{_ROOM * 2}"):
        (place / "ballast").write_bytes(b"x" * (_ROOM * 2 - 4096))
        yield place


def _report(form: str, *more: str) -> Callable[[Path, Path], tuple[int, str]]:
    def write(project: Path, target: Path) -> tuple[int, str]:
        arguments = ("report", *more, "--no-merge", "--format", form, "--output", str(target))
        return _run(project, *arguments)

    return write


def _records(project: Path, target: Path) -> tuple[int, str]:
    return _run(project, "merge", "--json", str(target))


WRITERS = {
    "json": _report("json"),
    "html": _report("html"),
    "md": _report("md"),
    "table": _report("table"),
    "csv": _report("csv", "skills"),
    "records": _records,
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_leaves_the_old_file(
    recorded: Path, disk: Path, write: Callable[[Path, Path], tuple[int, str]]
) -> None:
    """The good file of yesterday stays, nothing lies beside it, and one sentence says why."""
    target = disk / "report"
    target.write_text("yesterday's")

    code, said = write(recorded, target)

    assert "yesterday's" == target.read_text()
    assert {"ballast", "report"} == {each.name for each in disk.iterdir()}
    assert 1 == code
    assert f"can't write {target}: No space left on device" in said


def test_a_folder_of_csv_is_written_whole(recorded: Path, disk: Path) -> None:
    """None of its files is replaced when one finds no room; a folder that was not there goes."""
    old = disk / "old"
    old.mkdir()
    (old / "totals.csv").write_text("yesterday's")

    for folder in (old, disk / "new"):
        code, _ = _report("csv")(recorded, folder)
        assert 1 == code

    assert ["yesterday's"] == [each.read_text() for each in old.iterdir()]
    assert not (disk / "new").exists()


def test_init_on_a_full_disk(project: Path, tmp_path: Path) -> None:
    """It names the file that has no room, and leaves nothing."""
    with tmpfs(tmp_path / "small", "8k") as _:
        root = tmp_path / "small"
        code, said = _run(root, "init")
        assert [] == [*root.iterdir()]
    assert 1 == code
    assert "None" not in said
    assert "tachikoma-telemetry.ts: No space left on device" in said


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_exports_are_private(
    recorded: Path, tmp_path: Path, write: Callable[[Path, Path], tuple[int, str]]
) -> None:
    """Only their owner can read them, whatever the umask allows; a file keeps what it was given."""
    before = os.umask(0)
    try:
        assert 0 == write(recorded, tmp_path / "fresh")[0]
        shown = tmp_path / "shown"
        shown.write_text("")
        shown.chmod(0o644)
        assert 0 == write(recorded, shown)[0]
    finally:
        os.umask(before)

    modes = [stat.S_IMODE((tmp_path / each).stat().st_mode) for each in ("fresh", "shown")]
    assert [0o600, 0o644] == modes
    assert shown.read_bytes()


def test_the_predecessors_export_is_private(recorded: Path, tmp_path: Path) -> None:
    """So is what `export_metrics` writes."""
    legacy.TelemetryLogger().export_metrics(str(tmp_path / "export.json"))
    assert 0o600 == stat.S_IMODE((tmp_path / "export.json").stat().st_mode)


def test_a_folder_of_csv_is_private(recorded: Path, tmp_path: Path) -> None:
    """The folder and its files."""
    before = os.umask(0)
    try:
        assert 0 == _report("csv")(recorded, tmp_path / "new")[0]
    finally:
        os.umask(before)
    places = [tmp_path / "new", *(tmp_path / "new").iterdir()]
    assert {0o700, 0o600} == {stat.S_IMODE(place.stat().st_mode) for place in places}


def test_links_and_pipes_stay_what_they_are(tmp_path: Path) -> None:
    """A link is followed, and what is no file is written to as it is."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write_file(link, [b"n", b"ew"])
    write_file("/dev/null", [b"x"])

    assert link.is_symlink()
    assert "new" == real.read_text()
    assert not Path("/dev/null").is_file()


def test_what_fails_while_the_content_is_made(tmp_path: Path) -> None:
    """The old file stays, and nothing lies beside it."""
    target = tmp_path / "report"
    target.write_text("old")

    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_file(target, pieces())
    assert ["old"] == [each.read_text() for each in tmp_path.iterdir()]


def test_what_init_installs_can_be_read_by_opencode(tmp_path: Path) -> None:
    """Plugin and command are code, no recordings: as before, every user may read them."""
    opencode_hooks.install(tmp_path)
    plugin = tmp_path / ".opencode/plugin/tachikoma-telemetry.ts"
    assert 0o644 == stat.S_IMODE(plugin.stat().st_mode)
