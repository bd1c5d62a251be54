"""What the installed plugin does and does not do to a real OpenCode, in short sessions."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import opencode_hooks
from tachikoma_telemetry.project import telemetry_dir
from tests.scripted import versions
from tests.scripted.fixtures import BeginSession, Session
from tests.scripted.sandbox import Sandbox
from tests.scripted.tool_parts import ToolPart, tool_parts
from tests.scripted.turn import Call, load, prompt, step

from ..merging import merge_project, rows

pytestmark = pytest.mark.opencode

SHOW = "env | grep ^TACHIKOMA_ > seen.txt; true"
DONE = step(says="Done.")


def bash(command: str, call_id: str = "functions.bash:0", **more: object) -> Call:
    return Call("bash", {"command": command, "description": "A test", **more}, call_id)


def seen(folder: Path) -> dict[str, str]:
    """What `SHOW` saw."""
    lines = (folder / "seen.txt").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def right(
    sandbox: Sandbox,
    session: str,
    call: str = "functions.bash:0",
    parent: tuple[str, str] | None = None,
) -> dict[str, str]:
    """What a command must see when no skill was loaded."""
    parents = ("TACHIKOMA_PARENT_SESSION_ID", "TACHIKOMA_PARENT_CALL_ID")
    return {
        "TACHIKOMA_SESSION_ID": session,
        "TACHIKOMA_CALL_ID": call,
        "TACHIKOMA_MODEL": "mock/glm-4.7",
        "TACHIKOMA_AGENT": "build",
        "TACHIKOMA_PROJECT": str(sandbox.project),
        **dict(zip(parents, parent or (), strict=False)),
    }


def right_alone(session: Session, call: str = "functions.bash:0") -> dict[str, str]:
    """What a command of the only session must see."""
    [session_id] = {part.session_id for part in tool_parts(session.sandbox.database)}
    return right(session.sandbox, session_id, call)


def right_names() -> list[str]:
    return [f"TACHIKOMA_{name}" for name in ("SESSION_ID", "CALL_ID", "MODEL", "AGENT", "PROJECT")]


def test_an_opencode_inside_of_a_command_tells_its_own_ids(begin_session: BeginSession) -> None:
    """A command that runs another OpenCode, in another project, is that one's parent: its commands
    see that, and the outer project remembers which session it was. Of what the parent's environment
    says, nothing else gets in.
    """
    session = begin_session([])
    outer = session.sandbox
    names = [*right_names(), "TACHIKOMA_SKILL", "TACHIKOMA_SKILL_CALL_ID"]
    outer.extra = dict.fromkeys(names, "another")
    inner = Sandbox(outer.version, outer.project.with_name("inner"), outer.home, outer.model_url)
    inner.create()
    for sandbox in (outer, inner):
        sandbox.install()
    skill = outer.project / ".opencode/skill/asks/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: asks\ndescription: Asks another one.\n---\nAsk it.\n")
    nested = f"cd ../inner && {versions.binary(outer.version)} run '{prompt('inner')}'"
    session.server.scripts = {
        "test": [
            step(bash(SHOW)),
            step(load("asks", "functions.skill:0")),
            step(bash(nested, "functions.bash:1")),
            DONE,
        ],
        "inner": [step(bash(SHOW, "functions.bash:7")), DONE],
    }
    session.run()
    sessions = {part.call_id: part.session_id for part in tool_parts(outer.database)}
    child, parent = sessions["functions.bash:7"], sessions["functions.bash:1"]
    assert right(outer, parent, parent=("another", "another")) == seen(outer.project)
    expected = right(inner, child, "functions.bash:7", (parent, "functions.bash:1"))
    assert expected == seen(inner.project)
    *_, line = (telemetry_dir(outer.project) / "nested-sessions.jsonl").read_text().splitlines()
    assert {
        "session_id": child,
        "parent_session_id": parent,
        "parent_call_id": "functions.bash:1",
    }.items() <= json.loads(line).items()
    assert not (telemetry_dir(inner.project) / "nested-sessions.jsonl").exists()
    # Whichever project the merge begins in, the inner session is a child of the call.
    merge_project(inner.project, outer.database, all_projects=True)
    began = f"SELECT parent_id, parent_call_id FROM sessions WHERE session_id = '{child}'"
    assert [(parent, "functions.bash:1")] == rows(inner.project, began)
    # What it did counts for the skill of that call.
    counted = "SELECT skill, tool_calls FROM skill_metrics WHERE kind = 'load'"
    assert [("asks", 2)] == rows(inner.project, counted)


def test_installed_twice_it_tells_the_same(
    begin_session: BeginSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin that is installed for the project and for everything is loaded twice: no harm. It
    leaves a sign of life: which OpenCode loaded it, and when.
    """
    session = begin_session([step(bash("true")), step(bash(SHOW, "functions.bash:1")), DONE])
    session.sandbox.install()
    install_globally(session.sandbox, monkeypatch)
    session.run()
    sign = json.loads((telemetry_dir(session.sandbox.project) / "plugin-v1.json").read_text())
    assert ("v1", session.sandbox.version) == (sign["api"], sign["opencode"])
    assert sign["loaded"] <= sign["heard"] <= time.time() * 1000
    assert right_alone(session, "functions.bash:1") == seen(session.sandbox.project)


def test_a_global_install_is_loaded_whatever_else_is_configured(
    begin_session: BeginSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """``~/.config/opencode`` is loaded even while OPENCODE_CONFIG_DIR names another folder."""
    session = begin_session([step(bash(SHOW)), DONE])
    install_globally(session.sandbox, monkeypatch)
    (tmp_path / "other").mkdir()
    session.sandbox.extra = {"OPENCODE_CONFIG_DIR": str(tmp_path / "other")}
    session.run()
    assert right_alone(session) == seen(session.sandbox.project)


def install_globally(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(sandbox.home))
        opencode_hooks.install(None, global_=True)


def test_after_a_failed_call_the_next_one_has_its_ids(begin_session: BeginSession) -> None:
    """A bash call that fails does not stay "running" for the plugin: an event ends it."""
    fails = bash("true", "functions.bash:0", timeout=-1)
    session = begin_session([step(fails), step(bash(SHOW, "functions.bash:1")), DONE])
    session.sandbox.install()
    session.run()
    assert ["error", "completed"] == [
        part.state["status"] for part in tool_parts(session.sandbox.database)
    ]
    assert right_alone(session, "functions.bash:1") == seen(session.sandbox.project)


def test_opencode_does_the_same_with_it_as_without(begin_session: BeginSession) -> None:
    """Output, calls and their results are the same whether the plugin is installed or not; one that
    was removed has left nothing behind, and a command sees no variable of ours.
    """
    steps = [
        step(bash(SHOW, "functions.bash:9")),
        step(bash("echo one")),
        step(bash("echo two", "functions.bash:1")),
        step(bash("exit 3", "functions.bash:2")),
        step(Call("no_such_tool", {}, "functions.no_such_tool:3")),
        step(Call("glob", {"pattern": "*.txt"}, "functions.glob:4")),
        DONE,
    ]
    session = begin_session(steps)
    session.sandbox.install()
    opencode_hooks.remove(session.sandbox.project)
    session.run()  # the first run alone tells of a database being made
    without = session.run()
    assert {} == seen(session.sandbox.project)
    session.sandbox.install()
    with_it = session.run()
    assert (without.stdout, without.stderr) == (with_it.stdout, with_it.stderr)
    by_session: dict[str, list[tuple[str, ...]]] = {}
    for part in tool_parts(session.sandbox.database):
        by_session.setdefault(part.session_id, []).append(result(part))
    first, second, third = by_session.values()
    assert first == second == third


def result(part: ToolPart) -> tuple[str, ...]:
    state = part.state
    return part.call_id, part.tool, state["status"], state.get("output") or state.get("error", "")


def test_the_telemetry_command_reports_on_this_session(
    begin_session: BeginSession, tmp_path: Path
) -> None:
    """``/telemetry skills`` makes the agent run the report of the very session, by its id."""
    session_id = "${TACHIKOMA_SESSION_ID:-${OPENCODE_SESSION_ID:-last}}"
    report = f'tachikoma-telemetry report --lines 25 --session "{session_id}"'
    line = f"{report} skills [script:test]"
    session = begin_session([step(bash(line)), DONE])
    stub = tmp_path / "bin" / "tachikoma-telemetry"
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > arguments.txt\n')
    stub.chmod(0o755)
    session.sandbox.path = (stub.parent,)
    session.sandbox.install()
    session.run("--command", "telemetry", "skills", "[script:test]")
    asked = next(request for request in session.server.requests if request.get("tools"))
    assert line in str(asked["messages"][-1]["content"]).splitlines()
    arguments = (session.sandbox.project / "arguments.txt").read_text().split("\n")
    assert ["report", "--lines", "25", "--session"] == arguments[:4]
    assert right_alone(session)["TACHIKOMA_SESSION_ID"] == arguments[4]
