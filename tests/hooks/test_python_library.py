"""The library that commands of OpenCode import: what is in it, and which copy wins."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest

import opencode_hooks
from opencode_hooks import python_library

from ..house.imports import PACKAGE, import_table

_SAY = (
    "import tachikoma_telemetry as t, sys; from tachikoma_telemetry import telemetry\n"
    "print(t.__file__, 'filelock' in sys.modules)"
)
_RECORD = (
    "from tachikoma_telemetry import telemetry\n"
    "with telemetry.skill_run('x') as run: run.iteration(passed=True)"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the library."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    opencode_hooks.install(folder)
    return folder


def path_of(root: Path) -> Path:
    return python_library.python_path(root / ".opencode")


def run(
    code: str, root: Path, *before: Path, bare: bool = True, executable: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """A Python of its own with the library at the end of PYTHONPATH; a bare one has no packages."""
    found = os.pathsep.join(map(str, (*before, path_of(root))))
    return subprocess.run(
        [executable, *(["-S"] if bare else []), "-c", code],
        env={"PYTHONPATH": found, "PATH": os.environ["PATH"]},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def reachable(start: str) -> Iterable[str]:
    """Every module that `start` imports at any depth, with the packages around them."""
    table, todo, seen = import_table(), [start], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            parent = name.rpartition(".")[0]
            todo += [*table.get(name, ()), *([parent] if parent else [])]
    return seen


def test_it_holds_what_recording_imports_and_nothing_else() -> None:
    """The list of modules is what the source says: a new import needs a new entry."""
    packages = {"", "vocabulary", "journal", "recording"}
    held = {f"{PACKAGE}.{name}".removesuffix(".__init__") for name in python_library.MODULES}
    needed = set(reachable(PACKAGE)) | {f"{PACKAGE}.journal.flock"}
    assert packages <= {name.removeprefix(PACKAGE).removeprefix(".") for name in held}
    assert needed == held


def test_a_bare_python_records(root: Path) -> None:
    """An interpreter without a single package writes the journal of the project."""
    done = run(_RECORD, root)
    assert ("", 0) == (done.stderr, done.returncode)
    journal = json.loads((root / ".opencode" / "telemetry" / "metrics.json").read_bytes())
    assert ["skill_run_started", "iteration", "skill_run_finished"] == [
        each["type"] for each in journal["events"]
    ]


def test_an_installed_copy_wins(root: Path, tmp_path: Path) -> None:
    """PYTHONPATH is before site-packages; the library makes way all the same."""
    done = run(_SAY, root, bare=False)
    assert "" == done.stderr
    assert str(path_of(root)) not in done.stdout
    other = tmp_path / "other" / "tachikoma_telemetry"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("from . import telemetry\n")
    (other / "telemetry.py").write_text("")
    late = f"import sys; sys.path.append({str(other.parent)!r})\n{_SAY}"
    assert str(other) in run(late, root).stdout


def test_a_folder_without_code_does_not_win(root: Path, tmp_path: Path) -> None:
    """A folder that only has the name, and a second library of ours, are no installed copy."""
    (tmp_path / "data" / "tachikoma_telemetry").mkdir(parents=True)
    second = tmp_path / "second"
    second.mkdir()
    opencode_hooks.install(second)
    done = run(_SAY, root, tmp_path / "data", path_of(second))
    assert "" == done.stderr
    assert str(path_of(second)) in done.stdout


def test_no_other_module_is_shadowed(root: Path) -> None:
    """The folder on PYTHONPATH has the one package."""
    assert ["tachikoma_telemetry"] == os.listdir(path_of(root))
    done = run("import errors", root)
    assert "ModuleNotFoundError" in done.stderr


def test_an_interpreter_that_is_too_old_gets_nothing(root: Path) -> None:
    """Its code runs as if it were recorded, with loops, decorators and exceptions."""
    old = "import sys; sys.version_info = (3, 9, 6, 'final', 0)\n"
    code = old + (
        "from tachikoma_telemetry import telemetry\n"
        "import tachikoma_telemetry as module, asyncio\n"
        "@telemetry.skill_run\n"
        "def bare(): return 1\n"
        "@module.skill_run('x', exit_code=True)\n"
        "def named(): return 2\n"
        "async def later():\n"
        "    async with telemetry.skill_run('x') as run: return run.iteration()\n"
        "turns = []\n"
        "with telemetry.skill_run('x', per='activation') as run:\n"
        "    for attempt in run.attempts(max=3, retry_on=TimeoutError):\n"
        "        with attempt:\n"
        "            turns.append(attempt.number)\n"
        "            if attempt.number == 1: raise TimeoutError\n"
        "            attempt.passed = True\n"
        "    with run.rlm(total=2).chunk(0) as chunk: chunk.tokens = 1\n"
        "    edited = run.edit_chain().attempt('whole', success=True)\n"
        "    run.succeed()\n"
        "print(bare(), named(), asyncio.run(later()), turns, edited, telemetry.enabled())\n"
        "with telemetry.skill_run('x'): raise KeyError('mine')\n"
    )
    done = run(code, root)
    assert "1 2  [1, 2] True False\n" == done.stdout
    assert done.stderr.endswith("KeyError: 'mine'\n")
    assert not (root / ".opencode" / "telemetry" / "metrics.json").exists()


def test_the_oldest_python_can_read_it(root: Path) -> None:
    """Each module is in the language of that Python; where there is one, it records."""
    package = path_of(root) / "tachikoma_telemetry"
    for module in package.rglob("rooms_*/**/*.py"):
        ast.parse(module.read_text("utf-8"), feature_version=python_library.OLDEST)
    for module in (package / "__init__.py", package / "too_old.py"):
        ast.parse(module.read_text("utf-8"), feature_version=(3, 6))
    assert f"_OLDEST = {python_library.OLDEST}" in (package / "__init__.py").read_text("utf-8")
    oldest = shutil.which("python" + ".".join(map(str, python_library.OLDEST)))
    if oldest is not None:
        done = run(_RECORD, root, executable=oldest)
        # A shim of a version manager may have the name without the interpreter.
        if done.returncode == 0:
            assert "" == done.stderr
            assert (root / ".opencode" / "telemetry" / "metrics.json").exists()


def test_an_older_filelock_does_no_harm(root: Path, tmp_path: Path) -> None:
    """Many environments have one from before `lock_descriptor`."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "filelock.py").write_text("class FileLock: ...\n")
    assert "" == run(_RECORD, root, tmp_path / "old").stderr
    assert (root / ".opencode" / "telemetry" / "metrics.json").exists()


@pytest.mark.slow
def test_bare_and_installed_writers_lose_nothing(root: Path) -> None:
    """Both take the same lock: of 8 processes with 100 events each, all events are there."""
    code = "from tachikoma_telemetry import telemetry\nfor _ in range(100): telemetry.retry()\n"
    site = sysconfig.get_path("purelib")
    writers = [
        subprocess.Popen(
            [sys.executable, "-S", "-c", code],
            env={
                "PYTHONPATH": os.pathsep.join([*([site] if with_lock else []), str(path_of(root))]),
                "TACHIKOMA_TELEMETRY_LOCK_SECONDS": "60",
            },
            cwd=root,
        )
        for with_lock in (True, False) * 4
    ]
    assert [0] * 8 == [each.wait(60) for each in writers]
    journal = json.loads((root / ".opencode" / "telemetry" / "metrics.json").read_bytes())
    assert 800 == len({each["id"] for each in journal["events"]})


def test_a_bare_python_repairs_a_torn_journal(root: Path) -> None:
    """What a killed process left behind is repaired without orjson, too."""
    run(_RECORD, root)
    journal = root / ".opencode" / "telemetry" / "metrics.json"
    journal.write_bytes(journal.read_bytes()[:-20])
    assert "" == run(_RECORD, root).stderr
    assert 5 == len(json.loads(journal.read_bytes())["events"])


def test_a_new_version_keeps_the_one_before(root: Path) -> None:
    """A process that runs may still import from it; the next version removes it."""
    package = path_of(root) / "tachikoma_telemetry"
    (current,) = package.glob("rooms_*")
    older, oldest = package / "rooms_0a", package / "rooms_0b"
    current.rename(older)
    oldest.mkdir()
    finder = package / "__init__.py"
    text = finder.read_text().replace(current.name, older.name)
    finder.write_text(text.replace("library 0.1.0", "library 0.0.9"))
    assert "older" == python_library.state(root / ".opencode")
    opencode_hooks.install(root)
    assert "current" == python_library.state(root / ".opencode")
    assert {current.name, older.name} == {each.name for each in package.glob("rooms_*")}


def test_a_newer_version_is_left_alone(root: Path) -> None:
    """As with the plugin, an older program does not put its own back."""
    finder = path_of(root) / "tachikoma_telemetry" / "__init__.py"
    finder.write_text(finder.read_text().replace("library 0.1.0", "library 99.0"))
    opencode_hooks.install(root)
    assert "newer" == python_library.state(root / ".opencode")


def test_what_was_changed_is_put_right(root: Path) -> None:
    """A file that is missing or edited comes back."""
    (rooms,) = (path_of(root) / "tachikoma_telemetry").glob("rooms_*")
    (rooms / "errors.py").unlink()
    (rooms / "clock.py").write_text("edited")
    assert "changed" == python_library.state(root / ".opencode")
    opencode_hooks.install(root)
    assert "current" == python_library.state(root / ".opencode")


@pytest.mark.parametrize("name", ["rooms/errors.so", "rooms/journal/x.py", "../os.py", "x.py"])
def test_a_planted_module_is_removed(root: Path, name: str) -> None:
    """A repository may come with this folder: what is not of `init` is seen, and not imported."""
    package = path_of(root) / "tachikoma_telemetry"
    (rooms,) = package.glob("rooms_*")
    planted = package / name.replace("rooms", rooms.name)
    planted.write_text("planted")
    assert "changed" == python_library.state(root / ".opencode")
    opencode_hooks.install(root)
    assert not planted.exists()
    assert "current" == python_library.state(root / ".opencode")


def test_a_folder_that_is_not_ours_is_kept(tmp_path: Path) -> None:
    """A folder of that name, or a link out of the project, is neither written to nor removed."""
    for name in ("folder", "link"):
        root = tmp_path / name
        place = root / ".opencode" / python_library.FOLDER
        place.parent.mkdir(parents=True)
        if name == "folder":
            place.mkdir()
        else:
            place.symlink_to(tmp_path)
        (place / "mine.txt").write_text("mine")
        opencode_hooks.install(root)
        assert "foreign" == python_library.state(root / ".opencode")
        opencode_hooks.remove(root)
        assert "mine" == (place / "mine.txt").read_text()
