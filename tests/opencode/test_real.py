"""The plugin and the recording library inside a real OpenCode, in all four pinned versions.

What OpenCode itself wrote about each call is one account; what every skill script said of itself
and recorded is another. They must agree.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.scripted.history import History, Process
from tests.scripted.tool_parts import ToolPart, step_tokens, tool_parts

pytestmark = pytest.mark.opencode


def test_every_call_of_the_scenario_is_in_the_database_with_its_outcome(
    real_history: History,
) -> None:
    """OpenCode stored the calls that the scenario made, each with the outcome declared there."""
    expected = Counter(
        (
            real_history.expected.sessions[call.session],
            call.call_id,
            _stored(call.tool, call.outcome),
            call.outcome,
        )
        for call in real_history.expected.calls
    )
    found = Counter(
        (part.session_id, part.call_id, part.tool, part.outcome) for part in originals(real_history)
    )
    assert expected == found


def test_the_fork_holds_copies_under_the_same_call_ids(real_history: History) -> None:
    """A fork repeats each call of its parent: the trap that the join must not fall into."""
    main, forked = real_history.expected.sessions["main"], real_history.expected.sessions["forked"]
    parts = tool_parts(real_history.database)
    original = sorted(part.call_id for part in parts if part.session_id == main)
    copied = sorted(part.call_id for part in parts if part.copy)
    assert original == copied
    assert {forked} == {part.session_id for part in parts if part.copy}


def test_the_same_call_ids_stand_in_several_sessions(real_history: History) -> None:
    """The model numbers its calls from the start in each session, so a call id alone names none."""
    sessions = {
        part.session_id for part in originals(real_history) if part.call_id == "functions.bash:1"
    }
    assert 4 == len(sessions)


def test_every_script_was_run(real_history: History) -> None:
    """No bash call failed to start its script: what follows is about all of them."""
    expected = {(call.session, call.call_id) for call in real_history.expected.calls if call.events}
    assert expected == {(one.session, one.call_id) for one in real_history.expected.processes}


def test_a_command_knows_its_session_and_its_call(real_history: History) -> None:
    """A script sees the ids of the very call that runs it; on 1.2.1, in doubt, none."""
    for process in real_history.expected.processes:
        session, call = ids(process)
        right = (real_history.expected.sessions[process.session], process.call_id)
        if may_lack_ids(real_history, process):
            assert session in (right[0], None), process
            assert call in (right[1], None), process
            assert session is not None or call is None, process
        else:
            assert right == (session, call), process


def test_a_common_session_is_known_when_the_call_is_not(real_history: History) -> None:
    """Of parallel calls in one session, OpenCode 1.2.1 leaves the call open and not the session."""
    pair = [
        one
        for one in real_history.expected.processes
        if one.call_id in ("functions.bash:9", "functions.bash:10")
    ]
    assert [real_history.expected.sessions["main"]] * 2 == [ids(one)[0] for one in pair]


def test_a_command_knows_the_skill_last_loaded_in_its_session(real_history: History) -> None:
    """It is the last one that loaded successfully in this session, be it in an earlier process."""
    parts = originals(real_history)
    for process in real_history.expected.processes:
        if may_lack_ids(real_history, process):
            continue
        own = part_of(process, real_history, parts)
        loads = [
            part
            for part in parts[: parts.index(own)]
            if (part.session_id, part.tool, part.outcome) == (own.session_id, "skill", "succeeded")
        ]
        expected = (loads[-1].state["input"]["name"], loads[-1].call_id) if loads else (None, None)
        seen = process.environment
        assert expected == (seen.get("TACHIKOMA_SKILL"), seen.get("TACHIKOMA_SKILL_CALL_ID")), (
            process
        )


def test_a_command_knows_its_model_and_its_agent(real_history: History) -> None:
    """Model and agent are those of the message that holds the call, a subagent's included."""
    parts = originals(real_history)
    for process in real_history.expected.processes:
        if may_lack_ids(real_history, process):
            continue
        message = part_of(process, real_history, parts).message
        expected = (f"{message['providerID']}/{message['modelID']}", message["agent"])
        seen = process.environment
        assert expected == (seen.get("TACHIKOMA_MODEL"), seen.get("TACHIKOMA_AGENT")), process


def test_a_command_knows_the_project(real_history: History) -> None:
    """The project is the folder with ``.opencode``, although OpenCode's worktree is ``/`` here."""
    for process in real_history.expected.processes:
        assert str(real_history.project) == process.environment["TACHIKOMA_PROJECT"]


def test_no_variable_is_empty(real_history: History) -> None:
    """What is not known is absent, never empty."""
    for process in real_history.expected.processes:
        assert [] == [name for name, value in process.environment.items() if not value.strip()]


def test_every_event_is_in_the_journal_once(real_history: History) -> None:
    """The journal holds exactly what the scripts recorded, by the process that it came from."""
    recorded: dict[int, list[str]] = {}
    for event in events(real_history):
        recorded.setdefault(event["pid"], []).append(event["type"])
    declared = {(call.session, call.call_id): call.events for call in real_history.expected.calls}
    expected = {
        one.pid: sorted(declared[one.session, one.call_id])
        for one in real_history.expected.processes
    }
    assert expected == {pid: sorted(types) for pid, types in recorded.items()}


def test_every_event_names_the_call_that_it_was_recorded_in(real_history: History) -> None:
    """Session and call of an event are those that its process saw, so they join or are absent."""
    by_pid = {one.pid: one for one in real_history.expected.processes}
    for event in events(real_history):
        assert ids(by_pid[event["pid"]]) == (event.get("session_id"), event.get("call_id"))
        assert event["opencode"] is True


def test_each_step_has_the_tokens_that_the_model_reported(real_history: History) -> None:
    """The tokens of every answer are in the database once, less those of the killed one."""
    expected = Counter(
        (real_history.expected.sessions[step.session], step.input, step.output, step.cached)
        for step in real_history.expected.steps
        if step.finished
    )
    assert expected == Counter(step_tokens(real_history.database))


def originals(history: History) -> list[ToolPart]:
    """The calls of the database without the copies of a fork."""
    return [part for part in tool_parts(history.database) if not part.copy]


def part_of(process: Process, history: History, parts: list[ToolPart]) -> ToolPart:
    """The call that ran a script, by the scenario's account."""
    key = (history.expected.sessions[process.session], process.call_id)
    [part] = [part for part in parts if (part.session_id, part.call_id) == key]
    return part


def events(history: History) -> list[dict[str, Any]]:
    """The events of the journal."""
    document = json.loads(history.journal.read_text(encoding="utf-8"))
    assert "tachikoma.metrics/1" == document["schema"]
    found: list[dict[str, Any]] = document["events"]
    return found


def ids(process: Process) -> tuple[str | None, str | None]:
    """The session and the call that a script saw."""
    seen = process.environment
    return seen.get("TACHIKOMA_SESSION_ID"), seen.get("TACHIKOMA_CALL_ID")


def may_lack_ids(history: History, process: Process) -> bool:
    """OpenCode 1.2.1 does not say which of several running calls it starts a command for."""
    overlapping = {(call.session, call.call_id) for call in history.expected.calls if call.overlaps}
    return history.version == "1.2.1" and (process.session, process.call_id) in overlapping


def _stored(tool: str, outcome: str) -> str:
    return "invalid" if outcome == "invalid" else tool
