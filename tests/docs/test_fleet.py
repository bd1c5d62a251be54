"""The commands on docs/fleet.md do what the page says, one after the other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..command_line import run

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
JOB = re.findall(r"^  run: \|\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_commands_export_and_report(project: Path, tmp_path: Path) -> None:
    """Exports, a job's last step, a report of both, and another program that reads the files."""
    run("log", "iteration", "--skill", "code-agent", "--passed")
    fleet = str(tmp_path / "fleet")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_RUN_ID": "7",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    shown = ""

    for script in (*COMMANDS, *JOB):
        there = script.replace("/tmp/fleet", fleet).replace("s3://team/telemetry", fleet)
        done = subprocess.run(
            ["sh", "-euc", there],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (script, done.stderr)
        shown += done.stdout
    for code in PYTHON:
        # There is no call in this history, only an event.
        exec(code.replace("/tmp/fleet/calls", f"{fleet}/events"), {})

    assert "code-agent" in shown
    names = {path.name for path in (tmp_path / "fleet" / "_machines").iterdir()}
    assert names >= {"ada-laptop.json", "ci-7-1.json"}
