"""docs/opentelemetry.md says what is sent, and its commands send it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tachikoma_telemetry.sample import unpack
from tachikoma_telemetry.vocabulary.events import EVENT_TYPES

from ..export.receivers import attributes, backend, send
from ..merging import merge_project

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "opentelemetry.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
_TABLES = {
    name
    for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    for name in re.findall(r"`([a-z_]+\.[a-z_.]+)`", row)
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The store of the demo."""
    sample, store = unpack(tmp_path), tmp_path / "unified.db"
    merge_project(
        sample.root, sample.database, journals=[sample.journal], store=store, all_projects=True
    )
    return store


def test_its_tables_have_every_attribute_and_metric(store: Path) -> None:
    """Of all that is sent of the demo."""
    with backend() as receiver:
        send(store, receiver.endpoint)

    events = [event for span in receiver.spans for event in span.events]
    names = {
        name for each in (*receiver.spans, *events, *receiver.logs) for name in attributes(each)
    }
    fields = {
        f"tachikoma.{kind}.{name}" for kind, each in EVENT_TYPES.items() for name in each.fields
    }
    assert set() == names - fields - _TABLES
    assert set() == {each.name for each in receiver.metrics} - _TABLES


def test_its_tables_name_nothing_that_is_not_there() -> None:
    """Every name in them is in the code."""
    folder = ROOT / "tachikoma_telemetry" / "export" / "otlp"
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))

    assert set() == {name for name in _TABLES if f'"{name}"' not in code}


@pytest.mark.slow
@pytest.mark.parametrize("commands", COMMANDS)
def test_its_commands_send_it(commands: str, store: Path, tmp_path: Path) -> None:
    """As they stand, but for the address."""
    program = tmp_path / "bin" / "tachikoma-telemetry"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tachikoma_telemetry "$@"\n')
    program.chmod(0o755)
    telemetry = tmp_path / "project" / ".opencode" / "telemetry"
    telemetry.mkdir(parents=True)
    shutil.copy(store, telemetry)
    with backend() as receiver:
        place = receiver.endpoint
        script = re.sub(r"https?://[a-z.]+(:\d+)?(/api/public/otel)?", place, commands)
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=telemetry.parents[1],
            env={
                **os.environ,
                "PATH": f"{program.parent}:{os.environ['PATH']}",
                "OTEL_EXPORTER_OTLP_ENDPOINT": place,
                "PYTHONPATH": str(ROOT),
                "HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert 0 == done.returncode, done.stderr
    assert receiver.metrics or "none" in commands
    assert receiver.spans or "--since" in commands
    assert not receiver.metrics or "none" not in commands
