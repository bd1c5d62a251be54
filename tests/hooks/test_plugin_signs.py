"""What the plugin leaves in the telemetry folder: a sign of life, and nested sessions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scripted import versions
from tests.scripted.fixtures import available
from tests.scripted.opencode2_host import SESSION, Host, begins, created
from tests.scripted.plugin_driver import Hook, PluginDriver

pytestmark = pytest.mark.opencode

OURS = {"TACHIKOMA_SESSION_ID": "outer", "TACHIKOMA_CALL_ID": "outer-call"}

Run = Callable[..., None]
"""Runs one command of `SESSION` in an OpenCode that a call of another one started, perhaps with
more in its environment.
"""


@pytest.fixture
def telemetry(tmp_path: Path) -> Path:
    """The telemetry folder of a project."""
    folder = tmp_path / "project" / ".opencode" / "telemetry"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(params=["v1", "v2"])
def run(request: pytest.FixtureRequest, telemetry: Path) -> Run:
    """OpenCode 1, and a host that plays OpenCode 2."""
    available(versions.NEWEST)
    project = telemetry.parents[1]
    outer = {**OURS, "TACHIKOMA_PROJECT": str(project)}

    def v1(**more: str) -> None:
        asked: Hook = ("shell.env", {"sessionID": SESSION, "callID": "b0"}, {"env": {}})
        PluginDriver(versions.NEWEST, project).drive(asked, environment={**outer, **more})

    def v2(**more: str) -> None:
        host = Host(project, environment=more)
        client = {"PATH": os.environ["PATH"], **outer}
        host.play(begins("b0"), created("b0", client=client))

    return v1 if request.param == "v1" else v2


def sign(telemetry: Path) -> dict[str, Any]:
    [file] = telemetry.glob("plugin-v*.json")
    found: dict[str, Any] = json.loads(file.read_text())
    assert file.name == f"plugin-{found['api']}.json"
    return found


def children(telemetry: Path) -> list[dict[str, Any]]:
    lines = (telemetry / "nested-sessions.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_they_say_who_loaded_it_and_whose_child_a_session_is(run: Run, telemetry: Path) -> None:
    """Both are small files that only their owner reads, and nothing is left beside them."""
    run()
    run()
    assert 3 == sign(telemetry)["plugin"]
    assert sign(telemetry)["opencode"] in {"1.18.33", "2.0.22"}
    assert sign(telemetry)["loaded"] <= sign(telemetry)["heard"]
    first, second = children(telemetry)
    assert first.pop("time") <= second.pop("time")
    named = {"session_id": SESSION, "parent_session_id": "outer", "parent_call_id": "outer-call"}
    assert named == first == second
    files = sorted(telemetry.iterdir())
    assert 2 == len(files)
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}


def test_without_a_telemetry_folder_there_is_none(run: Run, telemetry: Path) -> None:
    """A plugin for all projects makes no folder in one that never recorded."""
    telemetry.rmdir()
    run()
    assert not telemetry.exists()


@pytest.mark.parametrize("value", ["off", " FALSE ", "disabled"])
def test_switched_off_it_leaves_nothing(run: Run, telemetry: Path, value: str) -> None:
    run(TACHIKOMA_TELEMETRY=value)
    assert [] == list(telemetry.iterdir())


@pytest.mark.parametrize("moved", ["{tmp}/moved", "../moved", "~/moved"])
def test_a_moved_folder_has_them(run: Run, telemetry: Path, tmp_path: Path, moved: str) -> None:
    """Relative to the project, or to the home folder."""
    (tmp_path / "moved").mkdir()
    run(TACHIKOMA_TELEMETRY_DIR=moved.format(tmp=tmp_path))
    assert 1 == len(children(tmp_path / "moved"))
    assert sign(tmp_path / "moved")
    assert [] == list(telemetry.iterdir())


def test_old_children_make_room(run: Run, telemetry: Path) -> None:
    """A file of a megabyte is put aside, over the one before it."""
    full, aside = telemetry / "nested-sessions.jsonl", telemetry / "nested-sessions.1.jsonl"
    full.write_text("x" * (1 << 20))
    aside.write_text("older")
    run()
    assert 1 == len(children(telemetry))
    assert 1 << 20 == aside.stat().st_size


@pytest.mark.parametrize("plant", ["link", "pipe", "folder"])
def test_nothing_is_written_through_what_was_planted(
    run: Run, telemetry: Path, tmp_path: Path, plant: str
) -> None:
    """A link leads nowhere, a pipe keeps nothing waiting, and the command runs."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("nested-sessions.jsonl", "plugin-v1.json", "plugin-v2.json"):
        place = telemetry / name
        if plant == "link":
            place.symlink_to(victim)
        elif plant == "pipe":
            os.mkfifo(place)
        else:
            place.mkdir()
    run()
    assert "mine" == victim.read_text()
    assert not [file for file in telemetry.iterdir() if len(file.suffixes) > 1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_folder_of_another_user_gets_none(run: Run, telemetry: Path) -> None:
    os.chown(telemetry, 4711, 4711)
    run()
    assert [] == list(telemetry.iterdir())
