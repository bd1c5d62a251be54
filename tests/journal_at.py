"""Journals to test with: events, and what a file holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tachikoma_telemetry.journal.append import append
from tachikoma_telemetry.journal.read import JournalReader, journal_files

Event = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]


def event(name: object, size: int = 0) -> bytes:
    """An event called `name`, of at least `size` bytes."""
    made = {"id": str(name), "type": "retry", "time": 1_795_384_226_012, "reason": "x"}
    missing = size - len(json.dumps(made, separators=(",", ":")))
    made["reason"] = "x" * max(1, 1 + missing)
    return json.dumps(made, separators=(",", ":")).encode()


def document(path: Path) -> list[Event]:
    """The events of a journal that must be one valid JSON document."""
    found: list[Event] = json.loads(path.read_bytes())["events"]
    return found


def ids(path: Path) -> list[str]:
    """The event ids of a journal that must be one valid JSON document."""
    return [each["id"] for each in document(path)]


def streamed(path: Path) -> list[str]:
    """The event ids that the reader finds, in all segments, whatever state they are in."""
    return [line.event["id"] for file in journal_files(path) for line in JournalReader(file)]


def filled(path: Path, count: int, size: int = 0) -> Path:
    """A journal with events 0…count - 1."""
    for number in range(count):
        append(str(path), event(number, size))
    return path


def quarantined(path: Path) -> bytes:
    """All that was set aside beside the journal."""
    files = sorted(path.parent.glob("metrics-quarantine-*.txt"))
    return b"".join(file.read_bytes() for file in files)


def python(code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """A Python process of its own that runs `code`; its output is piped."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def done(process: subprocess.Popen[str], seconds: float | None = None) -> str:
    """What a process that must succeed, in so many seconds, printed."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert process.returncode == 0, err
    return out
