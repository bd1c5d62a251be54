"""The dashboard beside a real OpenCode at work: each new call and event appears, one by one."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tachikoma_telemetry.cli import dashboard_command
from tachikoma_telemetry.cli.merge_options import MergeOptions
from tachikoma_telemetry.dashboard.application import Dashboard
from tachikoma_telemetry.dashboard.board_origin import Origin
from tests.scripted import versions
from tests.scripted.fixtures import BeginSession, available
from tests.scripted.turn import bash, load, prompt, step

from .board import run, until

pytestmark = pytest.mark.opencode

_CALLS = 50
"""About two minutes: OpenCode and the dashboard wait for each other at each call."""

_SKILL = "---\nname: loop\ndescription: Verifies.\n---\nRun verify.py.\n"
_VERIFY = """
import sys, time
from pathlib import Path
from tachikoma_telemetry import telemetry

number, of = int(sys.argv[1]), int(sys.argv[2])
passed = number % 3 > 0
with telemetry.skill_run("loop", per="activation") as run:
    run.iteration(stage="verify", index=number, max=of, passed=passed)
while not Path(f"seen-{number}").exists():
    time.sleep(0.02)
sys.exit(0 if passed else 1)
"""


@pytest.mark.parametrize("opencode_version", [versions.NEWEST])
def test_each_call_and_event_of_a_working_opencode_appears(begin_session: BeginSession) -> None:
    """A call is shown while it runs, with the event recorded in it, and again when it has ended."""
    available(versions.NEWEST)
    verify = "python .opencode/skill/loop/verify.py"
    session = begin_session(
        [
            step(load("loop", "functions.skill:0")),
            *(step(bash(n, f"{verify} {n} {_CALLS}")) for n in range(1, _CALLS + 1)),
            step(says="Done."),
        ]
    )
    box = session.sandbox
    skill = box.project / ".opencode" / "skill" / "loop"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text(_SKILL, "utf-8")
    (skill / "verify.py").write_text(_VERIFY, "utf-8")
    box.install()

    async def watch(app: Dashboard, pilot: Pilot[None]) -> None:
        for number in range(1, _CALLS + 1):
            event = f"verify {number}/{_CALLS}"
            await until(app, pilot, partial(_shows, event, "bash ● running"))
            (box.project / f"seen-{number}").touch()
            ended = "bash ✓ succeeded" if number % 3 else "bash ✗ failed exit 1"
            await until(app, pilot, partial(_shows, event, ended))

    opencode = box.start("run", prompt("test"))
    try:
        run(_origin(box.project, box.database), watch, (150, 40))
        _, said = opencode.communicate(timeout=60)
    finally:
        if opencode.poll() is None:
            os.killpg(opencode.pid, signal.SIGKILL)
    assert [] == session.server.problems
    assert 0 == opencode.returncode, said


def _origin(project: Path, database: Path) -> Origin:
    return dashboard_command._origin(MergeOptions(db=[database], project=project))


def _shows(event: str, call: str, seen: str) -> bool:
    """Whether the timeline on the screen has the event below this call."""
    steps = [" ".join(line.split("│")[-1].split()) for line in seen.splitlines()]
    at = next((number for number, line in enumerate(steps) if event in line), 0)
    return call in next((line for line in reversed(steps[:at]) if not line.startswith("└")), "")
