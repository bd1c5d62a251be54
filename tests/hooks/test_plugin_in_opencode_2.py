"""The plugin in OpenCode 2: which session and call its commands get, in a host of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scripted import versions
from tests.scripted.fixtures import available
from tests.scripted.opencode2_host import (
    OTHER,
    SESSION,
    Host,
    Step,
    asks_model,
    begins,
    created,
    ended,
    happens,
    prompts,
    typed,
)

pytestmark = pytest.mark.opencode

Ids = tuple[str | None, str | None]
NOTHING: Ids = (None, None)
NAMES = [pytest.param(True, id="2.0.22"), pytest.param(False, id="the first 2.0")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project; the host runs in the Bun of the newest OpenCode 1."""
    available(versions.NEWEST)
    project = tmp_path / "project"
    (project / ".opencode").mkdir(parents=True)
    return project


@pytest.fixture
def host(folder: Path) -> Host:
    """An OpenCode that names the session of a command."""
    return Host(folder)


def ids(environment: dict[str, str]) -> Ids:
    return environment.get("TACHIKOMA_SESSION_ID"), environment.get("TACHIKOMA_CALL_ID")


def seen(host: Host, *steps: Step) -> list[Ids]:
    """Session and call of each command that was started."""
    return [ids(environment) for environment in host.commands(*steps)]


def skills(host: Host, *steps: Step) -> Ids:
    """The skill, and the call that loaded it, that one command of the session sees."""
    [environment] = host.commands(*steps, begins("b0"), created("b0"))
    return environment.get("TACHIKOMA_SKILL"), environment.get("TACHIKOMA_SKILL_CALL_ID")


def loads(
    call_id: str, skill: str, session: str = SESSION, status: str = "completed"
) -> list[Step]:
    """The model loads a skill."""
    begun = begins(call_id, session=session, tool="skill")
    begun["input"] = {"id": skill}
    return [begun, ended(call_id, session, status=status, metadata={"name": "A Label"})]


@pytest.mark.parametrize("names_session", NAMES)
def test_a_command_gets_its_session_and_call(host: Host, names_session: bool) -> None:
    """And what is known of the session: agent and model of its last request, and the project."""
    host.names_session = names_session
    [environment] = host.commands(asks_model(), begins(" b0 "), created(" b0 "))
    environment.pop("OPENCODE_SESSION_ID", None)
    assert {
        "TACHIKOMA_SESSION_ID": SESSION,
        "TACHIKOMA_CALL_ID": "b0",
        "TACHIKOMA_MODEL": "zai/glm-4.7",
        "TACHIKOMA_AGENT": "build",
        "TACHIKOMA_PROJECT": str(host.folder),
    } == environment


@pytest.mark.parametrize("names_session", NAMES)
def test_parallel_commands_are_told_apart(host: Host, names_session: bool) -> None:
    """By the command, its folder, its timeout, and whether it goes to the background."""
    host.names_session = names_session
    calls: dict[str, dict[str, Any]] = {
        "b0": {"command": "make"},
        "b1": {"command": "make docs"},
        "b2": {"command": "make", "workdir": "docs"},
        "b3": {"command": "make", "timeout": 5000},
        "b4": {"command": "make", "background": True},
        "b5": {"command": "make", "workdir": str(host.folder / "src")},
    }
    begun = [begins(call_id, **given) for call_id, given in calls.items()]
    order = ["b3", "b0", "b5", "b1", "b4", "b2"]
    assert [(SESSION, call_id) for call_id in order] == seen(host, *begun, *map(created, order))


@pytest.mark.parametrize("names_session", NAMES)
def test_identical_parallel_commands_get_the_session_only(host: Host, names_session: bool) -> None:
    """Which of the two it is can't be known, whatever comes after, and the next one is known."""
    host.names_session = names_session
    steps = [
        *(begins("b0"), begins("b1"), created("b1"), ended("b1"), created("b0"), ended("b0")),
        *(begins("b2"), created("b2")),
    ]
    assert [(SESSION, None), (SESSION, None), (SESSION, "b2")] == seen(host, *steps)


@pytest.mark.parametrize(
    ("names_session", "expected"),
    [(True, [(OTHER, "b0"), (SESSION, "b0")]), (False, [NOTHING, NOTHING])],
    ids=["2.0.22", "the first 2.0"],
)
def test_identical_commands_of_two_sessions(
    host: Host, names_session: bool, expected: list[Ids]
) -> None:
    """Two subagents do the same: where OpenCode names the session, each is known."""
    host.names_session = names_session
    both = [begins("b0"), begins("b0", session=OTHER), created("b0", OTHER), created("b0")]
    assert expected == seen(host, *both)


def test_a_subagents_command_is_the_subagents(host: Host) -> None:
    """It has its own session, agent, model and skill, while its parent's call is under way."""
    [environment] = host.commands(
        asks_model(),
        *loads("s0", "writer"),
        begins("t0", tool="subagent"),
        asks_model(OTHER, "explore", "small"),
        begins("b0", session=OTHER),
        created("b0", OTHER),
    )
    assert (OTHER, "b0") == ids(environment)
    assert "explore" == environment["TACHIKOMA_AGENT"]
    assert "zai/small" == environment["TACHIKOMA_MODEL"]
    assert "TACHIKOMA_SKILL" not in environment


@pytest.mark.parametrize("names_session", NAMES)
def test_a_command_of_the_user_gets_no_ids(host: Host, names_session: bool) -> None:
    """While other calls run, and after the very same command of the agent."""
    host.names_session = names_session
    same = typed("make", timeout=120_000)
    steps = [begins("b0"), created("b0"), same, ended("b0"), same, typed("ls")]
    assert [(SESSION, "b0"), NOTHING, NOTHING, NOTHING] == seen(host, *steps)
    last = host.commands(*steps)[-1]
    assert ["TACHIKOMA_PROJECT"] == list(last)


def test_the_users_command_does_not_take_the_ids_of_the_agents(host: Host) -> None:
    """The same command at the same moment: once OpenCode has named a session, it is known."""
    steps = [begins("b0", "ls"), created("b0"), ended("b0"), begins("b1")]
    timed = typed("make", timeout=120_000)
    assert [(SESSION, "b0"), NOTHING, (SESSION, "b1")] == seen(host, *steps, timed, created("b1"))


def test_the_first_name_corrects_what_was_taken_for_the_agents(host: Host) -> None:
    """The one moment in which the user's command is mistaken costs the agent's none of its ids."""
    first = typed("make", timeout=120_000)
    found = seen(host, begins("b0"), begins("b1", "ls"), created("b1"), first, created("b0"))
    assert [(SESSION, "b1"), NOTHING, (SESSION, "b0")] == found


@pytest.mark.parametrize(
    ("names_session", "expected"),
    [(True, [(SESSION, "b0"), (SESSION, None)]), (False, [NOTHING, NOTHING])],
    ids=["2.0.22", "the first 2.0"],
)
def test_a_command_that_another_plugin_rewrote(
    host: Host, names_session: bool, expected: list[Ids]
) -> None:
    """No call has this command: the only one of the session that waits has it, if there is one."""
    host.names_session = names_session
    host.others = {"before": "rewrites created"}
    alone = [begins("b0"), created("b0"), ended("b0")]
    two = [begins("b1", "one"), begins("b2", "two"), created("b1")]
    assert expected == seen(host, *alone, *two)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("what", ["rewrites input", "rewrites created"])
def test_a_rewritten_command_whose_call_is_known(host: Host, where: str, what: str) -> None:
    """A plugin that rewrites the call, or the command after ours, is harmless."""
    host.names_session = what == "rewrites created"
    host.others = {where: what}
    assert [(SESSION, "b0")] == seen(host, begins("b0"), created("b0"))


def test_a_copied_environment_is_as_in_the_first_versions(host: Host) -> None:
    """OpenCode's naming is then not noticed here; its own variable is there all the same."""
    host.others = {"after": "copies environment"}
    first, second = host.commands(begins("b0"), created("b0"), typed("ls"))
    assert (SESSION, "b0") == ids(first)
    assert SESSION == first["OPENCODE_SESSION_ID"]
    assert NOTHING == ids(second)


@pytest.mark.parametrize("names_session", NAMES)
def test_a_denied_command_leaves_nothing(host: Host, names_session: bool) -> None:
    """The next one with the same words has its own call."""
    host.names_session = names_session
    denied = [begins("b0"), created("b0", denied=True), ended("b0", status="error")]
    assert [(SESSION, "b1")] == seen(host, *denied, begins("b1"), created("b1"))


REFUSED = happens("session.tool.failed", sessionID=SESSION, assistantMessageID="msg_1", id="b0")


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(happens("session.execution.interrupted", sessionID=SESSION), id="interrupted"),
        pytest.param(happens("session.execution.failed", sessionID=SESSION), id="failed"),
        pytest.param(happens("session.deleted", sessionID=SESSION), id="its session is gone"),
        pytest.param(REFUSED, id="refused before it ran"),
        pytest.param(asks_model(), id="the model is asked again"),
        pytest.param(ended("b0", status="error"), id="its arguments do not fit"),
    ],
)
@pytest.mark.parametrize("names_session", NAMES)
def test_a_call_that_never_ran_is_forgotten(host: Host, end: Step, names_session: bool) -> None:
    """The user's command of the same words does not get its ids, nor makes it the next unclear."""
    host.names_session = names_session
    user = typed("make", timeout=120_000)
    found = seen(host, begins("b0"), end, user, begins("b0", message="msg_2"), created("b0"))
    assert [NOTHING, (SESSION, "b0")] == found


def test_after_a_restart_the_session_is_known(host: Host) -> None:
    """A plugin that is loaded again has not seen the call begin; of the next it has."""
    steps = [begins("b0"), {"op": "restart"}, created("b0"), begins("b1", "ls"), created("b1")]
    assert [(SESSION, None), (SESSION, "b1")] == seen(host, *steps)


def test_call_ids_that_come_again(host: Host) -> None:
    """Some models count their calls from the start in each message: an end is of its own one."""
    again = begins("b0", message="msg_2")
    again["key"] = "again"
    steps = [begins("b0", "one"), created("b0"), again, ended("b0"), created("gain", "a")]
    assert [(SESSION, "b0"), (SESSION, "b0")] == seen(host, *steps)


def test_tools_inside_of_code_mode_are_no_commands(host: Host) -> None:
    """They begin under the id of the call `execute`, and end under it."""
    inner = begins("e0", tool="github_search")
    steps = [begins("e0", tool="execute"), inner, begins("b0"), ended("e0"), created("b0")]
    assert [(SESSION, "b0")] == seen(host, *steps)


@pytest.mark.parametrize("names_session", NAMES)
def test_installed_twice_it_says_the_same(host: Host, names_session: bool) -> None:
    """For the project and for all; neither copy takes the other's ids for an outer OpenCode's."""
    host.names_session, host.copies = names_session, 2
    steps = [asks_model(), begins("b0"), created("b0"), begins("b1"), begins("b2"), created("b1")]
    first, second = host.commands(*steps, typed("ls"))[:2]
    assert [(SESSION, "b0"), (SESSION, None)] == [ids(first), ids(second)]
    assert not [name for name in {*first, *second} if "PARENT" in name]


# Skills


def test_the_last_skill_loaded_in_the_session_is_named(host: Host) -> None:
    """By its id, with the call that loaded it; a failed load and other sessions do not count."""
    steps = [*loads("s0", "first"), *loads("s1", "second"), *loads("s2", "bad", status="error")]
    assert ("second", "s1") == skills(host, *steps, *loads("s3", "third", OTHER))


@pytest.mark.parametrize(
    "by_user",
    [
        happens("session.skill.activated", sessionID=SESSION, id="writer", name="A", text="x"),
        prompts(["reader", "writer"]),
    ],
    ids=["activated", "named in a message"],
)
def test_a_skill_of_the_user_has_no_call(host: Host, by_user: Step) -> None:
    """The user loads it: the command belongs to it, and no call loaded it."""
    assert ("writer", None) == skills(host, *loads("s0", "first"), by_user)


TOOL = {"type": "tool", "name": "skill", "id": " s9", "state": {"status": "completed"}}
TOOL["state"] = {"status": "completed", "input": {"id": "tool"}}
FAILED = {**TOOL, "id": "s8", "state": {"status": "error", "input": {"id": "failed"}}}


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ({"type": "assistant", "content": [{"type": "text"}, TOOL, FAILED]}, ("tool", "s9")),
        ({"type": "skill", "skill": "row", "name": "A Label", "text": "x"}, ("row", None)),
        ({"type": "user", "text": "x", "skills": [{"id": "mention"}]}, ("mention", None)),
    ],
    ids=["tool", "activated", "named in a message"],
)
def test_a_skill_of_an_earlier_process_is_recalled(
    host: Host, last: dict[str, Any], expected: Ids
) -> None:
    """From the session's messages, at its first request; what is loaded later counts more."""
    first = {"type": "skill", "skill": "first"}
    host.history = {SESSION: [first, last, {"type": "idle"}, {"type": "user", "text": "y"}]}
    host.history_ms = 50  # the command waits for it
    assert expected == skills(host)
    assert ("newer", "s0") == skills(host, asks_model(), *loads("s0", "newer"))


@pytest.mark.parametrize("history", ["fail", "hang"])
def test_a_command_does_not_wait_for_a_memory(host: Host, history: str) -> None:
    """When OpenCode can't be asked for the past, a command starts all the same, and soon."""
    host.history = history
    command = host.play(asks_model(), begins("b0"), created("b0"))[-1]
    assert "TACHIKOMA_CALL_ID=b0" in command["environment"]
    assert command["milliseconds"] < 2000


# An OpenCode that was started by another one


def outer(folder: Path) -> dict[str, str]:
    """The environment of a terminal inside of a call of another session."""
    named = {"SESSION_ID": "outer", "CALL_ID": "outer-call", "SKILL": "outer", "PROJECT": folder}
    ours = {f"TACHIKOMA_{name}": str(value) for name, value in named.items()}
    return {"PATH": "/usr/bin", "OPENCODE": "1", "OPENCODE_SESSION_ID": "outer", **ours}


@pytest.mark.parametrize("copies", [1, 2])
def test_ids_of_an_outer_opencode_are_its_parents(host: Host, copies: int) -> None:
    """The terminal's environment holds them: they are handed on under the names of a parent."""
    host.copies = copies
    client = outer(host.folder)
    steps = [begins("b0"), created("b0", client=client), typed("ls", client=client)]
    own, users = host.commands(*steps)
    assert (SESSION, "b0") == ids(own)
    assert "TACHIKOMA_SKILL" not in own
    parent = {"TACHIKOMA_PARENT_SESSION_ID": "outer", "TACHIKOMA_PARENT_CALL_ID": "outer-call"}
    assert parent.items() <= own.items()
    assert {"TACHIKOMA_PROJECT": str(host.folder), **parent} == users


def test_a_server_that_a_command_started_has_no_parent(host: Host) -> None:
    """It serves every terminal: what it inherited says nothing about their sessions."""
    host.environment = outer(host.folder)
    own, users = host.commands(begins("b0"), created("b0"), typed("ls"))
    assert (SESSION, "b0") == ids(own)
    assert "TACHIKOMA_PARENT_SESSION_ID" not in own
    assert ["TACHIKOMA_PROJECT"] == list(users)


# Whatever OpenCode does


STRANGE: list[Any] = [None, 0, "", "text", [], [None], {}, {"sessionID": 7}, {"env": None}]
STRANGE += [{"sessionID": SESSION, "tool": "shell"}, {"command": 3, "env": {}}, {"env": 7}]
STRANGE += [{"sessionID": SESSION, "tool": "skill", "status": "completed", "input": None}]
STRANGE += [{"sessionID": SESSION, "model": 3, "agent": []}, {"prompt": {"skills": 3}}]
STRANGE += [{"sessionID": SESSION, "prompt": {"skills": [None, {}, {"id": {}}]}}]
HOOKS = [("tool", "execute.before"), ("tool", "execute.after"), ("shell", "create.before")]
HOOKS += [("session", "context"), ("session", "prompt")]


def test_nothing_makes_it_throw(host: Host) -> None:
    """OpenCode does not catch what a hook throws: the call would fail with it."""
    steps = [
        {"op": "hook", "domain": domain, "name": name, "event": event}
        for domain, name in HOOKS
        for event in STRANGE
    ]
    kinds = ("session.skill.activated", "session.tool.failed", "session.deleted", "x")
    events = [{"op": "event", "type": kind, "data": data} for kind in kinds for data in STRANGE]
    host.history = {SESSION: STRANGE}
    assert [(SESSION, "b9")] == seen(host, *steps, *events, begins("b9", "z"), created("b9"))


HOSTILE = ["a\0b", "a\nb", "a\x1b]0;x\x07b", "x" * 131_072, "\0\x01\x7f"]


@pytest.mark.parametrize("value", HOSTILE, ids=["NUL", "line", "escape", "long", "control"])
def test_a_command_starts_whatever_ids_and_names_hold(host: Host, value: str) -> None:
    """An id that a variable can't hold is left out; of a name stays what can be held."""
    steps = [asks_model(agent=value, model=value), *loads(value, value), begins(value)]
    [environment] = host.commands(*steps, created(value))
    assert (SESSION, None) == ids(environment)
    assert "TACHIKOMA_SKILL_CALL_ID" not in environment
    assert all(0 < len(held) <= 256 for name, held in environment.items() if "PRO" not in name)


def test_its_memory_is_bounded(host: Host) -> None:
    """In a server that runs for months, the oldest call and the oldest session are forgotten."""
    many = [begins(f"x{number}", "other", OTHER) for number in range(501)]
    assert [(SESSION, None)] == seen(host, begins("b0"), *many, created("b0"))
    others = [step for number in range(501) for step in loads("s0", "x", f"ses_{number}")]
    assert NOTHING == skills(host, *loads("s0", "first"), *others)
