"""The benchmarks run anywhere: what the documentation claims can be measured by its readers.

How fast anything is, is none of a test's business: machines are shared, and waver.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _printed(folder: Path, benchmark: str, *arguments: str, said: str = "") -> str:
    """What a benchmark prints, and says on stderr (a pattern); it leaves nothing in its folder."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{benchmark}", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(said, done.stderr)
    assert [] == [*folder.iterdir()]
    return done.stdout


@pytest.mark.slow
def test_the_merge_benchmark_prints_every_ratio(tmp_path: Path) -> None:
    """Of the first merge, of later ones and of the reports."""
    few = ("--sessions", "2", "--rounds", "1", "--event-table", "1", "--message", "2")
    printed = _printed(tmp_path, "merge", *few, said="database of 2 sessions …\n")

    for line in (
        "cold merge",
        "warm merge, one session",
        "report skills --no-merge",
        "report --html --no-merge",
        "ten times the rows",
        "with 1 MB in the table `event`",
        "with a message of 2 MB",
    ):
        assert line in printed


@pytest.mark.slow
def test_the_merge_benchmark_prints_how_it_grows(tmp_path: Path) -> None:
    """At one, four and sixteen times the sessions and events."""
    printed = _printed(tmp_path, "merge", "--events", "20")

    sizes = [line.split()[:2] for line in printed.splitlines()[1:]]
    assert [["2", "20"], ["8", "80"], ["32", "320"]] == sizes


@pytest.mark.slow
def test_the_dashboard_benchmark_prints_every_figure(tmp_path: Path) -> None:
    """Of its start, of two screens and of changes."""
    printed = _printed(tmp_path, "dashboard", "--sessions", "2", "--busy", "1")

    for line in ("start", "Now", "Health", "a change shows", "nothing happens", " s of replay"):
        assert line in printed


@pytest.mark.slow
def test_the_fleet_benchmark_prints_every_section(tmp_path: Path) -> None:
    """Of a team of the size that it is given."""
    printed = _printed(
        tmp_path, "fleet", "--calls", "800", "--per-file", "200", said=r"made in \d+ s\n"
    )

    assert "800 calls of 2 machines in 24 files" in printed
    for section in (
        "skills",
        "compare",
        "tools",
        "edits",
        "patterns",
        "overview",
        "tools, last day",
    ):
        assert f"| {section} |" in printed
