"""What a command imports: to start is most of the time that a short one takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..command_line import run
from ..opencode_rows import START, Rows

_NEVER = ("pydantic", "asyncio", "email", "importlib.metadata", "webbrowser")


@pytest.fixture
def store(project: Path, tmp_path: Path) -> Path:
    """A store of one session with a call."""
    rows = Rows(tmp_path / "opencode.db", project)
    rows.call(rows.session(), "bash", "call_1", at=START)
    assert 0 == run("merge", "--db", rows.close(), "--store", tmp_path / "store.db").returncode
    return tmp_path / "store.db"


def _imported(*arguments: str | Path) -> set[str]:
    script = (
        "import sys\n"
        "from tachikoma_telemetry.cli import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, file=sys.stderr)\n"
    )
    words = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.slow
def test_a_report_of_a_section_imports_that_section_and_command_only(
    store: Path, project: Path
) -> None:
    """No other command or section, and not what typer converts values by."""
    given = ("--no-merge", "--store", store, "--project", project)
    imported = _imported("report", "skills", *given)

    assert not imported & {*_NEVER, "tachikoma_telemetry.merge.merge"}
    package = "tachikoma_telemetry"
    commands = {each for each in imported if each.startswith(f"{package}.cli.")}
    assert not {each for each in commands if each.endswith("_command")}
    sections = f"{package}.reports.sections."
    read = {each.removeprefix(sections).split(".")[0] for each in imported if sections in each}
    assert "skills" in read
    assert not read & {"patterns", "tools", "sessions", "timeline", "legacy"}


@pytest.mark.slow
def test_a_page_imports_nothing_that_draws_on_a_terminal(store: Path, project: Path) -> None:
    """`report --html` needs no rich."""
    given = ("--no-merge", "--store", store, "--project", project)
    imported = _imported("report", "--html", "--output", project / "page.html", *given)

    assert not imported & {*_NEVER, "rich.console", "tachikoma_telemetry.merge.merge"}


@pytest.mark.slow
def test_a_merge_with_nothing_new_imports_no_report(store: Path, project: Path) -> None:
    """And nothing that draws or converts."""
    imported = _imported("merge", "-q", "--store", store, "--db", store.with_name("opencode.db"))

    assert not imported & {*_NEVER, "rich.console", "tachikoma_telemetry.reports"}
