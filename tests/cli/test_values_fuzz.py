"""Random events from `log batch` to every form of every report, and random bytes in every place."""

from __future__ import annotations

import io
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import cli
from tachikoma_telemetry.project import journal_path
from tachikoma_telemetry.reports import SECTIONS
from tachikoma_telemetry.vocabulary.events import ENVELOPE, EVENT_TYPES, Field

from ..merging import rows
from ..validators import validator

EVENTS = 120
STRANGE: list[Any] = [
    *(None, True, False, -1, 0, 1, 7, 1.5, -0.0, 1e-300, 1e19, 6.4e13, 1.7e308, -1.7e308),
    *(2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, float("nan")),
    *(946_684_800_000, 1_795_384_226_012, 253_402_214_400_000, 253_402_300_800_000),
    *("", " ", "x", "x" * 3000, "\0", "\ud83d", "\u202e", "a,b", "=1+1", "1e5", "nan"),
    *([], {}, [None], ["a", "b"], {"a": 0.5}, {"a": {"b": []}}, {"a": 1e308}),
]
PLACES = (
    "opencode.json",
    ".opencode/opencode.jsonc",
    ".opencode/skills/x/SKILL.md",
    ".opencode/plugin/tachikoma-telemetry.ts",
    ".opencode/command/telemetry.md",
    ".opencode/telemetry/config.toml",
    ".opencode/telemetry/metrics.legacy.json",
    ".opencode/telemetry/metrics-spill-1-2-a.jsonl",
)


def _value(chance: random.Random, field: Field) -> Any:
    if chance.random() < 0.4:
        return chance.choice(STRANGE)
    if field.range is not None:
        low, high = (int(each) for each in field.range)
        value = chance.choice((low, high, chance.uniform(low, high), low - 1, high + 1))
        return int(value) if field.kind == "integer" else value
    if field.choices:
        return chance.choice(field.choices)
    return {"flag": chance.random() < 0.5, "texts": ["a"]}.get(field.kind, chance.choice("abc"))


def _event(chance: random.Random) -> bytes:
    kind = chance.choice(sorted(EVENT_TYPES))
    fields = {**ENVELOPE, **EVENT_TYPES[kind].fields}
    event = {
        name: _value(chance, field)
        for name, field in fields.items()
        if field.required or chance.random() < 0.4
    }
    event["type"] = kind if chance.random() < 0.97 else chance.choice(STRANGE)
    if chance.random() < 0.3:
        event["attributes"] = {chance.choice("ab"): chance.choice(STRANGE)}
    line = json.dumps(event).encode()
    if chance.random() < 0.05:
        line = line[: chance.randrange(len(line))] + b"[" * chance.choice((1, 5000))
    return line


def _bytes(chance: random.Random) -> bytes:
    words = [b'{"a":', b"[", b"]", b"}", b'"', b"/*", b"//", b"\n", b"---\n", b"name: ", b"\xff"]
    words += [b"[thresholds]\n", b"skill_success = ", b"1e999", b"9" * 30, b"\0", b",", b"{env:"]
    return b"".join(chance.choice(words) for _ in range(chance.choice((0, 3, 40, 3000))))


class _Standard(io.TextIOWrapper):
    def __init__(self, content: bytes = b"") -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8", errors="backslashreplace")

    def fileno(self) -> int:
        raise io.UnsupportedOperation


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, given: bytes = b"") -> tuple[int, str]:
    """A command in this process: its exit code, and what it printed. Nothing unexpected happens."""
    out, err = _Standard(), _Standard()
    monkeypatch.setattr(sys, "argv", ["tachikoma-telemetry", *arguments])
    for name, stream in (("stdin", _Standard(given)), ("stdout", out), ("stderr", err)):
        monkeypatch.setattr(sys, name, stream)
    code = 0
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    out.flush()
    err.flush()
    said = err.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "unexpected" not in said, (arguments, said)
    assert code in (0, 1, 2, 3), (arguments, said)
    return code, out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def attack(project: Path, monkeypatch: pytest.MonkeyPatch, seed: object, events: int) -> None:
    """Record, plant, merge, report; everything that was acknowledged is in the store."""
    chance = random.Random(str(seed))
    lines = b"\n".join(_event(chance) for _ in range(events))
    _, printed = run(monkeypatch, "log", "batch", given=lines)
    ids = set(printed.split())
    for place in PLACES:
        if chance.random() < 0.7:
            path = project / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(chance))
    for _ in range(2):
        code, _ = run(monkeypatch, "merge")
        assert 0 == code
        assert ids <= set(rows(project, "SELECT event_id FROM events"))
    run(monkeypatch, "doctor")
    run(monkeypatch, "report", "--check", "--no-merge")
    for section in (None, *SECTIONS):
        for form in ("table", "json", "csv", "md", "html"):
            if section in ("compare", "check") or (section is None and form == "csv"):
                continue
            chosen = [section] if section else []
            code, text = run(monkeypatch, "report", *chosen, "--no-merge", "--format", form)
            assert 0 == code, (seed, section, form)
            if form == "json":
                validator("report").validate(json.loads(text))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_random_bytes_lose_no_acknowledged_event(
    project: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Commands do their work or say in a sentence why not, and no acknowledged event is lost."""
    attack(project, monkeypatch, seed, EVENTS)
    assert journal_path(project).exists()
