"""`tachikoma-telemetry dashboard`: what it needs, and a real terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.errors import TachikomaError
from tachikoma_telemetry.installed_as import install_command

from .board import busy

_TMUX = shutil.which("tmux")


def test_without_the_extra_it_says_what_to_install(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the command, and no traceback."""
    monkeypatch.setitem(sys.modules, "textual", None)
    for name in [each for each in sys.modules if each.startswith("tachikoma_telemetry.dashboard")]:
        monkeypatch.delitem(sys.modules, name)
    # What Python says of a module that is not there.
    monkeypatch.setattr(sys, "meta_path", [_Missing(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "textual")

    done = CliRunner().invoke(app, ["dashboard", "--project", str(project)])

    assert isinstance(done.exception, TachikomaError)
    assert str(done.exception) == (
        f"the dashboard needs Textual, the extra `dashboard`: {install_command('dashboard')}"
    )


class _Missing:
    """Finds that Textual is not installed."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "textual":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_it_needs_a_terminal(project: Path) -> None:
    """In a pipe it says so, and what to take instead."""
    done = CliRunner().invoke(app, ["dashboard", "--project", str(project)])

    assert isinstance(done.exception, TachikomaError)
    assert "needs a terminal; `report` writes to files and pipes" in str(done.exception)


@contextmanager
def terminal(
    tmp_path: Path, *command: str, width: int, height: int
) -> Iterator[Callable[..., str]]:
    """A real terminal with a command; calling it sends keys and returns the screen."""
    tmux = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux")]
    size = ["-x", str(width), "-y", str(height)]
    subprocess.run([*tmux, "new-session", "-d", *size, *command], check=True)

    def screen(*keys: str) -> str:
        if keys:
            subprocess.run([*tmux, "send-keys", *keys], check=True)
        done = subprocess.run(
            [*tmux, "capture-pane", "-p"], check=False, capture_output=True, text=True
        )
        return done.stdout

    try:
        yield screen
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)


def wait(screen: Callable[..., str], text: str) -> str:
    """The screen, once it holds the text."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if text in (seen := screen()):
            return seen
        time.sleep(0.05)
    raise AssertionError(screen())


@pytest.mark.slow
@pytest.mark.skipif(_TMUX is None, reason="needs tmux")
def test_a_terminal_without_its_characters_is_an_error_with_a_sentence(
    tmp_path: Path, project: Path
) -> None:
    """As one whose locale has Latin-1: the screen would be full of escapes."""
    dashboard = f"{sys.executable} -m tachikoma_telemetry dashboard --project {project}"
    command = ["sh", "-c", f"PYTHONIOENCODING=latin-1 {dashboard}; cat"]

    with terminal(tmp_path, *command, width=80, height=12) as screen:
        said = wait(screen, "LC_ALL")

    assert "iso8859-1" in said.replace("latin-1", "iso8859-1")
    assert "\\u" not in said


@pytest.mark.slow
@pytest.mark.skipif(_TMUX is None, reason="needs tmux")
def test_it_works_in_a_real_terminal(tmp_path: Path, project: Path) -> None:
    """Keys that are typed in a terminal lead through the screens, and `q` gives it back."""
    store = busy(tmp_path / "unified.db")
    words = ["-m", "tachikoma_telemetry", "dashboard", "--project", str(project)]
    command = [sys.executable, *words, "--store", str(store)]
    shell = f"{subprocess.list2cmdline(command)}; echo ended with $?; exec cat"
    with terminal(tmp_path, "sh", "-c", shell, width=90, height=30) as screen:
        wait(screen, "by skill, last 24 h")
        screen("]", "]", "]", "2")
        wait(screen, "success over time")
        screen("4")
        wait(screen, "└ find the callers")
        screen("Enter")
        wait(screen, "verify 1/3 ✗ edge_cases")
        screen("Escape")
        wait(screen, "Task of verifier")
        screen("q")
        assert "1 Now" not in wait(screen, "ended with 0")


@pytest.mark.slow
@pytest.mark.skipif(_TMUX is None, reason="needs tmux")
def test_it_gives_the_terminal_back(tmp_path: Path, project: Path) -> None:
    """A small terminal, no colours, ctrl+z and fg, ctrl+c: then the shell is as it was.

    The environment names the size of the terminal, too, as programs leave it to their children.
    """
    store = busy(tmp_path / "unified.db")
    words = ["-m", "tachikoma_telemetry", "dashboard", "--project", str(project)]
    command = subprocess.list2cmdline([sys.executable, *words, "--store", str(store)])
    size = ("COLUMNS=80", "LINES=24")
    shell = ("env", "PS1=shell> ", "NO_COLOR=1", "TERM=screen", *size, "sh", "-i")
    with terminal(tmp_path, *shell, width=80, height=24) as screen:
        wait(screen, "shell>")
        screen("-l", command)
        screen("Enter")
        wait(screen, "by skill, last 24 h")
        screen("C-z")
        wait(screen, "shell>")
        screen("fg", "Enter")
        wait(screen, "by skill, last 24 h")
        tmux = ["tmux", "-S", str(tmp_path / "tmux")]
        seen = subprocess.run([*tmux, "capture-pane", "-p", "-e"], check=True, capture_output=True)
        assert not re.search(r"\x1b\[[\d;]*\b(3[1-7]|9[0-7]|38)", seen.stdout.decode())
        subprocess.run([*tmux, "resize-window", "-x", "40", "-y", "10"], check=True)
        screen("2")
        wait(screen, "enter runs")
        subprocess.run([*tmux, "resize-window", "-x", "120", "-y", "30"], check=True)
        wait(screen, "│ success over time")
        screen("C-c")
        wait(screen, "shell> fg")
        screen("-l", "echo ended with $?")
        screen("Enter")
        assert "1 Now" not in wait(screen, "ended with 0")
        state = [*tmux, "display-message", "-p", "#{alternate_on}#{mouse_any_flag}#{cursor_flag}"]
        assert subprocess.run(state, check=True, capture_output=True, text=True).stdout == "001\n"
