"""Names of folders and files never act on the terminal, whatever command says them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tachikoma_telemetry import telemetry

from ..command_line import run, run_process
from ..live import database_of
from ..merging import merge_project

HOSTILE = "a\x1b]0;owned\x07\x1b[31mb\u202e"


@pytest.fixture
def hostile(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a folder whose name is an escape sequence."""
    root = project / HOSTILE
    (root / ".opencode").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["init"],
        ["init", "--remove"],
        ["doctor"],
        ["merge"],
        ["report"],
        ["report", "sessions"],
        ["report", "--no-merge"],
        ["report", "--project", HOSTILE],
        ["report", "--store", f"{HOSTILE}/x.db", "--no-merge"],
        ["merge", "--metrics", f"{HOSTILE}.json"],
        ["merge", "--db", HOSTILE],
        ["repair"],
        ["prune", "--older-than", "1d"],
        ["log", "run", "--skill", "x", "--", f"./{HOSTILE}"],
    ],
    ids=lambda command: " ".join(command)[:30].encode("unicode_escape").decode(),
)
def test_no_escape_sequence_reaches_the_terminal(
    hostile: Path, tmp_path: Path, command: list[str]
) -> None:
    """Neither on stdout nor on stderr."""
    database = database_of(tmp_path / "opencode.db", hostile).close()
    telemetry.intent("debug", confidence=0.5)
    if command[0] != "merge":
        merge_project(hostile, database)
    done = run_process(*command) if command[0] == "log" else run(*command)
    assert "Traceback" not in done.stderr
    for character in "\x1b\x07\u202e":
        assert character not in done.stdout + done.stderr


def test_no_escape_sequence_reaches_a_log(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning that an event can't be recorded names the folder, made harmless."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    (hostile / ".opencode" / "telemetry").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        telemetry.intent("debug", confidence=0.5)
    assert caplog.text
    assert "\x1b" not in caplog.text
