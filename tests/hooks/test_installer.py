"""Installing the plugin, the ``/telemetry`` command and the telemetry folder, and removing them."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

import opencode_hooks
from opencode_hooks.shipped import COMMAND, PLUGIN, Shipped
from tachikoma_telemetry.project import telemetry_dir

from ..unprivileged import folder_of_nobody

BOTH = pytest.mark.parametrize("shipped", [PLUGIN, COMMAND], ids=lambda shipped: shipped.kind)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without ``.opencode``."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    return folder


def contents(folder: Path) -> dict[str, str | None]:
    """Every file's text and every folder below `folder`."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_text()
        for path in sorted(folder.rglob("*"))
    }


def actions(changes: list[opencode_hooks.Change], folder: Path) -> dict[str, str]:
    return {change.path.relative_to(folder).as_posix(): change.action for change in changes}


def states(root: Path) -> list[tuple[str, str, int | None]]:
    return [(one.kind, one.state, one.version) for one in opencode_hooks.status(root)]


def aged(shipped: Shipped, text: str, version: int) -> str:
    """The file as another version of it."""
    ours = f"tachikoma-telemetry {shipped.kind} {shipped.version}"
    return text.replace(ours, f"tachikoma-telemetry {shipped.kind} {version}") + "\n"


def test_a_first_install_creates_all_and_says_so(root: Path) -> None:
    """The plugin, the command and the telemetry folder are there afterwards, and nothing else."""
    changes = opencode_hooks.install(root)
    assert {
        ".opencode/plugin/tachikoma-telemetry.ts": "created",
        ".opencode/command/telemetry.md": "created",
        ".opencode/tachikoma-telemetry": "created",
        ".opencode/telemetry": "created",
    } == actions(changes, root)
    assert {
        ".opencode",
        ".opencode/command",
        ".opencode/command/telemetry.md",
        ".opencode/plugin",
        ".opencode/plugin/tachikoma-telemetry.ts",
        ".opencode/telemetry",
        ".opencode/tachikoma-telemetry",
        ".opencode/telemetry/.gitignore",
    } == {path for path in contents(root) if "tachikoma-telemetry/" not in path}


def test_the_telemetry_folder_is_private_and_unknown_to_git(root: Path) -> None:
    """Only its owner can read what will be recorded, and git ignores it."""
    opencode_hooks.install(root)
    folder = telemetry_dir(root)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert "*" == (folder / ".gitignore").read_text().strip()


def test_a_second_install_changes_nothing(root: Path) -> None:
    """Twice is harmless: every file keeps its bytes, and the changes say ``unchanged``."""
    opencode_hooks.install(root)
    before = contents(root)
    changes = opencode_hooks.install(root)
    assert {"unchanged"} == {change.action for change in changes}
    assert before == contents(root)


@BOTH
def test_an_older_version_of_ours_is_updated(root: Path, shipped: Shipped) -> None:
    """What an earlier release installed is replaced, and the folders it made are still known."""
    opencode_hooks.install(root)
    installed = contents(root)
    path = root / ".opencode" / shipped.place
    path.write_text(aged(shipped, path.read_text(), 0))
    assert (shipped.kind, "older", 0) in states(root)
    changes = opencode_hooks.install(root)
    assert "updated" == actions(changes, root)[f".opencode/{shipped.place}"]
    assert installed == contents(root)


@BOTH
def test_a_newer_version_of_ours_is_left_alone(root: Path, shipped: Shipped) -> None:
    """An older tachikoma-telemetry beside a newer one does not put its own file back."""
    opencode_hooks.install(root)
    path = root / ".opencode" / shipped.place
    path.write_text(aged(shipped, path.read_text(), 9999))
    before = contents(root)
    assert (shipped.kind, "newer", 9999) in states(root)
    opencode_hooks.install(root)
    assert before == contents(root)


@BOTH
def test_one_of_ours_that_was_edited_is_put_right(root: Path, shipped: Shipped) -> None:
    """The file says that changes are lost, and they are; until then the status shows them."""
    opencode_hooks.install(root)
    path = root / ".opencode" / shipped.place
    whole = path.read_text()
    path.write_text(whole + "edited")
    assert (shipped.kind, "changed", shipped.version) in states(root)
    opencode_hooks.install(root)
    assert whole == path.read_text()


def test_a_strangers_plugin_stops_the_install(root: Path) -> None:
    """A file of the plugin's name that is not ours is never overwritten, and nothing is changed."""
    path = root / ".opencode" / PLUGIN.place
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    before = contents(root)
    with pytest.raises(opencode_hooks.ForeignFileError, match=re.escape(str(path))):
        opencode_hooks.install(root)
    assert before == contents(root)
    assert ("plugin", "foreign", None) in states(root)


def test_a_users_own_command_is_kept(root: Path) -> None:
    """With a /telemetry of the user's own the plugin is installed all the same: it records."""
    path = root / ".opencode" / COMMAND.place
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    changes = opencode_hooks.install(root)
    assert "kept" == actions(changes, root)[".opencode/command/telemetry.md"]
    assert "mine" == path.read_text()
    assert ("plugin", "current", PLUGIN.version) in states(root)
    assert ("command", "foreign", None) in states(root)
    opencode_hooks.remove(root)
    assert {".opencode", ".opencode/command", ".opencode/command/telemetry.md"} == {*contents(root)}


def test_an_install_that_cannot_be_finished_is_undone(root: Path) -> None:
    """When a file is where a folder must be, nothing is left of the half that worked."""
    (root / ".opencode").mkdir()
    (root / ".opencode" / "telemetry").write_text("in the way")
    before = contents(root)
    with pytest.raises(OSError, match="telemetry"):
        opencode_hooks.install(root)
    assert before == contents(root)


def test_an_update_that_cannot_be_finished_is_undone(root: Path) -> None:
    """The version that was installed before is there again when the rest of the update fails."""
    opencode_hooks.install(root)
    plugin = root / ".opencode" / PLUGIN.place
    plugin.write_text(aged(PLUGIN, plugin.read_text(), 0))
    command = root / ".opencode" / COMMAND.place
    command.unlink()
    command.parent.rmdir()
    command.parent.write_text("in the way")
    before = contents(root)
    with pytest.raises(OSError, match="command"):
        opencode_hooks.install(root)
    assert before == contents(root)


def test_a_folder_that_cannot_be_written_is_an_os_error() -> None:
    """No permission is reported as it is, and changes nothing."""
    with folder_of_nobody() as folder:
        folder.chmod(0o500)
        with pytest.raises(PermissionError):
            opencode_hooks.install(folder)
        assert {} == contents(folder)


def test_remove_undoes_an_install(root: Path) -> None:
    """Files and folders that the install made are gone, ``.opencode`` included."""
    opencode_hooks.install(root)
    changes = opencode_hooks.remove(root)
    assert {"removed"} == {change.action for change in changes}
    assert {} == contents(root)
    assert [] == opencode_hooks.remove(root)


def test_remove_keeps_folders_that_were_there_before(root: Path) -> None:
    """An empty folder that the user had made is not ours to remove."""
    (root / ".opencode" / "plugin").mkdir(parents=True)
    before = contents(root)
    opencode_hooks.install(root)
    opencode_hooks.remove(root)
    assert before == contents(root)


def test_remove_keeps_what_was_recorded(root: Path) -> None:
    """Recorded data stays, with its folder, and the changes say so."""
    opencode_hooks.install(root)
    journal = telemetry_dir(root) / "metrics.json"
    journal.write_text("recorded")
    changes = opencode_hooks.remove(root)
    assert "kept" == actions(changes, root)[".opencode/telemetry"]
    assert "recorded" == journal.read_text()
    assert (telemetry_dir(root) / ".gitignore").exists()


def test_remove_takes_the_plugins_sign_of_life_along(root: Path) -> None:
    """It says nothing any more, and is nothing that was recorded."""
    opencode_hooks.install(root)
    (telemetry_dir(root) / "plugin-v2.json").write_text("{}")
    assert "removed" == actions(opencode_hooks.remove(root), root)[".opencode/telemetry"]
    assert [] == list(root.iterdir())


@BOTH
def test_remove_keeps_a_strangers_file(root: Path, shipped: Shipped) -> None:
    """A file of the same name that is not ours stays."""
    path = root / ".opencode" / shipped.place
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert [opencode_hooks.Change(path, "kept")] == opencode_hooks.remove(root)
    assert "mine" == path.read_text()


def test_remove_keeps_what_others_put_beside(root: Path) -> None:
    """A folder that we made and that has other files now stays, with these files."""
    opencode_hooks.install(root)
    other = root / ".opencode" / "plugin" / "other.ts"
    other.write_text("other")
    opencode_hooks.remove(root)
    assert {".opencode", ".opencode/plugin", ".opencode/plugin/other.ts"} == contents(root).keys()


def test_after_an_update_remove_still_knows_the_folders(root: Path) -> None:
    """The folders made by the first install go with the file that a later one updated."""
    opencode_hooks.install(root)
    for shipped in (PLUGIN, COMMAND):
        path = root / ".opencode" / shipped.place
        path.write_text(aged(shipped, path.read_text(), 0))
    opencode_hooks.install(root)
    opencode_hooks.remove(root)
    assert {} == contents(root)


def test_a_global_install_goes_to_opencodes_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes to ``~/.config/opencode``, without a telemetry folder, and can be removed again."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENCODE_CONFIG_DIR", str(tmp_path / "only-now"))
    opencode_hooks.install(None, global_=True)
    folder = tmp_path / ".config" / "opencode"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"plugin/tachikoma-telemetry.ts", "command/telemetry.md"} == {
        file for file in files if not file.startswith("tachikoma-telemetry/")
    }
    assert ["current"] * 3 == [one.state for one in opencode_hooks.status(None, global_=True)]
    opencode_hooks.remove(None, global_=True)
    assert {".config": None} == contents(tmp_path)


def test_a_global_install_obeys_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``XDG_CONFIG_HOME`` moves OpenCode's folder; a relative one counts as unset."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    assert tmp_path / "configuration" / "opencode" == opencode_hooks.config_dir()
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert tmp_path / ".config" / "opencode" == opencode_hooks.config_dir()


def test_without_a_project_only_a_global_install_is_possible() -> None:
    """Forgetting the project is a mistake of the caller, and raises."""
    with pytest.raises(ValueError, match="project"):
        opencode_hooks.install(None)


def test_the_shipped_plugin_imports_nothing_but_node() -> None:
    """One self-contained file: no package has to be installed for it."""
    imported = re.findall(r'(?:from|import\(|require\()\s*"([^"]+)"', PLUGIN.text)
    assert imported
    assert [] == [name for name in imported if not name.startswith("node:")]
