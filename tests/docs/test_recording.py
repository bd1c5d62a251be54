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
from tests.scripted import versions

from ..journal_at import ROOT, document
from ..validators import validator

DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)

# What the examples of a page record.
PAGES = {
    "recording-python.md": {
        "skill_run_started": 6,
        "skill_run_finished": 7,
        "intent": 1,
        "label": 1,
        "iteration": 9,
        "retry": 3,
        "edit_format": 5,
        "rlm_chunk": 10,
    },
    "recording-shell.md": {
        "skill_run_started": 3,
        "skill_run_finished": 2,
        "skill_run_paused": 2,
        "iteration": 3,
        "retry": 2,
        "edit_format": 1,
        "rlm_chunk": 1,
        "intent": 1,
        "label": 1,
    },
    "recording-typescript.md": {"iteration": 1, "edit_format": 1, "skill_run_finished": 1},
    "recording-skill-md.md": {
        "iteration": 1,
        "edit_format": 1,
        "skill_run_started": 1,
        "skill_run_finished": 2,
    },
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


def _compiled(code: str, folder: Path) -> Path:
    """A TypeScript example as the JavaScript that the strictest check makes of it."""
    try:
        packages = versions.typescript()
    except versions.Unavailable as reason:
        pytest.skip(f"no TypeScript compiler: {reason}")
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(packages / "node_modules")
    (folder / "example.mts").write_text(code)
    done = subprocess.run(
        [
            *("node", str(packages / "node_modules" / "typescript" / "bin" / "tsc")),
            *("--strict", "--noUnusedLocals", "--noImplicitReturns", "--skipLibCheck"),
            *("--target", "es2022", "--module", "nodenext", "--types", "node", "example.mts"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ("", 0) == (done.stdout, done.returncode)
    return folder / "example.mjs"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.opencode] if "typescript" in page else [])
        for page in PAGES
    ],
)
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
            command = ["node", str(_compiled(code, tmp_path))]
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


def test_the_optional_import() -> None:
    """The script runs where the package is missing."""
    (code,) = (c for _, c in _blocks("recording-python.md") if "except ImportError" in c)
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env={}, cwd="/", capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.slow
def test_in_opencode_nothing_needs_an_id(project: Path, tmp_path: Path) -> None:
    """What a SKILL.md asks for, and the first lines of Python, are of the activation's run."""
    environment = {
        **os.environ,
        "PATH": f"{_command_folder(tmp_path)}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OPENCODE": "1",
        "TACHIKOMA_SESSION_ID": "ses_a",
        "TACHIKOMA_SKILL": "code-agent",
        "TACHIKOMA_SKILL_CALL_ID": "c1",
    }
    prompt = [code for _, code in _blocks("recording-skill-md.md")[:2]]
    assert not [word for code in prompt for word in ("--skill", "-id", "--index") if word in code]
    code = _blocks("recording-python.md")[0][1]
    for command in (
        [sys.executable, "-c", code.replace("True", "False")],
        [sys.executable, "-c", code],
        *(["bash", "-c", each] for each in prompt),
    ):
        subprocess.run(command, env=environment, capture_output=True, check=True)
    found = document(project / ".opencode" / "telemetry" / "metrics.json")
    assert 1 == len({event["run_id"] for event in found})
    assert {"code-agent"} == {event["skill"] for event in found}


def test_every_page_is_run() -> None:
    """No page about recording is left out."""
    assert PAGES.keys() >= {each.name for each in DOCS.glob("recording-*.md")}


def test_the_retention_table() -> None:
    """The table of retention says what the code does."""
    text = (DOCS / "privacy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) \|$", text, re.MULTILINE))
    assert {name: str(days) for name, days in KINDS.items()} == rows


def test_the_settings_table() -> None:
    """Every setting that the code reads is documented."""
    documented = (DOCS / "recording-python.md").read_text("utf-8")
    source = "".join(
        (ROOT / "tachikoma_telemetry" / name).read_text("utf-8")
        for name in ("recording/settings.py", "project.py", "recording/delivery.py")
    )
    for name in set(re.findall(r'"(TACHIKOMA_[A-Z_]+)"', source)):
        assert f"`{name}" in documented, name
