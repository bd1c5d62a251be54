"""`tachikoma-telemetry log run`: a command is a run of a skill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..journal_at import ROOT
from .log_command import log, recorded, wrap


@pytest.mark.parametrize(("code", "outcome"), [(0, "succeeded"), (77, "failed")])
def test_a_wrapped_command_keeps_its_exit_code(project: Path, code: int, outcome: str) -> None:
    """A wrapped command's output and exit code are its own."""
    script = f"echo out; echo err >&2; cat; exit {code}"
    done = wrap("--", "sh", "-c", script, given="in")
    assert (code, "out\nin", "err\n") == (done.returncode, done.stdout, done.stderr)
    started, ended = recorded(project)
    assert outcome == ended["outcome"]
    assert started["run_id"] == ended["run_id"]
    assert ended["duration_ms"] > 0


def test_events_inside_belong_to_the_run(project: Path) -> None:
    """What the command logs, and runs inside of it, belong to the run."""
    script = (
        "from tachikoma_telemetry import telemetry\n"
        "telemetry.retry()\n"
        "with telemetry.skill_run('inner'): pass\n"
    )
    command = ["--run-id", "run_7", "--no-finish", "--", sys.executable, "-c", script]
    assert 0 == wrap(*command).returncode
    started, retry, inner = recorded(project)[:3]
    assert ("run_7", "x") == (retry["run_id"], retry["skill"])
    assert "run_7" == inner["parent_run_id"]
    assert started["continued"]
    assert ["inner"] == [
        each["skill"] for each in recorded(project) if each["type"] == "skill_run_finished"
    ]


@pytest.mark.slow
def test_a_command_that_is_none(project: Path) -> None:
    """A command that can't be started is a failed run, and exits as a shell would."""
    assert 127 == wrap("--", "/nonexistent/command").returncode
    (project / "plain").write_text("")
    assert 126 == wrap("--", str(project / "plain")).returncode
    assert {"FileNotFoundError", "PermissionError"} == {
        each["error_type"] for each in recorded(project) if "error_type" in each
    }


@pytest.mark.parametrize(("name", "outcome"), [("SIGKILL", "failed"), ("SIGTERM", "cancelled")])
def test_the_signal_that_ended_the_command_ends_the_wrapper(
    project: Path, name: str, outcome: str
) -> None:
    """The signal that ended the command ends the wrapper, too; the run is recorded first."""
    number = getattr(signal, name)
    done = wrap("--", "sh", "-c", f"kill -{int(number)} $$")
    assert -number == done.returncode
    ended = recorded(project)[-1]
    assert outcome == ended["outcome"]
    assert name == ended["error_type"]


@pytest.mark.parametrize(
    "name", ["SIGTERM", "SIGINT", "SIGUSR1", pytest.param("SIGHUP", marks=pytest.mark.slow)]
)
def test_signals_are_handed_on(project: Path, name: str) -> None:
    """A signal sent to the wrapper reaches the command, which may handle it."""
    number = int(getattr(signal, name))
    script = (
        "import signal, sys\n"
        f"signal.signal({number}, lambda *_: sys.exit(42))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    command = ["run", "--skill", "x", "--", sys.executable, "-c", script]
    wrapper = subprocess.Popen(
        [sys.executable, "-m", "tachikoma_telemetry", "log", *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert wrapper.stdout is not None
    wrapper.stdout.readline()
    wrapper.send_signal(number)
    wrapper.communicate()
    assert 42 == wrapper.returncode
    assert ("failed" if name == "SIGUSR1" else "cancelled") == recorded(project)[-1]["outcome"]


def test_outside_of_opencode_the_skill_has_to_be_named(project: Path) -> None:
    """Outside of OpenCode the skill has to be named."""
    done = log("run", "--", "true")
    assert (2, True) == (done.returncode, "--skill NAME is needed" in done.stderr)
    assert [] == recorded(project)
