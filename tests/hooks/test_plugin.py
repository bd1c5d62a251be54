"""The OpenCode plugin by itself: the ids that it hands to a command after the hooks that it got."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.scripted.plugin_driver import Hook, PluginDriver

from .plugin_steps import OTHER, SESSION, answers, asks, begins, ends, happens, ids, tool_part

pytestmark = pytest.mark.opencode


def test_it_has_one_export(plugin: PluginDriver) -> None:
    """OpenCode 1 calls whatever a plugin file exports, and OpenCode 2 looks for this name."""
    assert ["default"] == plugin.drive().exports


def test_ids_that_opencode_names_are_handed_over_stripped(plugin: PluginDriver) -> None:
    """From 1.2.15 on OpenCode says which call it is; blanks around its id are dropped."""
    assert (SESSION, "functions.bash:2") == ids(
        plugin.drive(asks(SESSION, "  functions.bash:2 ")).environment
    )


@pytest.mark.parametrize("call_id", ["", "  ", None])
def test_an_unknown_call_is_absent(plugin: PluginDriver, call_id: str | None) -> None:
    """A call without an id leaves the variable away; the session stays."""
    environment = plugin.drive(asks(SESSION, call_id)).environment
    assert (SESSION, None) == ids(environment)
    assert "" not in environment.values()


def test_the_only_running_call_is_the_one_that_asks(plugin: PluginDriver) -> None:
    """On 1.2.1, with one call under way, the command is that call's."""
    assert (SESSION, "b0") == ids(plugin.drive(begins("b0"), asks()).environment)


def test_of_several_running_calls_only_a_common_session_is_known(plugin: PluginDriver) -> None:
    """On 1.2.1, parallel calls of one session leave the call open."""
    driven = plugin.drive(begins("b0"), begins("b1"), asks(), asks())
    assert [(SESSION, None)] * 2 == [ids(output["env"]) for output in driven.outputs[-2:]]


def test_of_several_sessions_calls_nothing_is_known(plugin: PluginDriver) -> None:
    """On 1.2.1, two subagents that run commands at once leave session and call open."""
    driven = plugin.drive(begins("b0"), begins("b0", OTHER), asks())
    assert (None, None) == ids(driven.environment)


def test_a_call_asks_for_one_environment_only(plugin: PluginDriver) -> None:
    """On 1.2.1, a terminal opened while a call runs does not take the call's ids."""
    assert (None, None) == ids(plugin.drive(begins("b0"), asks(), asks()).environment)


def test_a_terminal_gets_no_ids_where_opencode_names_its_calls(plugin: PluginDriver) -> None:
    """From 1.2.15 on, an environment without ids is a terminal's, whatever is running."""
    driven = plugin.drive(begins("b0"), asks(SESSION, "b0"), ends("b0"), begins("b1"), asks())
    assert (None, None) == ids(driven.environment)


def test_a_call_that_waits_for_permission_starts_no_command(plugin: PluginDriver) -> None:
    """On 1.2.1, a terminal opened while the user is asked does not take the call's ids."""
    tool = {"messageID": "msg", "callID": "b0"}
    asked = happens("permission.asked", id="per_1", sessionID=SESSION, tool=tool)
    replied = happens("permission.replied", requestID="per_1", sessionID=SESSION, reply="once")
    driven = plugin.drive(begins("b0"), asked, asks(), replied, asks())
    assert (None, None) == ids(driven.outputs[2]["env"])
    assert (SESSION, "b0") == ids(driven.environment)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(ends("b0"), id="it succeeded"),
        pytest.param(happens("message.part.updated", part=tool_part("b0", "error")), id="failed"),
        pytest.param(happens("message.part.updated", part=tool_part("b0", "completed")), id="done"),
        pytest.param(happens("session.idle", sessionID=SESSION), id="its session is idle"),
    ],
)
def test_a_call_that_ended_does_not_run_any_more(plugin: PluginDriver, end: Hook) -> None:
    """On 1.2.1, an ended call leaves the next one alone, however it ended."""
    driven = plugin.drive(begins("b0"), asks(), end, begins("b1"), asks())
    assert (SESSION, "b1") == ids(driven.environment)


def test_a_command_of_the_user_is_a_running_call_too(plugin: PluginDriver) -> None:
    """On 1.2.1, ``!command`` begins without a hook: only the event of its part shows it."""
    running = happens("message.part.updated", part=tool_part("u0", "running", OTHER))
    assert (OTHER, "u0") == ids(plugin.drive(running, asks()).environment)
    assert (None, None) == ids(plugin.drive(begins("b0"), running, asks()).environment)


def test_other_tools_are_no_commands(plugin: PluginDriver) -> None:
    """On 1.2.1, a running read or task does not make a command ambiguous."""
    driven = plugin.drive(begins("t0", tool="task"), begins("b0"), asks())
    assert (SESSION, "b0") == ids(driven.environment)


STRANGE: list[Any] = [None, 0, "", "text", [], [None], {}, {"event": None}, {"sessionID": 7}]
STRANGE += [{"part": {}}, {"event": {"type": "message.part.updated"}}, {"tool": "bash"}]
STRANGE += [{"tool": "skill", "sessionID": "s", "args": 3}, {"sessionID": "s", "agent": None}]
STRANGE += [
    {"event": {"type": kind, "properties": {"part": None, "info": []}}} for kind in ("", "x")
]


def test_nothing_makes_it_throw(plugin: PluginDriver) -> None:
    """Whatever OpenCode hands to a hook, now or in a later version, the hook swallows it."""
    hooks = plugin.drive().hooks
    outputs: tuple[Any, ...] = (None, {})
    steps = [(hook, given, output) for hook in hooks for given in STRANGE for output in outputs]
    driven = plugin.drive(*steps, asks(SESSION, "b0"))
    assert (SESSION, "b0") == ids(driven.environment)


@pytest.mark.parametrize("opencode", [None, {}, {"directory": 7}, {"directory": "/no/such/place"}])
def test_it_starts_with_whatever_it_is_given(plugin: PluginDriver, opencode: Any) -> None:
    """Without a directory, or without anything, a command still gets the ids."""
    driven = plugin.drive(asks(SESSION, "b0"), opencode=opencode)
    assert (SESSION, "b0") == ids(driven.environment)


def test_what_it_inherits_is_forgotten(plugin: PluginDriver) -> None:
    """An outer OpenCode's ids are gone for everything that this process starts, but for those of
    its session and call, which are the parent's.
    """
    names = ("SESSION_ID", "CALL_ID", "SKILL", "SKILL_CALL_ID", "MODEL", "AGENT", "PROJECT")
    outer = {f"TACHIKOMA_{name}": "outer" for name in names}
    kept = {"TACHIKOMA_TELEMETRY_DIR": "elsewhere", "TACHIKOMA_RUN_ID": "run"}
    driven = plugin.drive(asks(), environment={**outer, **kept})
    assert sorted(kept) == sorted(driven.inherited)
    parent = {f"TACHIKOMA_PARENT_{name}": "outer" for name in ("SESSION_ID", "CALL_ID")}
    assert {"TACHIKOMA_PROJECT": str(plugin.folder), **parent} == driven.environment


def test_an_opencode_2_without_the_plugin_is_a_parent_too(plugin: PluginDriver) -> None:
    """Its session is in OpenCode's own variable, which is wrong for this one's commands."""
    driven = plugin.drive(asks(), environment={"OPENCODE_SESSION_ID": "outer"})
    assert "outer" == driven.environment["TACHIKOMA_PARENT_SESSION_ID"]
    assert "TACHIKOMA_PARENT_CALL_ID" not in driven.environment
    assert [] == driven.inherited


HOSTILE = {
    "a NUL": "a\0b",
    "a line break": "a\nb",
    "an escape": "a\x1b]0;x\x07b",
    "128 kB": "x" * 131_072,
    "300 characters": "x" * 300,
    "only control characters": "\0\x01\x7f",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_command_starts_whatever_ids_and_names_hold(plugin: PluginDriver, value: str) -> None:
    """An id that a variable can't hold is left out, since cut it would be another one; of a name
    stays what can be held.
    """
    driven = plugin.drive(
        answers({"name": value}, value, value, value),
        begins(value, tool="skill"),
        ends(value, tool="skill", name=value),
        begins(value),
        asks(SESSION, value),
        *(asks(value, value), happens("session.deleted", info={"id": value})),
    )
    for output in driven.outputs[4:6]:
        for name, text in output["env"].items():
            assert text.isprintable(), name
            assert 0 < len(text) <= 256 or name == "TACHIKOMA_PROJECT"
            # The command starts.
            subprocess.run(["true"], env={name: text}, check=True)
    first, second = (output["env"] for output in driven.outputs[4:6])
    assert (SESSION, None) == ids(first)
    assert "TACHIKOMA_SKILL_CALL_ID" not in first
    assert (None, None) == ids(second)
    kept = " ".join("".join(c if c.isprintable() else " " for c in value).split())[:256]
    assert (kept or None) == first.get("TACHIKOMA_SKILL")
    assert (kept or None) == first.get("TACHIKOMA_AGENT")
