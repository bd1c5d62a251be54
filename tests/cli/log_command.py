"""`tachikoma-telemetry log`, as a shell calls it, and what it recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..command_line import Finished, run, run_process
from ..journal_at import Event, document


def log(*arguments: str, given: str = "", **environment: str) -> Finished:
    with _as_in_a_shell():
        return run("log", *arguments, given=given, **environment)


def wrap(*command: str, given: str = "", **environment: str) -> Finished:
    """`log run`, whose command writes to the streams of its process and may end it."""
    with _as_in_a_shell():
        return run_process("log", "run", "--skill", "x", *command, given=given, **environment)


@contextmanager
def _as_in_a_shell() -> Iterator[None]:
    # The tests are strict with code that records; `log` decides by itself.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TACHIKOMA_TELEMETRY_STRICT")
        yield


def recorded(project: Path) -> list[Event]:
    path = project / ".opencode" / "telemetry" / "metrics.json"
    return document(path) if path.exists() else []


def options(line: str) -> list[str]:
    return line.split()
