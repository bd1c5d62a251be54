"""The commands on docs/fleet.md do what the page says, one after the other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ..command_line import run
from ..fleet import spark_cluster
from ..fleet.exports import export_as
from ..fleet.spark_cluster import has_java
from ..reports_store import ReportsStore

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
JOB = re.findall(r"^  run: \|\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SQL = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
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
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    shown = ""

    assert any("--engine spark" in each for each in COMMANDS)
    for script in (*COMMANDS, *JOB):
        if "--engine spark" in script and not has_java():
            continue
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


@pytest.mark.slow
def test_clickhouse_takes_the_view_and_the_settings(tmp_path: Path) -> None:
    """They are those with which the tests run the reports' SQL there."""
    import chdb.session  # half a second

    from ..fleet.clickhouse_engine import SETTINGS

    made = ReportsStore()
    made.call("bash")
    export_as("ada", made.connection, tmp_path / "fleet")
    views, settings = SQL

    found = dict(re.findall(r"(\w+) = ([\w']+)", settings))
    assert found.items() <= {name: str(value) for name, value in SETTINGS.items()}.items()
    clickhouse: Any = chdb.session.Session
    with closing(clickhouse()) as session:
        session.query(settings)
        session.query(views.splitlines()[0].replace("'fleet", f"'{tmp_path}/fleet"))
        assert str(session.query("SELECT count(*), max(tool) FROM calls", "CSV")) == '1,"bash"\n'


@pytest.mark.slow
def test_a_cluster_starts_by_what_the_page_says() -> None:
    """The classes are those that the tests start, from the folder that the command prints."""
    started = Path(spark_cluster.__file__).read_text(encoding="utf-8")
    (command,) = re.findall(r"`python -c '(.*?)'`", PAGE)
    home = subprocess.check_output([sys.executable, "-c", command], text=True).strip()

    assert Path(home, "bin", "spark-class").exists()
    classes = re.findall(r"org\.apache\.spark\.(deploy\.\w+\.\w+)", PAGE)
    assert [f'"{each}"' in started for each in classes] == [True, True]
