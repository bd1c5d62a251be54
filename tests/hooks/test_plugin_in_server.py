"""The plugin where several things happen at once: sessions, terminals and typed commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripted.fixtures import BeginSession
from tests.scripted.sandbox import Sandbox
from tests.scripted.serving import Serving, until
from tests.scripted.tool_parts import ToolPart, tool_parts
from tests.scripted.turn import Call, prompt, step

pytestmark = pytest.mark.opencode

# Complete at once, so that who waits for the file never sees the half of it.
SHOW = "env | grep ^TACHIKOMA_ > {0}.tmp; mv {0}.tmp {0}"
UNTIL_GO = "touch running; while [ ! -e go ]; do sleep 0.05; done; "


def bash(command: str) -> Call:
    return Call("bash", {"command": command, "description": "A test"}, "functions.bash:0")


def ask_before_bash(sandbox: Sandbox) -> None:
    """Have OpenCode ask its user before it runs a command."""
    file = sandbox.project / "opencode.json"
    configuration = json.loads(file.read_text())
    configuration["permission"]["bash"] = "ask"
    file.write_text(json.dumps(configuration))


def ids(file: Path) -> tuple[str | None, str | None]:
    """Session and call as a command saw them."""
    until(file.exists)
    lines = file.read_text().splitlines()
    seen = dict(line.split("=", 1) for line in lines)
    assert str(file.parent) == seen["TACHIKOMA_PROJECT"]
    return seen.get("TACHIKOMA_SESSION_ID"), seen.get("TACHIKOMA_CALL_ID")


def calls(sandbox: Sandbox, session: str) -> list[ToolPart]:
    return [part for part in tool_parts(sandbox.database) if part.session_id == session]


def test_each_command_gets_its_own_ids_and_a_terminal_none(begin_session: BeginSession) -> None:
    """Beside a running call, a terminal and the user's own commands are not mistaken for it."""
    begun = begin_session([step(bash(UNTIL_GO + SHOW.format("call"))), step(says="Done.")])
    sandbox = begun.sandbox
    sandbox.install()
    ask_before_bash(sandbox)

    def seen(name: str) -> tuple[str | None, str | None]:
        return ids(sandbox.project / name)

    with Serving(sandbox) as opencode:
        mine, models = opencode.session(), opencode.session()
        opencode.type_command(mine, SHOW.format("typed"))
        asked = opencode.ask(models, prompt("test"))
        permission = opencode.permission()
        opencode.open_terminal(SHOW.format("while-asking"))
        assert (None, None) == seen("while-asking")
        opencode.permit(models, permission)
        until((sandbox.project / "running").exists)
        opencode.open_terminal(SHOW.format("while-running"))
        assert (None, None) == seen("while-running")
        opencode.type_command(mine, SHOW.format("typed-while-running"))
        (sandbox.project / "go").touch()
        asked.join()
    [typed, typed_later] = calls(sandbox, mine)
    assert (mine, typed.call_id) == seen("typed")
    assert (models, "functions.bash:0") == seen("call")
    # OpenCode 1.2.1 does not say which of the two calls under way it asks for.
    unknown = (None, None) if sandbox.version == "1.2.1" else (mine, typed_later.call_id)
    assert unknown == seen("typed-while-running")


def test_after_an_aborted_call_the_next_one_has_its_ids(begin_session: BeginSession) -> None:
    """A call that the user aborts ends for the plugin, too."""
    begun = begin_session([step(bash(UNTIL_GO))])
    sandbox = begun.sandbox
    sandbox.install()
    with Serving(sandbox) as opencode:
        session = opencode.session()
        opencode.ask(session, prompt("test"))
        until((sandbox.project / "running").exists)
        opencode.abort(session)
        until(lambda: calls(sandbox, session)[0].state["status"] != "running")
        opencode.type_command(session, SHOW.format("typed"))
    (sandbox.project / "go").touch()
    [aborted, typed] = calls(sandbox, session)
    assert "cancelled" == aborted.outcome
    assert (session, typed.call_id) == ids(sandbox.project / "typed")
