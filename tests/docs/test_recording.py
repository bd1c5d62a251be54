"""The documentation's examples, run as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tachikoma_telemetry.vocabulary.retention import KINDS

from ..journal_at import ROOT, document
from ..validators import validator

DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)

# What the examples of a page record.
PAGES = {
    "recording-python.md": {
        "skill_run_started": 8,
        "skill_run_finished": 7,
        "skill_run_paused": 1,
        "intent": 1,
        "label": 1,
        "iteration": 9,
        "retry": 2,
        "edit_format": 5,
        "rlm_chunk": 10,
    },
    "recording-shell.md": {
        "skill_run_started": 3,
        "skill_run_finished": 2,
        "skill_run_paused": 1,
        "iteration": 3,
        "retry": 2,
        "edit_format": 1,
        "rlm_chunk": 1,
        "intent": 1,
        "label": 1,
    },
    "recording-typescript.md": {
        "skill_run_started": 1,
        "iteration": 1,
        "edit_format": 1,
        "skill_run_finished": 1,
    },
    "recording-skill-md.md": {"iteration": 1, "edit_format": 1, "skill_run_finished": 1},
    "privacy.md": {"retry": 1},
    "index.md": {
        "skill_run_started": 1,
        "iteration": 2,
        "edit_format": 1,
        "skill_run_finished": 1,
    },
}


def _blocks(page: str) -> list[tuple[str, str]]:
    text = (DOCS / page).read_text("utf-8")
    found = []
    for block in _BLOCK.finditer(text.replace("````markdown\n", "").replace("````\n", "")):
        indent = len(block["indent"])
        found.append((block["language"], re.sub(f"(?m)^ {{{indent}}}", "", block["code"])))
    return found


def _command_folder(tmp_path: Path) -> Path:
    """A folder with the command, for tests that run where it is not installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "tachikoma-telemetry"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tachikoma_telemetry "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_a_page(project: Path, tmp_path: Path, page: str) -> None:
    """Every example of a page runs as it stands, and records valid events of the expected types."""
    environment = {
        **os.environ,
        "PATH": f"{_command_folder(tmp_path)}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    for language, code in _blocks(page):
        if language == "console":
            continue  # `make demo` and installing it have tests of their own
        if language == "ts":
            if shutil.which("node") is None:
                pytest.skip("the TypeScript example needs node")
            script = tmp_path / "example.mjs"
            script.write_text(code)
            command = ["node", str(script)]
        elif language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", code]
        else:
            assert "python" == language
            command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr), code
    journal = project / ".opencode" / "telemetry" / "metrics.json"
    assert PAGES[page] == Counter(each["type"] for each in document(journal))
    validator("journal").validate(json.loads(journal.read_bytes()))


def test_every_page_is_run() -> None:
    """No page about recording is left out."""
    assert PAGES.keys() >= {each.name for each in DOCS.glob("recording-*.md")}


def test_the_retention_table() -> None:
    """The table of retention says what the code does."""
    text = (DOCS / "privacy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) \|$", text, re.MULTILINE))
    assert {name: str(kind.days) for name, kind in KINDS.items()} == rows


def test_the_settings_table() -> None:
    """Every setting that the code reads is documented."""
    documented = (DOCS / "recording-python.md").read_text("utf-8")
    source = "".join(
        (ROOT / "tachikoma_telemetry" / name).read_text("utf-8")
        for name in ("recording/settings.py", "project.py", "recording/delivery.py")
    )
    for name in set(re.findall(r'"(TACHIKOMA_[A-Z_]+)"', source)):
        assert f"`{name}" in documented, name
