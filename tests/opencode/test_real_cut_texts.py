"""Texts that a real OpenCode cut: in the middle of a character, or because they were too long."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.scripted.model_server import ModelServer, Step, ToolCall
from tests.scripted.sandbox import Sandbox

from ..merging import merge_project, rows

pytestmark = pytest.mark.opencode


def test_calls_with_half_a_character_in_them_count(opencode_version: str, tmp_path: Path) -> None:
    """`read` cuts long lines by UTF-16 units: half an emoji is left, the call counts."""
    project = tmp_path / "project"
    read = ToolCall("read", {"filePath": str(project / "long.txt")}, "call_1")
    with ModelServer({"read": [Step(calls=(read,)), Step(text="done")]}) as server:
        sandbox = Sandbox(opencode_version, project, tmp_path / "home", server.url)
        sandbox.create()
        (project / "long.txt").write_text("x" * 1999 + "😀" * 100 + "\n", "utf-8")
        assert 0 == sandbox.run("run", "[script:read] go").returncode
        assert [] == server.problems

    summary = merge_project(project, sandbox.database, store=tmp_path / "unified.db")

    with sqlite3.connect(f"file:{sandbox.database}?mode=ro", uri=True) as db:
        texts = [json.loads(data) for (data,) in db.execute("SELECT data FROM part")]
    assert "\ud83d" in next(part["state"]["output"] for part in texts if part["type"] == "tool")
    assert (1, 0) == (summary.calls, summary.malformed)
    assert [("read", "succeeded")] == rows(
        project, "SELECT tool, outcome FROM calls", store=tmp_path / "unified.db"
    )


def test_a_skill_that_was_cut_has_one_version(opencode_version: str, tmp_path: Path) -> None:
    """What OpenCode says below a text of more than 50 kB differs with every load."""
    project = tmp_path / "project"
    loads = [Step(calls=(ToolCall("skill", {"name": "long"}, f"call_{n}"),)) for n in (1, 2)]
    with ModelServer({"load": [*loads, Step(text="done")]}) as server:
        sandbox = Sandbox(opencode_version, project, tmp_path / "home", server.url)
        sandbox.create()
        skill = project / ".opencode" / "skill" / "long" / "SKILL.md"
        skill.parent.mkdir(parents=True)
        head = "---\nname: long\ndescription: a long one\n---\n"
        skill.write_text(head + "Read on, there is more.\n" * 3000, "utf-8")
        assert 0 == sandbox.run("run", "[script:load] go").returncode
        assert [] == server.problems

    merge_project(project, sandbox.database, store=tmp_path / "unified.db")

    query = "SELECT count(*), count(DISTINCT skill_version) FROM skill_metrics"
    assert [(2, 1)] == rows(project, query, store=tmp_path / "unified.db")
