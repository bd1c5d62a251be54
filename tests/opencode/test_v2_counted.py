"""The numbers of a made-up history of OpenCode 2, counted by hand: what its rows say, no more."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app

from ..merging import merge_project, rows
from ..opencode_v2_history import History, made_up


@pytest.fixture
def sessions(project: Path, tmp_path: Path) -> dict[str, str]:
    """The history, merged."""
    history = History(tmp_path / "opencode.db", project)
    found = made_up(history)
    merge_project(project, history.close())
    return found


def test_its_commands_are_counted_once(project: Path, sessions: dict[str, str]) -> None:
    """Twelve of the model's in a shell, and one of the user's; the fork's nine copies aside."""
    assert [
        ("cancelled", "aborted", 1),  # its server had died
        ("cancelled", "rejected", 1),
        ("failed", "exit 1", 1),  # in the background
        ("failed", "exit 3", 1),
        ("failed", "no exit code", 1),
        ("failed", "rejected", 1),
        ("invalid", "invalid arguments", 1),
        ("running", None, 2),  # one in the background, and one whose server has died
        ("succeeded", None, 3),  # one of them the user's, one the fork's own
        ("timed_out", "timeout", 1),
    ] == rows(
        project,
        "SELECT outcome, reason, count(*) FROM calls WHERE shell = 1 AND counted = 1 "
        "GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert [9] == rows(project, "SELECT count(*) FROM calls WHERE shell = 1 AND counted = 0")


def test_its_calls_are_counted_by_their_names(project: Path, sessions: dict[str, str]) -> None:
    """Calls by their names as recorded; those inside of `execute` are among them."""
    assert [
        (None, 2),  # loads by the user
        ("edit", 1),
        ("execute", 1),
        ("fly", 1),
        ("gh_get", 1),
        ("gh_put", 1),
        ("shell", 13),
        ("skill", 2),
        ("subagent", 1),
    ] == rows(project, "SELECT tool, count(*) FROM calls WHERE counted = 1 GROUP BY 1 ORDER BY 1")
    assert ["gh_get", "gh_put"] == rows(
        project,
        "SELECT c.tool FROM calls c JOIN calls p ON p.call_key = c.parent_call "
        "WHERE p.tool = 'execute' AND c.counted = 1 AND c.started IS NULL ORDER BY 1",
    )


def test_loads(project: Path, sessions: dict[str, str]) -> None:
    """Two by the user, one by the model, one by the subagent's; of one text, one version."""
    assert [("release", "user", 2), ("review", "model", 1), ("review", "nested", 1)] == rows(
        project,
        "SELECT skill, trigger, count(*) FROM calls WHERE skill IS NOT NULL AND counted = 1 "
        "GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert [1] == rows(project, "SELECT count(DISTINCT skill_version) FROM calls")


def test_its_turns_have_outcomes_and_tokens(project: Path, sessions: dict[str, str]) -> None:
    """Turns by their outcomes, and what models took, with the compaction's."""
    assert [("failed", 1), ("interrupted", 1), ("succeeded", 3)] == rows(
        project,
        "SELECT turn_outcome, count(*) FROM messages WHERE role = 'idle' AND counted = 1 "
        "GROUP BY 1 ORDER BY 1",
    )
    # 1000 + 500 of the main session, 900 of its compaction, 100 each of the other three.
    assert [(2700, 0.055)] == rows(
        project, "SELECT sum(tokens_input), round(sum(cost), 6) FROM messages WHERE counted = 1"
    )


def test_its_calls_have_the_folder_of_before_the_move(
    project: Path, sessions: dict[str, str]
) -> None:
    """All of the main session was in the folder of before its move, and so a fork's copies."""
    assert [(sessions["main"], 0), (sessions["fork"], 1)] == rows(
        project,
        "SELECT DISTINCT session_id, copied FROM messages WHERE directory IS NOT NULL ORDER BY 1",
    )
    assert [str(project)] == rows(
        project,
        "SELECT DISTINCT coalesce(directory, '?') FROM messages WHERE session_id = ?",
        sessions["main"],
    )


def test_a_report_of_it_counts_the_same(
    project: Path, sessions: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report names each tool as the rows do, and counts its calls as above."""
    monkeypatch.chdir(project)

    result = CliRunner().invoke(app, ["report", "tools", "--no-merge", "--format", "json"])

    assert 0 == result.exit_code, result.output
    tools = {row["tool"]: row for row in orjson.loads(result.stdout)["tools"]}
    ended = ("calls", "succeeded", "timed_out", "invalid", "cancelled")
    assert [13, 3, 1, 1, 2] == [tools["shell"][each] for each in ended]
    assert 2 == tools["shell"]["abandoned"] + tools["shell"]["running"]
    assert {"edit", "execute", "gh_get", "gh_put", "skill", "subagent"} <= tools.keys()
