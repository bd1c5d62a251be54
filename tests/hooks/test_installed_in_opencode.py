"""Which skills are installed, held against `opencode debug skill` of each real version."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.reports import find_installed
from tests.scripted.sandbox import Sandbox

pytestmark = pytest.mark.opencode

# OpenCode 1.18 has one of its own, without a file.
_BUILT_IN = "customize-opencode"


@pytest.fixture
def sandbox(opencode_version: str, tmp_path: Path) -> Sandbox:
    """A project and a home, nothing installed in them; no model is asked."""
    box = Sandbox(opencode_version, tmp_path / "project", tmp_path / "home", "http://127.0.0.1:9")
    box.create()
    (box.project / ".git").mkdir()
    (box.project / "opencode.json").write_text("{}")
    return box


def install(folder: Path) -> None:
    folder.mkdir(parents=True)
    text = f"---\nname: {folder.name}\ndescription: x\n---\nText.\n"
    (folder / "SKILL.md").write_text(text, "utf-8")


def configure(path: Path, *folders: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"skills": {"paths": folders}}), "utf-8")


def theirs(sandbox: Sandbox) -> list[str]:
    result = sandbox.run("debug", "skill")
    assert 0 == result.returncode, result.stderr
    return sorted(
        set(re.findall(r'^    "name": "(.*)"', result.stdout, re.MULTILINE)) - {_BUILT_IN}
    )


def ours(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    environment: Mapping[str, Any] = {**sandbox.extra, "HOME": str(sandbox.home)}
    with monkeypatch.context() as patch:
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        return sorted({skill.skill for skill in find_installed(sandbox.project)})


def test_the_same_skills_are_found(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every folder, below hidden ones and node_modules, and through links."""
    project, home = sandbox.project, sandbox.home
    places = (
        project / ".opencode/skill", project / ".opencode/skills", project / ".claude/skills",
        project / ".agents/skills", home / ".config/opencode/skill",
        home / ".config/opencode/skills", home / ".opencode/skills", home / ".claude/skills",
        home / ".agents/skills", project / "skills", home / "skills",
    )  # fmt: skip
    for number, place in enumerate(places):
        for kind in ("plain", "deep/er", ".hidden", "node_modules", ".git"):
            install(place / kind / f"{kind.strip('.').replace('/', '-')}{number}")
    install(project / "shelf/linked")
    (project / ".opencode/skills/link").symlink_to(project / "shelf/linked")

    found = theirs(sandbox)

    assert found == ours(sandbox, monkeypatch)
    assert {"plain0", "deep-er1", "linked"} <= set(found)


def test_the_folders_that_the_configuration_adds(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to the project, in the home, or anywhere; of several files the last one's count."""
    project, home = sandbox.project, sandbox.home
    for name in ("one", "two", "three", "four", "five", "six"):
        install(project / name / name)
    for place in (project / "one/.hidden/a", project / "one/node_modules/b", home / "shelf/c"):
        install(place)
    install(project / "itself")
    install(project.parent / "outside/d")
    (project / "one/link").symlink_to(project.parent / "outside")

    places = ("./one/", "~/shelf", "itself", str(project.parent / "outside"), "missing", "~")
    configure(home / ".config/opencode/config.json", *places)
    found = theirs(sandbox)
    assert found == ours(sandbox, monkeypatch) == ["b", "c", "d", "itself", "one"]

    comments = '// x\n{"skills": {/* "paths" */ "paths": ["two", "a//b",],},}'
    (home / ".config/opencode/opencode.jsonc").write_text(comments)
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["two"]

    configure(project.parent / "mine.json", "three")
    sandbox.extra = {"OPENCODE_CONFIG": str(project.parent / "mine.json")}
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["three"]

    configure(project / "opencode.json", "four")
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["four"]

    configure(project / ".opencode/opencode.json", "five")
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["five"]

    configure(home / ".opencode/opencode.json", "{env:SHELF}")
    sandbox.extra = {**sandbox.extra, "SHELF": "six"}
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["six"]

    content = json.dumps({"skills": {"paths": ["one"]}, "username": "ada"})
    sandbox.extra = {**sandbox.extra, "OPENCODE_CONFIG_CONTENT": content}
    assert theirs(sandbox) == ours(sandbox, monkeypatch) == ["b", "d", "one"]
