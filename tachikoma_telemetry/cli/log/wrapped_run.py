"""`log run`: a command as a skill run, with its exit code and signals passed through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Literal, NoReturn

from ...recording.skill_run import skill_run
from ..say import note

_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT")
# From a terminal these reach the command by themselves: it is in the same process group.
_OF_TERMINAL = {"SIGINT", "SIGQUIT"}
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def run_command(
    command: list[str],
    skill: str,
    *,
    per: Literal["activation"] | None,
    run_id: str | None,
    finish: bool,
    model: str | None,
) -> NoReturn:
    """Run `command`, record it as a run of `skill`, and end as it ended."""
    environment = dict(os.environ)
    # What can't be recorded must not keep the command from running, nor change how it ends: it is
    # said on stderr. The command itself is as strict as it was asked to be.
    os.environ.pop("TACHIKOMA_TELEMETRY_STRICT", None)
    named: dict[str, Any] = {"per": per, "run_id": run_id, "finish": finish, "model": model}
    run = skill_run(skill, trigger="log run", **named).begin()
    environment |= {"TACHIKOMA_RUN_ID": run.id, "TACHIKOMA_SKILL": skill}
    forwarding = _SignalForwarder()
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        forwarding.stop()
        run._ended_as("failed", "can't be started", type(error).__name__)
        run._end(None)
        note(f"tachikoma-telemetry: {command[0]}: {error.strerror}")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)
    forwarding.to(child)
    code = child.wait()
    forwarding.stop()
    ended_by = _signal_name(-code) if code < 0 else None
    if ended_by in _ENDING or (code and forwarding.ended):
        run._ended_as("cancelled", None if ended_by else f"exit {code}", ended_by)
    elif code:
        run._ended_as("failed", None if ended_by else f"exit {code}", ended_by)
    run._end(None)
    if code < 0:
        _die_of(-code)
    sys.exit(code)


class _SignalForwarder:
    """Hands signals that are meant for the command on to it.

    Attributes:
        ended: whether one of them asked it to end.
    """

    def __init__(self) -> None:
        self.ended = False
        self._child: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        self._before = {
            getattr(signal, name): signal.signal(getattr(signal, name), self._forward)
            for name in _FORWARDED
            if hasattr(signal, name)
        }

    def to(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        for number in self._early:
            child.send_signal(number)

    def stop(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        name = _signal_name(number)
        self.ended = self.ended or name in _ENDING
        if name in _OF_TERMINAL and _in_foreground():
            return
        if self._child is None:
            self._early.append(number)
        else:
            self._child.send_signal(number)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"


def _die_of(number: int) -> NoReturn:
    """End by the same signal: the process that waits for us sees how the command ended."""
    try:
        import resource

        # The command's core dump is enough.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        signal.signal(number, signal.SIG_DFL)
    except (ImportError, OSError, ValueError):
        pass  # SIGKILL and SIGSTOP have no handler
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os.kill(os.getpid(), number)
    sys.exit(128 + number)
