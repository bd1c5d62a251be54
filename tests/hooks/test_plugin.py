"""The OpenCode plugin by itself: what it hands to a command after the hooks that it got."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.project import find_root
from tests.scripted import versions
from tests.scripted.fixtures import available
from tests.scripted.plugin_driver import Hook, PluginDriver

pytestmark = pytest.mark.opencode

SESSION, OTHER = "ses_one", "ses_two"
MOST = 500  # sessions and calls that the plugin remembers, at most


@pytest.fixture(params=[versions.VERSIONS[0], versions.NEWEST])
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> PluginDriver:
    """The plugin in the oldest and the newest runtime, in a project of its own."""
    available(request.param)
    folder = tmp_path / "project"
    (folder / ".opencode").mkdir(parents=True)
    return PluginDriver(request.param, folder)


def asks(session: str | None = None, call_id: str | None = None) -> Hook:
    """A command is about to start; OpenCode 1.2.1 names neither session nor call."""
    ids = {"sessionID": session, "callID": call_id}
    given = {name: value for name, value in ids.items() if value is not None}
    return "shell.env", {"cwd": "/", **given}, {"env": {}}


def begins(call_id: str, session: str = SESSION, tool: str = "bash") -> Hook:
    return "tool.execute.before", {"tool": tool, "sessionID": session, "callID": call_id}, {}


def ends(call_id: str, session: str = SESSION, tool: str = "bash", **args: Any) -> Hook:
    given = {"tool": tool, "sessionID": session, "callID": call_id, "args": args}
    return "tool.execute.after", given, {"metadata": {}}


def happens(kind: str, **properties: Any) -> Hook:
    return "event", {"event": {"type": kind, "properties": properties}}, None


def tool_part(call_id: str, status: str, session: str = SESSION, **more: Any) -> dict[str, Any]:
    part = {"type": "tool", "tool": "bash", "sessionID": session, "callID": call_id}
    return {**part, "state": {"status": status}, **more}


def answers(agent: Any, provider: str, model: str, asked: str, session: str = SESSION) -> Hook:
    """The model is about to be asked by an agent, for a message meant for the agent `asked`."""
    given = {
        "sessionID": session,
        "agent": agent,
        "model": {"id": model, "providerID": provider},
        "message": {"agent": asked},
    }
    return "chat.params", given, {}


def ids(environment: dict[str, str]) -> tuple[str | None, str | None]:
    return environment.get("TACHIKOMA_SESSION_ID"), environment.get("TACHIKOMA_CALL_ID")


def skill(environment: dict[str, str]) -> tuple[str | None, str | None]:
    return environment.get("TACHIKOMA_SKILL"), environment.get("TACHIKOMA_SKILL_CALL_ID")


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


@pytest.mark.parametrize(
    ("made", "start"),
    [
        pytest.param(["work/.opencode"], "work/src/deep", id="upwards to .opencode"),
        pytest.param(["work/.git"], "work/src", id="upwards to .git"),
        pytest.param(["work/.git", "work/src/.opencode"], "work/src/deep", id="the nearest"),
        pytest.param([], "work/src", id="neither: the folder itself"),
        pytest.param([".opencode", ".git"], "work/src", id="the home folder never counts"),
        pytest.param([".opencode"], ".", id="in the home folder itself"),
        pytest.param(["../.git"], "work", id="above the home folder"),
        pytest.param(["../beside/.git"], "../beside/src", id="beside the home folder"),
    ],
)
def test_the_project_is_the_one_that_python_finds(
    plugin: PluginDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: list[str],
    start: str,
) -> None:
    """Plugin and library walk up to the same root, so their journal is one."""
    home = tmp_path / "all" / "home"
    for folder in (*made, start):
        (home / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    where = (home / start).resolve()
    driven = plugin.drive(
        asks(), opencode={"directory": str(where)}, environment={"HOME": str(home)}
    )
    assert str(find_root(where)) == driven.environment["TACHIKOMA_PROJECT"]


def test_a_file_named_git_marks_a_root_and_one_named_opencode_does_not(
    plugin: PluginDriver, tmp_path: Path
) -> None:
    """In a git worktree ``.git`` is a file; ``.opencode`` counts as a folder only."""
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "tree" / "a" / ".opencode").write_text("")
    driven = plugin.drive(
        asks(), opencode={"directory": str(deep)}, environment={"HOME": str(tmp_path / "home")}
    )
    assert str(tmp_path / "tree") == driven.environment["TACHIKOMA_PROJECT"]
    assert tmp_path / "tree" == find_root(deep)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("theirs", ["tree", "tree/.opencode", "both"])
@pytest.mark.parametrize("sudo", [False, True], ids=["", "by sudo"])
def test_a_root_of_another_user_does_not_count(
    plugin: PluginDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    theirs: str,
    sudo: bool,
) -> None:
    """Anyone may put an ``.opencode`` into a folder that all may write; to root, what belongs to
    the user who ran sudo counts.
    """
    deep = tmp_path / "tree" / "a"
    deep.mkdir(parents=True)
    (tmp_path / "tree" / ".opencode").mkdir()
    for each in ("tree", "tree/.opencode") if theirs == "both" else (theirs,):
        os.chown(tmp_path / each, 4711, 4711)
    environment = {"HOME": str(tmp_path / "home"), **({"SUDO_UID": "4711"} if sudo else {})}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    driven = plugin.drive(asks(), opencode={"directory": str(deep)}, environment=environment)
    assert (tmp_path / "tree" if sudo else deep) == find_root(deep)
    assert str(find_root(deep)) == driven.environment["TACHIKOMA_PROJECT"]


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


def test_python_finds_the_library_last(plugin: PluginDriver) -> None:
    """What the user has on PYTHONPATH stays before it; without the folder nothing is set."""
    command = ("shell.env", {"cwd": "/"}, {"env": {"PYTHONPATH": "/theirs"}})
    assert "PYTHONPATH" not in plugin.drive(asks(), environment={"PYTHONPATH": "/x"}).environment
    library = plugin.folder.parent / "tachikoma-telemetry" / "python"
    library.mkdir(parents=True)
    assert str(library) == plugin.drive(asks()).environment["PYTHONPATH"]
    for steps in ([asks()], [command]):
        found = plugin.drive(*steps, environment={"PYTHONPATH": "/theirs"}).environment
        assert f"/theirs:{library}" == found["PYTHONPATH"]
    twice = ("shell.env", {"cwd": "/"}, {"env": {"PYTHONPATH": f"{library}:/x"}})
    assert f"{library}:/x" == plugin.drive(twice).environment["PYTHONPATH"]
