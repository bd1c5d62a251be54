"""What the merge makes of the rows of OpenCode 2: loads by users, turns, summaries, moves."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.cli.doctor.store_checks import check_store
from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.store.store import read_store

from ..merging import contents, merge_project, rows
from ..opencode_rows import START
from ..opencode_v2_changes import change_somehow, delete, revert
from ..opencode_v2_history import SKILL_BODY, History, call, shell, wrapped
from ..random_history import seeds


@pytest.fixture
def history(project: Path, tmp_path: Path) -> History:
    return History(tmp_path / "opencode.db", project)


def report(project: Path, section: str | None = None, **filters: Any) -> reports.Report:
    store = read_store(store_path(project))
    try:
        asked = reports.Filters(**filters)
        return reports.build(store, section, asked, now_ms=START + 86_400_000)
    finally:
        store.close()


def _windows(project: Path) -> dict[str, tuple[Any, ...]]:
    found = rows(
        project,
        "SELECT skill, trigger, tool_calls, tokens_input, cost FROM skill_metrics "
        "WHERE kind = 'load' ORDER BY started",
    )
    return {row[0]: row[1:] for row in found}


def test_a_load_by_the_user_opens_a_window(project: Path, history: History) -> None:
    """By a row of its own, or in a message; it is no tool call, and it ends the window before."""
    session = history.session()
    history.user(session, {"id": "release", "name": "Release", "text": wrapped("Release")})
    history.pass_time(1000)
    history.step(session, shell("c1", at=history.at, exit=0))
    history.pass_time(1000)
    loaded = call("skill", "c2", at=history.at, given={"id": "lint"}, output=wrapped("lint"))
    history.step(session, loaded)
    history.step(session, shell("c3", at=history.at, exit=0))
    history.row(session, "skill", skill="test", name="Test", text=SKILL_BODY)
    history.pass_time(1000)
    history.step(session, shell("c4", at=history.at, exit=1))

    summary = merge_project(project, history.close())

    assert {
        "release": ("user", 2, 200, 0.002),
        "lint": ("model", 1, 100, 0.001),
        "test": ("user", 1, 100, 0.001),
    } == _windows(project)
    whole = report(project)
    assert whole.totals is not None
    assert 4 == summary.calls == whole.coverage.calls == whole.totals.calls
    assert 4 == sum(row.calls for row in whole.parts["tools"])
    assert 4 == len(report(project, "calls").parts["calls"])
    assert [4] == [row.calls for row in whole.parts["sessions"]]
    assert {("release", 1, 1), ("lint", 1, 0), ("test", 1, 1)} == {
        (row.skill, row.loads, row.loads_by_user) for row in whole.parts["skills"]
    }


def test_what_a_user_writes_after_loading_a_skill_is_what_it_was_loaded_for(
    project: Path, history: History
) -> None:
    """The window begins with it; what the user writes after the model's work ends it."""
    session = history.session()
    history.row(session, "skill", skill="test", name="Test", text=SKILL_BODY)
    history.pass_time(1000)
    history.user(session)
    history.pass_time(1000)
    history.step(session, shell("c1", at=history.at, exit=0))
    history.pass_time(1000)
    history.user(session)
    history.pass_time(1000)
    history.step(session, shell("c2", at=history.at, exit=0))

    merge_project(project, history.close())

    assert {"test": ("user", 1, 100, 0.001)} == _windows(project)


def test_a_summary_costs_what_it_says(project: Path, history: History) -> None:
    """Its tokens and its cost are in no other row, and belong to the window that it is in."""
    session = history.session()
    loaded = call("skill", "c1", at=history.at, given={"id": "lint"}, output=wrapped("lint"))
    history.step(session, loaded)
    history.pass_time(1000)
    model = {"id": "glm-4.7", "providerID": "zai"}
    used = {"input": 900, "output": 90, "reasoning": 0, "cache": {"read": 0, "write": 0}}
    history.row(
        session, "compaction", status="completed", reason="auto", summary="…", recent="…",
        model=model, cost=0.05, tokens=used,
    )  # fmt: skip

    merge_project(project, history.close())

    whole = report(project)
    assert whole.totals is not None
    assert (1000, 0.051) == (whole.totals.tokens_input, whole.totals.cost)
    assert [(1000, 0.051)] == [(row.tokens_input, row.cost) for row in whole.parts["sessions"]]
    assert [1000] == [row.tokens_input for row in whole.parts["models"]]
    assert {"lint": ("model", 0, 900, 0.05)} == _windows(project)


def test_calls_inside_a_call_are_calls_of_their_tools(project: Path, history: History) -> None:
    """They are calls of their tools, after the one that made them; they have no times, and a
    fork's copies of them count as little as that one's.
    """
    session = history.session()
    inner = [
        {"tool": "github_get", "status": "completed"},
        {"tool": "github_get", "status": "error"},
    ]
    made = call("execute", "c1", at=history.at, given={"code": "…"}, metadata={"toolCalls": inner})
    step = history.step(session, made, shell("c2", at=history.at + 500, exit=0))
    history.pass_time(1000)
    fork = history.fork(session, step)
    history.db.execute("DELETE FROM session_message WHERE session_id = ?", (session,))
    history.db.execute("DELETE FROM session_v2 WHERE id = ?", (session,))

    merge_project(project, history.close())

    calls = report(project, "calls").parts["calls"]
    assert [("execute", 100), ("github_get", None), ("github_get", None), ("shell", 100)] == [
        (row.tool, row.duration_ms) for row in calls
    ]
    assert [None, calls[0].call_key, calls[0].call_key, None] == [row.parent_call for row in calls]
    tools = {row.tool: row for row in report(project, "tools").parts["tools"]}
    assert (2, 1, 1, None) == (
        tools["github_get"].calls, tools["github_get"].succeeded, tools["github_get"].failed,
        tools["github_get"].duration_p50_ms,
    )  # fmt: skip
    assert [fork] == rows(project, "SELECT DISTINCT session_id FROM calls")


def test_a_row_says_how_a_turn_ended(project: Path, history: History) -> None:
    """A row says it; a turn that was killed has none, but may have an error. Copies are none."""
    session = history.session()
    for outcome in ("succeeded", "failed", "interrupted", "succeeded"):
        history.user(session)
        history.pass_time(1000)
        last = history.step(session)
        if outcome == "failed":
            data = history.data(last) | {"error": {"type": "provider.quota", "message": "…"}}
            history.write(last, data)
        end = history.idle(session, outcome)
        history.pass_time(1000)
    history.fork(session, end)
    history.user(session)
    history.pass_time(1000)
    killed = history.step(session)
    history.write(killed, history.data(killed) | {"error": {"type": "aborted", "message": "…"}})

    merge_project(project, history.close())

    whole = report(project)
    for row in (whole.totals, *[r for r in whole.parts["sessions"] if r.session_id == session]):
        assert row is not None
        assert (2, 1, 2) == (row.turns_succeeded, row.turns_failed, row.turns_interrupted)


def test_an_event_with_a_session_alone_is_of_its_shell_call(
    project: Path, history: History
) -> None:
    """OpenCode 2 hands it over: the one shell call of that session then is the one."""
    for name in ("ses_a", "ses_b"):
        session = history.session(name)
        read = call("read", f"{name}_2", at=history.at + 100, ms=500)
        history.step(session, shell(f"{name}_1", at=history.at + 100, exit=0), read)
        history.at -= 1000
    inside = telemetry.record(
        "retry", {"attempt": 1}, envelope={"session_id": "ses_a"}, time=START + 150
    )
    outside = telemetry.record(
        "retry", {"attempt": 1}, envelope={"session_id": "ses_a"}, time=START + 900
    )

    merge_project(project, history.close())

    found = rows(
        project,
        "SELECT e.event_id, e.match, c.call_id FROM events e LEFT JOIN calls c USING (call_key)",
    )
    assert {(inside, "inferred", "ses_a_1"), (outside, "none", None)} == set(found)


def test_a_moved_session_is_where_it_was(project: Path, tmp_path: Path, history: History) -> None:
    """What it did before the move belongs to the folder of that time: in a merge for one folder,
    and in a report about one.
    """
    other = tmp_path / "other"
    session = history.session()
    history.step(session, shell("c1", at=history.at, exit=0))
    history.move(session, str(other))
    history.step(session, shell("c2", at=history.at, exit=0))
    history.close()

    def calls(root: Path, **filters: Any) -> list[str]:
        return [row.call_id for row in report(root, "calls", **filters).parts["calls"]]

    merge_project(project, history.path, journals=[])
    merge_project(other, history.path, journals=[])
    assert (["c1"], ["c2"]) == (calls(project), calls(other))

    merge_project(project, history.path, all_projects=True)
    assert ["c1", "c2"] == calls(project)
    assert ["c1"] == calls(project, directory=str(project))
    assert ["c2"] == calls(project, directory=str(other))
    here = report(project, "sessions", directory=str(project)).parts["sessions"]
    assert [(session, 1)] == [(row.session_id, row.calls) for row in here]


def test_kinds_that_are_unknown_are_counted(project: Path, history: History) -> None:
    """Those of new rows are added; a merge that reads all again counts them once."""
    session = history.session()
    history.row(session, "hologram", text="a secret")
    history.step(session, call("shell", "c1", at=history.at, status="dreaming"))
    merge_project(project, history.path)
    history.row(session, "hologram")
    history.close()
    merge_project(project, history.path)
    kinds = {"session_message type hologram": 2, "tool state dreaming": 1}

    assert kinds == report(project).coverage.unknown
    again = MergeRequest(
        store=store_path(project), root=project, databases=[history.path], rebuild=True
    )
    assert kinds == merge(again).unknown == report(project).coverage.unknown
    shown = "3 rows of a kind that this version does not know: session_message type hologram (2)"
    assert any(shown in str(block) for block in blocks_of(report(project)))
    assert any(shown in str(each) for each in check_store(store_path(project), mergeable=True))


@pytest.mark.parametrize("seed", seeds(fast=2, all=6))
def test_in_steps_it_is_the_same_as_at_once(project: Path, tmp_path: Path, seed: int) -> None:
    """Whatever OpenCode does to its rows between merges; what it deletes stays, and is not here."""
    random, history = Random(seed), History(tmp_path / f"opencode{seed}.db", project)
    stepwise, fresh = tmp_path / "stepwise.db", tmp_path / "fresh.db"
    for _ in range(80):
        change_somehow(history, random, without=(revert, delete))
        if random.random() < 0.3:
            merge_project(project, history.path, store=stepwise)
    merge_project(project, history.path, store=stepwise)
    merge_project(project, history.close(), store=fresh)

    assert contents(project, fresh) == contents(project, stepwise)
