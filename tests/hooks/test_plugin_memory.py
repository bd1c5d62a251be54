"""What the plugin remembers of a session: model, agent and the skill last loaded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted.plugin_driver import PluginDriver

from .plugin_steps import OTHER, SESSION, answers, asks, begins, ends, happens, ids, skill

pytestmark = pytest.mark.opencode
MOST = 500  # sessions and calls that the plugin remembers, at most


@pytest.mark.parametrize("agent", [{"name": "build"}, "build"], ids=["1.2", "1.18"])
def test_model_and_agent_are_those_of_the_session(plugin: PluginDriver, agent: Any) -> None:
    """They come from the request to the model; 1.2 describes the agent, 1.18 names it."""
    driven = plugin.drive(
        answers(agent, "zai", "glm-4.7", "build"),
        answers(agent, "openai", "gpt-5", "build", OTHER),
        asks(SESSION, "b0"),
    )
    environment = driven.environment
    assert ("zai/glm-4.7", "build") == (
        environment["TACHIKOMA_MODEL"],
        environment["TACHIKOMA_AGENT"],
    )


@pytest.mark.parametrize("agent", [{"name": "title"}, "title"], ids=["1.2", "1.18"])
def test_a_title_is_not_the_sessions_model(plugin: PluginDriver, agent: Any) -> None:
    """The request for a title, in the name of the session, changes neither model nor agent."""
    driven = plugin.drive(
        answers({"name": "build"}, "zai", "glm-4.7", "build"),
        answers(agent, "zai", "small", "build"),
        asks(SESSION, "b0"),
    )
    assert "zai/glm-4.7" == driven.environment["TACHIKOMA_MODEL"]
    assert "build" == driven.environment["TACHIKOMA_AGENT"]


def test_a_users_command_has_the_model_of_its_message(plugin: PluginDriver) -> None:
    """``!command`` asks no model: its message names model and agent."""
    info = {"role": "assistant", "sessionID": SESSION, "time": {"created": 1}, "mode": "plan"}
    info |= {"providerID": "zai", "modelID": "glm-4.7"}
    driven = plugin.drive(happens("message.updated", info=info), asks(SESSION, "b0"))
    assert "zai/glm-4.7" == driven.environment["TACHIKOMA_MODEL"]
    assert "plan" == driven.environment["TACHIKOMA_AGENT"]


def test_the_last_skill_loaded_in_the_session_is_named(plugin: PluginDriver) -> None:
    """It is the last one whose load ended well, with its call; other sessions do not matter."""
    driven = plugin.drive(
        ends("s0", tool="skill", name="first"),
        ends(" s1", tool="skill", name="second"),
        ends("s0", OTHER, tool="skill", name="third"),
        begins("s2", tool="skill"),
        asks(SESSION, "b0"),
    )
    assert ("second", "s1") == skill(driven.environment)


def test_only_skill_tools_load_skills(plugin: PluginDriver) -> None:
    """``skills_<name>`` of a skills plugin counts; a tool with "skill" in its name does not."""
    one = plugin.drive(ends("s0", tool="skills_reviewer"), asks(SESSION, "b0"))
    assert ("reviewer", "s0") == skill(one.environment)
    other = plugin.drive(ends("s0", tool="find_skill", name="x"), asks(SESSION, "b0"))
    assert (None, None) == skill(other.environment)


def test_a_skill_s_name_is_not_its_tool_s(plugin: PluginDriver) -> None:
    """opencode-skills calls a tool skills_code_agent, and answers with the skill's own name."""
    hook, given, answer = ends("s0", tool="skills_code_agent")
    answered = hook, given, {**(answer or {}), "output": "Launching skill: code-agent"}
    assert ("code-agent", "s0") == skill(plugin.drive(answered, asks(SESSION, "b0")).environment)

    state = {"status": "completed", "input": {}, "output": "Launching skill: code-agent"}
    part = {"type": "tool", "tool": "skills_code_agent", "callID": "s1", "state": state}
    plugin.messages = {SESSION: [{"parts": [part]}]}
    assert ("code-agent", "s1") == skill(plugin.drive(asks(SESSION, "b0")).environment)


def test_a_skill_of_an_earlier_process_is_recalled(plugin: PluginDriver) -> None:
    """A session that goes on in a new process has the skill that it had loaded before."""

    def loaded(name: str, call_id: str, status: str) -> dict[str, Any]:
        state = {"status": status, "input": {"name": name}}
        return {"parts": [{"type": "tool", "tool": "skill", "callID": call_id, "state": state}]}

    plugin.messages = {
        SESSION: [
            loaded("first", "s0", "completed"),
            {"parts": [{"type": "text", "text": "…"}]},
            loaded("second", "  s1", "completed"),
            loaded("none", "s2", "error"),
        ]
    }
    assert ("second", "s1") == skill(plugin.drive(asks(SESSION, "b0")).environment)
    newer = plugin.drive(ends("s3", tool="skill", name="newer"), asks(SESSION, "b0"))
    assert ("newer", "s3") == skill(newer.environment)


@pytest.mark.parametrize("messages", ["fail", "hang"])
def test_a_command_does_not_wait_for_a_memory(plugin: PluginDriver, messages: str) -> None:
    """When OpenCode cannot be asked for the past, a command starts all the same, and soon."""
    plugin.messages = messages
    driven = plugin.drive(asks(SESSION, "b0"))
    assert (SESSION, "b0") == ids(driven.environment)
    assert driven.milliseconds[-1] < 2000


def test_its_memory_is_bounded(plugin: PluginDriver) -> None:
    """In a server that runs for months, the oldest call and the oldest session are forgotten."""
    many = [f"x{number}" for number in range(MOST)]
    calls = plugin.drive(
        begins("b0"), *[begins(name) for name in many], *[ends(name) for name in many], asks()
    )
    assert (None, None) == ids(calls.environment)
    sessions = plugin.drive(
        ends("s0", tool="skill", name="first"),
        *[ends("s0", name, tool="skill", name="other") for name in many],
        asks(SESSION, "b0"),
    )
    assert (None, None) == skill(sessions.environment)


def test_a_deleted_session_is_forgotten(plugin: PluginDriver) -> None:
    """What was known of a session goes with it."""
    driven = plugin.drive(
        ends("s0", tool="skill", name="first"),
        happens("session.deleted", info={"id": SESSION}),
        asks(SESSION, "b0"),
    )
    assert (None, None) == skill(driven.environment)
