"""The project and the library that the plugin names to a command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tachikoma_telemetry.project import find_root
from tests.scripted.plugin_driver import PluginDriver

from .plugin_steps import asks

pytestmark = pytest.mark.opencode


@pytest.mark.parametrize(
    ("made", "start"),
    [
        pytest.param(["work/.opencode"], "work/src/deep", id="upwards to .opencode"),
        pytest.param(["work/.git"], "work/src", id="upwards to .git"),
        pytest.param(["work/.git", "work/src/.opencode"], "work/src/deep", id="the nearest"),
        pytest.param([], "work/src", id="neither: the folder itself"),
        pytest.param([".opencode", ".git"], "work/src", id="the home folder never counts"),
        pytest.param([".opencode"], ".", id="in the home folder itself"),
        pytest.param(["../.git"], "work", id="above the home folder"),
        pytest.param(["../beside/.git"], "../beside/src", id="beside the home folder"),
    ],
)
def test_the_project_is_the_one_that_python_finds(
    plugin: PluginDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: list[str],
    start: str,
) -> None:
    """Plugin and library walk up to the same root, so their journal is one."""
    home = tmp_path / "all" / "home"
    for folder in (*made, start):
        (home / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    where = (home / start).resolve()
    driven = plugin.drive(
        asks(), opencode={"directory": str(where)}, environment={"HOME": str(home)}
    )
    assert str(find_root(where)) == driven.environment["TACHIKOMA_PROJECT"]


def test_a_file_named_git_marks_a_root_and_one_named_opencode_does_not(
    plugin: PluginDriver, tmp_path: Path
) -> None:
    """In a git worktree ``.git`` is a file; ``.opencode`` counts as a folder only."""
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "tree" / "a" / ".opencode").write_text("")
    driven = plugin.drive(
        asks(), opencode={"directory": str(deep)}, environment={"HOME": str(tmp_path / "home")}
    )
    assert str(tmp_path / "tree") == driven.environment["TACHIKOMA_PROJECT"]
    assert tmp_path / "tree" == find_root(deep)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("theirs", ["tree", "tree/.opencode", "both"])
@pytest.mark.parametrize("sudo", [False, True], ids=["", "by sudo"])
def test_a_root_of_another_user_does_not_count(
    plugin: PluginDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    theirs: str,
    sudo: bool,
) -> None:
    """Anyone may put an ``.opencode`` into a folder that all may write; to root, what belongs to
    the user who ran sudo counts.
    """
    deep = tmp_path / "tree" / "a"
    deep.mkdir(parents=True)
    (tmp_path / "tree" / ".opencode").mkdir()
    for each in ("tree", "tree/.opencode") if theirs == "both" else (theirs,):
        os.chown(tmp_path / each, 4711, 4711)
    environment = {"HOME": str(tmp_path / "home"), **({"SUDO_UID": "4711"} if sudo else {})}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    driven = plugin.drive(asks(), opencode={"directory": str(deep)}, environment=environment)
    assert (tmp_path / "tree" if sudo else deep) == find_root(deep)
    assert str(find_root(deep)) == driven.environment["TACHIKOMA_PROJECT"]


def test_python_finds_the_library_last(plugin: PluginDriver) -> None:
    """What the user has on PYTHONPATH stays before it; without the folder nothing is set."""
    command = ("shell.env", {"cwd": "/"}, {"env": {"PYTHONPATH": "/theirs"}})
    assert "PYTHONPATH" not in plugin.drive(asks(), environment={"PYTHONPATH": "/x"}).environment
    library = plugin.folder.parent / "tachikoma-telemetry" / "python"
    library.mkdir(parents=True)
    assert str(library) == plugin.drive(asks()).environment["PYTHONPATH"]
    for steps in ([asks()], [command]):
        found = plugin.drive(*steps, environment={"PYTHONPATH": "/theirs"}).environment
        assert f"/theirs:{library}" == found["PYTHONPATH"]
    twice = ("shell.env", {"cwd": "/"}, {"env": {"PYTHONPATH": f"{library}:/x"}})
    assert f"{library}:/x" == plugin.drive(twice).environment["PYTHONPATH"]
