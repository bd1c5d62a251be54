"""Files of skills that are somewhere else: in the folder that a load of the skill names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from tachikoma_telemetry.opencode import readers

from ..merging import contents, few_at_a_time, merge_project, rows
from ..opencode_rows import START, Rows
from ..opencode_v2_history import History, call, shell, wrapped

RAN = "SELECT call_id, script_skill, script FROM calls WHERE script IS NOT NULL ORDER BY started"
SHELF = "/srv/shelf/release"


class _Project(Protocol):
    """A history of 1.x or 2.x, in which a model loads skills and runs commands."""

    path: Path

    def load(self, skill: str, folder: str, *, session: str = "ses_a", **how: Any) -> None: ...

    def run(self, name: str, command: str, *, session: str = "ses_a", **given: Any) -> None: ...


class _One:
    def __init__(self, folder: Path, directory: Path) -> None:
        self.rows = Rows(folder / "opencode.db", directory)
        self.path, self._at = self.rows.path, START
        for session in ("ses_a", "ses_b"):
            self.rows.session(session)

    def load(self, skill: str, folder: str, *, session: str = "ses_a", **how: Any) -> None:
        self._at += 1000
        how = {"metadata": {"name": skill, "dir": folder}, **how}
        given = {"name": skill}
        self.rows.call(session, "skill", f"s{self._at}", at=self._at, given=given, **how)

    def run(self, name: str, command: str, *, session: str = "ses_a", **given: Any) -> None:
        self._at += 1000
        given = {"command": command, **given}
        self.rows.call(session, "bash", name, at=self._at, given=given, metadata={"exit": 0})


class _Two:
    def __init__(self, folder: Path, directory: Path) -> None:
        self.rows = History(folder / "opencode.db", directory)
        self.path = self.rows.path
        self._sessions = {name: self.rows.session() for name in ("ses_a", "ses_b")}

    def load(self, skill: str, folder: str, *, session: str = "ses_a", **how: Any) -> None:
        at = self.rows.pass_time(1000)
        if "output" not in how:
            how = {"metadata": {"name": skill, "directory": folder}, **how}
        self.rows.step(
            self._sessions[session], call("skill", f"s{at}", at=at, given={"id": skill}, **how)
        )

    def run(self, name: str, command: str, *, session: str = "ses_a", **given: Any) -> None:
        at = self.rows.pass_time(1000)
        made = shell(name, at=at, command=command, exit=0)
        made["state"]["input"] |= given
        self.rows.step(self._sessions[session], made)


@pytest.fixture(params=[_One, _Two], ids=["1.x", "2.x"])
def history(request: pytest.FixtureRequest, project: Path, tmp_path: Path) -> _Project:
    made: Callable[[Path, Path], _Project] = request.param
    return made(tmp_path, project)


def _ran(project: Path, history: _Project, **how: Any) -> list[Any]:
    merge_project(project, history.path, **how)
    return rows(project, RAN, **{key: how[key] for key in how if key == "store"})


def test_from_its_load_on_a_file_there_is_the_skills(project: Path, history: _Project) -> None:
    """In whichever session; what ran before, or is elsewhere, is none of it."""
    history.run("a", f"python {SHELF}/run.py")
    history.load("release", SHELF)
    history.run("b", f"python {SHELF}/run.py --all")
    history.run("c", f"cd {SHELF} && ./bin/run", session="ses_b")
    history.run("d", "python scripts/x.py", workdir=SHELF)
    history.run("e", f"cat {SHELF}/run.py")
    history.run("f", f"python {SHELF}/tests/test_run.py")
    history.run("g", "python /srv/shelf/other/release/run.py")

    assert [
        ("b", "release", "run.py"), ("c", "release", "bin/run"), ("d", "release", "scripts/x.py"),
    ] == _ran(project, history)  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "command"),
    [
        ("/srv/other/.opencode/skills/folder", "node /srv/other/.opencode/skills/folder/a.js"),
        ("/home/ann/shelf/release", "bash ~/shelf/release/a.js"),
        ("/home/ann/shelf/release", '"$HOME/shelf/release/a.js"'),
        ("file:///srv/my%20shelf/release", "node '/srv/my shelf/release/a.js'"),
        ("/srv/shop/tree-2/tools/release/", "cd /srv/shop/tree-2/tools && node release/a.js"),
        ("C:\\shelf\\release", "node C:/shelf/release/a.js"),
    ],
    ids=["another name", "home", "HOME", "url", "worktree", "windows"],
)
def test_wherever_it_is(project: Path, history: _Project, folder: str, command: str) -> None:
    """Also in a folder of skills under another name than its own."""
    history.load("release", folder)
    history.run("a", command)

    assert [("a", "release", "a.js")] == _ran(project, history)


@pytest.mark.parametrize("how", [{"status": "error"}, {"metadata": {}}, {"metadata": {"dir": 3}}])
def test_a_load_that_names_none(project: Path, history: _Project, how: dict[str, Any]) -> None:
    """Or that failed."""
    if isinstance(history, _Two) and "status" in how:
        how = {"error": ("tool.execution", "no")}
    history.load("release", SHELF, **how)
    history.run("a", f"python {SHELF}/run.py")

    assert [] == _ran(project, history)


def test_its_text_names_it_too(project: Path, history: _Project) -> None:
    """As a load of the user does, and rows of later versions may."""
    history.load("release", "", output=wrapped("release", folder=SHELF), metadata={})
    history.run("a", f"python {SHELF}/run.py")

    assert [("a", "release", "run.py")] == _ran(project, history)


def test_what_is_in_the_project_is_not_the_skill_s(project: Path, history: _Project) -> None:
    """All that is in the project is not the skill's."""
    history.load("release", str(project.parent))
    history.run("a", "python run.py")
    history.run("b", f"python {project}/run.py")

    assert [] == _ran(project, history)


@pytest.mark.parametrize("at_once", [1, 1000])
def test_several_merges_come_to_what_one_does(
    project: Path, history: _Project, at_once: int
) -> None:
    """Each knows what the ones before it did, and comes to what one merge of all does."""
    with few_at_a_time(at_once):
        for number in range(4):
            history.run(f"a{number}", f"python {SHELF}/run.py")
            if number > 0:
                history.load("release", SHELF)
            if number > 1:
                history.load("other", "/srv/shelf/another", session="ses_b")
            history.run(f"b{number}", "cd /srv/shelf; python another/x.py", session="ses_b")
            _ran(project, history)
        fresh = project / "fresh.db"

        right = _ran(project, history, store=fresh)

    assert ["a2", "b2", "a3", "b3"] == [name for name, *_ in right]
    assert right == rows(project, RAN)
    assert contents(project, fresh) == contents(project)


def test_a_folder_that_the_configuration_adds(project: Path, history: _Project) -> None:
    """It need not have been loaded; what was read before it was added is looked at once more."""
    shelf = project / "shelf/tools/release"
    shelf.mkdir(parents=True)
    (shelf / "SKILL.md").write_text("---\nname: release\ndescription: x\n---\n")
    history.run("a", "python shelf/tools/release/run.py")
    assert [] == _ran(project, history)

    for key in ({"paths": ["shelf"]}, ["./shelf"]):
        (project / "opencode.json").write_text(json.dumps({"skills": key}))
        store = project / f"{type(key).__name__}.db"
        for each in (None, store):
            how = {"store": each} if each else {}
            assert [("a", "release", "run.py")] == _ran(project, history, **how)
    assert contents(project) == contents(project, store)
    history.run("b", "cd shelf/tools/release && ./run.py")
    assert ["a", "b"] == [name for name, *_ in _ran(project, history)]


@pytest.mark.slow
def test_read_by_other_processes(
    project: Path, history: _Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one of them reads behind a load that another one read is the skill's."""
    for number in range(60):
        history.run(f"c{number}", f"python {SHELF}/run.py")
        if number in (20, 40):
            history.load("release", SHELF)
    right = _ran(project, history)
    monkeypatch.setattr(readers, "processes_for", lambda _rows: 2)
    monkeypatch.setattr(readers, "ROWS_OF_PIECE", 7)

    assert right == _ran(project, history, store=project / "read.db")
    assert 39 == len(right)
    assert contents(project) == contents(project, project / "read.db")
