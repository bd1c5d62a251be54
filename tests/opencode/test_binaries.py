"""Bringing the pinned OpenCode binaries: from npm, once, or with a reason why not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BRING = "from tests.scripted import versions; print(versions.binary('1.2.1'))"

# Takes its time, so that the others are certainly waiting, and tells that it was called.
NPM = """#!/bin/sh
echo called >> "$CALLS"
sleep 0.3
for package in "$@"; do :; done
mkdir -p "node_modules/${package%@*}/bin"
touch "node_modules/${package%@*}/bin/opencode"
"""


def bring(path: Path, cache: Path, **environment: str) -> subprocess.Popen[str]:
    """Ask for a binary in a process of its own, with this folder as its whole PATH."""
    given: Mapping[str, str] = {
        "PATH": str(path),
        "TACHIKOMA_OPENCODE_CACHE": str(cache),
        "PYTHONPATH": str(CHECKOUT),
        **environment,
    }
    return subprocess.Popen(
        [sys.executable, "-c", BRING],
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fake_npm(folder: Path, script: str) -> Path:
    """A folder with an ``npm`` that is this script, and with what a script needs."""
    folder.mkdir()
    (folder / "npm").write_text(script)
    (folder / "npm").chmod(0o755)
    for tool in ("mkdir", "touch", "sleep"):
        found = next(
            Path(place) / tool for place in os.defpath.split(":") if (Path(place) / tool).exists()
        )
        (folder / tool).symlink_to(found)
    return folder


def test_several_processes_bring_a_binary_once(tmp_path: Path) -> None:
    """Test processes that start together wait for the first one's install and share it."""
    path = fake_npm(tmp_path / "bin", NPM)
    calls = tmp_path / "calls"
    processes = [bring(path, tmp_path / "cache", CALLS=str(calls)) for _ in range(4)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [0] * 4 == [process.returncode for process in processes], answers
    assert 1 == len({stdout for stdout, _ in answers})
    assert ["called"] == calls.read_text().split()
    assert Path(answers[0][0].strip()).exists()


def test_without_npm_the_reason_says_what_to_do(tmp_path: Path) -> None:
    """A machine without Node.js is told so, and not by a strange error."""
    (tmp_path / "empty").mkdir()
    process = bring(tmp_path / "empty", tmp_path / "cache")
    _, stderr = process.communicate(timeout=60)
    assert "npm, which would bring it, is not on PATH: install Node.js with npm." in stderr


def test_a_failed_install_leaves_no_half_of_it(tmp_path: Path) -> None:
    """npm's own reason is told, and the next try starts afresh."""
    script = '#!/bin/sh\nmkdir -p node_modules/half\necho "npm error no network" >&2\nexit 1\n'
    process = bring(fake_npm(tmp_path / "bin", script), tmp_path / "cache")
    _, stderr = process.communicate(timeout=60)
    assert "npm error no network" in stderr
    assert [] == [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]
