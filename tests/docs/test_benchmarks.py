"""The benchmarks run anywhere: what the documentation claims can be measured by its readers.

How fast anything is, is none of a test's business: machines are shared, and waver.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_merge_benchmark_prints_every_ratio(tmp_path: Path) -> None:
    """It needs nothing but an empty folder, and leaves nothing in it."""
    few = ("--sessions", "2", "--rounds", "1", "--event-table", "1", "--message", "2")
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.merge", *few],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "database of 2 sessions …\n") == (found.returncode, found.stderr)
    for line in (
        "cold merge",
        "warm merge, one session",
        "report skills --no-merge",
        "report --html --no-merge",
        "ten times the rows",
        "with 1 MB in the table `event`",
        "with a message of 2 MB",
    ):
        assert line in found.stdout
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.slow
def test_the_merge_benchmark_prints_how_it_grows(tmp_path: Path) -> None:
    """At one, four and sixteen times the sessions and events."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.merge", "--events", "20"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (found.returncode, found.stderr)
    sizes = [line.split()[:2] for line in found.stdout.splitlines()[1:]]
    assert [["2", "20"], ["8", "80"], ["32", "320"]] == sizes
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.slow
def test_the_dashboard_benchmark_prints_every_figure(tmp_path: Path) -> None:
    """It needs nothing but an empty folder, and leaves nothing in it."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.dashboard", "--sessions", "2", "--busy", "1"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (found.returncode, found.stderr)
    for line in ("start", "Now", "Health", "a change shows", "nothing happens", " s of replay"):
        assert line in found.stdout
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.slow
def test_the_fleet_benchmark_prints_every_section(tmp_path: Path) -> None:
    """It makes a team of the size that it is given, and leaves nothing."""
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.fleet", "--calls", "800", "--per-file", "200"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stderr
    assert "800 calls of 2 machines in 24 files" in found.stdout
    for section in ("skills", "compare", "tools", "edits", "patterns", "overview"):
        assert f"| {section} |" in found.stdout
    assert [] == [*tmp_path.iterdir()]
