"""The bar that shows how far a long merge is, on a terminal and nowhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..opencode_rows import START, Rows
from ..opencode_v2_rows import V2Rows, tool

# Every merge is long, so that none has to be, and every change is drawn at once.
_MERGE = """
from rich.progress import Progress
from tachikoma_telemetry.cli import main, progress_bar
from tachikoma_telemetry.opencode import batches
update = Progress.update
Progress.update = lambda *names, **values: update(*names, **{**values, "refresh": True})
progress_bar._SHOW_AFTER_SECONDS, batches.ROWS_OF_BATCH = -1.0, 20
main()
"""


@pytest.fixture(params=["v1", "v2"])
def database(project: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A hundred calls."""
    if request.param == "v1":
        rows = Rows(tmp_path / "opencode.db", project)
        rows.session("ses_a")
        for number in range(100):
            rows.call("ses_a", "bash", f"call_{number}", at=START + number)
        return rows.close()
    later = V2Rows(tmp_path / "opencode.db", project)
    later.session("ses_a")
    for number in range(100):
        later.message(
            "ses_a", "assistant", tool("bash", f"call_{number}", at=START), at=START + number
        )
    return later.close()


def _on_a_terminal(project: Path, *arguments: object) -> str:
    """What a terminal gets on stderr."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _MERGE, *map(str, arguments)],
        cwd=project,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    try:
        while piece := os.read(ours, 65536):
            sent += piece
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert 0 == process.wait()
    return sent.decode()


@pytest.mark.slow
def test_a_bar_that_knows_the_end(project: Path, database: Path) -> None:
    """It says how much of the rows has been read; then what is done with them."""
    sent = _on_a_terminal(project, "merge", "--db", database)

    shown = [int(each) for each in re.findall(r"reading.*?(\d+)%", sent)]
    assert sorted(shown) == shown
    assert 0 <= shown[0] < shown[-1] <= 100
    assert "joining" in sent
    assert "1 session, 100 calls" in sent


@pytest.mark.slow
def test_quiet_shows_no_progress(project: Path, database: Path) -> None:
    """Asked to be, it says nothing at all."""
    assert not _on_a_terminal(project, "merge", "--quiet", "--db", database)


@pytest.mark.slow
def test_a_log_file_gets_no_bar(project: Path, database: Path) -> None:
    """A log file is spared the bar."""
    done = subprocess.run(
        [sys.executable, "-c", _MERGE, "merge", "--db", database],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "reading" not in done.stderr
    assert "1 session, 100 calls" in done.stderr
