"""The scripted sessions in the words of OpenCode 2: for the day on which it can be run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.scripted import versions
from tests.scripted.opencode2_words import in_words_of
from tests.scripted.tool_parts import step_tokens, tool_parts

from ..opencode_v2_rows import V2Rows, tool


@pytest.mark.opencode
def test_the_scripted_sessions_run_on_it() -> None:
    """Where a binary is named, every test of a real OpenCode has it for a version, too."""
    try:
        binary = versions.binary(versions.OPENCODE_2)
    except versions.Unavailable as reason:
        pytest.skip(str(reason))
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True)
    assert re.search(r"\b2\.\d+", said.stdout)


OF_1, OF_2 = {"bash", "read"}, {"shell", "read"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("bash", {"command": "ls", "description": "x"}), ("shell", {"command": "ls"})),
        (("skill", {"name": "x"}), ("skill", {"id": "x"})),
        (("edit", {"filePath": "a", "oldString": "b"}), ("edit", {"path": "a", "oldString": "b"})),
        (("task", {"subagent_type": "x"}), ("subagent", {"agent": "x"})),
        (("no_such", {"name": "x"}), ("no_such", {"name": "x"})),
    ],
)
def test_a_call_of_the_model(call: tuple[str, Any], expected: tuple[str, Any]) -> None:
    """The tools that a request offers say which OpenCode it is."""
    assert expected == in_words_of(OF_2, *call)
    assert call == in_words_of(OF_1, *call)


def test_the_calls_in_its_tables(tmp_path: Path) -> None:
    """In the words of OpenCode 1, with the outcomes of the scenario."""
    rows = V2Rows(tmp_path / "opencode.db", tmp_path)
    session = rows.session(at=1000)
    calls = [tool("shell", f"c{number}", at=1000 + number) for number in range(3)]
    calls[1]["state"]["metadata"] = {"exit": 3}
    calls[0]["state"]["metadata"] = {"exit": 0}
    calls[2]["state"]["metadata"] = {"timeout": True}
    missing = {"message": 'No tool named "x" is currently available.'}
    calls.append(tool("x", "c3", at=1003, status="error", error=missing))
    calls.append(tool("shell", "c4", at=1004, status="running", ms=None))
    rows.message(session, "assistant", *calls, at=1000, completed=1100, tokens=(7, 8))
    parts = tool_parts(rows.close())
    assert ["succeeded", "failed", "timed_out", "invalid", "running"] == [
        part.outcome for part in parts
    ]
    assert ["bash", "bash", "bash", "invalid", "bash"] == [part.tool for part in parts]
    assert [(session, 7, 8, 5)] == step_tokens(rows.path)
