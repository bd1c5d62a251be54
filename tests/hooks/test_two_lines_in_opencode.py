"""Two lines in a skill, in each real OpenCode: one run a loop, with no id in any command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.store import read_store
from tests.scripted.fixtures import BeginSession
from tests.scripted.play import sessions
from tests.scripted.sandbox import bare_python
from tests.scripted.turn import Call, bash, load, prompt, step

from ..merging import merge_project, rows

pytestmark = pytest.mark.opencode

_VERIFY = """
import sys
from tachikoma_telemetry import telemetry

with telemetry.skill_run("SKILL", per="activation") as run:
    passed = sys.argv[1] == "pass"
    run.iteration(stage="verify", max=3, passed=passed)
    run.tokens(input=100, output=7)
    if passed:
        run.succeed()
"""


def _skill(project: Path, name: str) -> None:
    folder = project / ".opencode" / "skill" / name
    folder.mkdir(parents=True)
    text = f"---\nname: {name}\ndescription: Verifies.\n---\nRun verify.py.\n"
    (folder / "SKILL.md").write_text(text, "utf-8")
    (folder / "verify.py").write_text(_VERIFY.replace("SKILL", name), "utf-8")


def _verify(number: int, skill: str, result: str) -> Call:
    return bash(number, f"python .opencode/skill/{skill}/verify.py {result}")


def test_a_loop_over_several_calls(begin_session: BeginSession, tmp_path: Path) -> None:
    """Three calls are one run with its turns and tokens; so are the lines of a prompt; a loop that
    was left is unfinished.
    """
    log = "tachikoma-telemetry log"
    session = begin_session(
        [
            step(load("code-agent", "functions.skill:0")),
            step(_verify(1, "code-agent", "fail")),
            step(_verify(2, "code-agent", "fail")),
            step(_verify(3, "code-agent", "pass")),
            step(load("prompt-only", "functions.skill:4")),
            step(bash(5, f"{log} iteration --stage verify --max 2 --failed")),
            step(bash(6, f"{log} iteration --stage verify --passed")),
            step(bash(7, f"{log} skill-run-finished --outcome escalated --reason unsure")),
            step(load("given-up", "functions.skill:8")),
            step(_verify(9, "given-up", "fail")),
            step(says="Enough."),
        ]
    )
    session.server.scripts = {**session.server.scripts, "later": [step(says="As you like.")]}
    box = session.sandbox
    box.path = (bare_python(tmp_path / "bin"),)
    for name in ("code-agent", "prompt-only", "given-up"):
        _skill(box.project, name)
    box.install()
    session.run()
    session.run("--session", sessions(box.database)["test"], prompt("later"))

    merge_project(box.project, box.database)

    assert [
        ("code-agent", "succeeded", 3, 300, 21),
        ("given-up", None, 1, 100, 7),
        ("prompt-only", "escalated", 2, None, None),
    ] == rows(
        box.project,
        "SELECT skill, outcome, iterations, run_tokens_input, run_tokens_output "
        "FROM skill_metrics WHERE kind = 'run' ORDER BY skill",
    )
    assert [
        *(("code-agent", number, 3, number == 3) for number in (1, 2, 3)),
        *(("prompt-only", number, 2, number == 2) for number in (1, 2)),
        ("given-up", 1, 3, 0),
    ] == rows(
        box.project, "SELECT skill, number, maximum, passed FROM iteration_metrics ORDER BY time"
    )
    assert [] == rows(box.project, "SELECT event_id FROM events WHERE match <> 'exact'")
    store = read_store(store_path(box.project))
    found = {row.skill: row for row in reports.build(store, "skills").parts["skills"]}
    store.close()
    used = [session.server.usage("test", number) for number in (1, 2, 3, 4)]
    attributed = sum(usage.input - usage.cached for usage in used)
    assert attributed == found["code-agent"].tokens_input
    assert (1, 1, 0) == tuple(
        getattr(found["code-agent"], name) for name in ("runs", "succeeded", "unfinished")
    )
    assert (1, 0, 1) == tuple(
        getattr(found["given-up"], name) for name in ("runs", "succeeded", "unfinished")
    )
