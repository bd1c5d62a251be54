"""Reports of stores made from broken databases and journals: every section in every form."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from tachikoma_telemetry.cli.app import app
from tachikoma_telemetry.reports import SECTIONS
from tachikoma_telemetry.reports.forms import FORMS
from tests.scripted import recordings

from ..merge.test_fuzz import (
    STRANGE,
    Recording,
    _break,
    _damage,
    _damage_columns,
    _damage_data,
    recording,  # noqa: F401 - a fixture
)
from ..merging import merge_project
from ..validators import validator

# What a terminal would obey: nothing that stands in a database may get there.
ORDERS = ("\x1b", "\x07", "\x9b", "\x08")


def _both(db: sqlite3.Connection, chance: random.Random) -> None:
    _damage_columns(db, chance)
    _damage_data(db, chance)


def _damage_journal(journal: Path, into: Path, chance: random.Random) -> Path:
    """Half of the events hold something else, or are no events."""
    head, *lines = journal.read_bytes().splitlines(keepends=True)
    for at, line in enumerate(lines[:-1]):
        if chance.random() < 0.5:
            value = _break(chance, line.strip().lstrip(b","))
            data = value.data if isinstance(value.data, bytes) else str(value.data).encode()
            lines[at] = (b"," if at else b"") + data.replace(b"\n", b" ") + b"\n"
    path = into / "metrics.json"
    path.write_bytes(head + b"".join(lines))
    return path


def _report(store: Path, *arguments: object) -> str:
    command = ["report", *map(str, arguments), "--no-merge", "--store", str(store)]
    result = CliRunner().invoke(app, command)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(arguments) from result.exception
    # A run of a killed process crosses a threshold: the check says so with 3.
    expected = (0, 3) if "check" in arguments else (0,)
    assert result.exit_code in expected, (arguments, result.output)
    return result.stdout


def _check_all(store: Path, *filters: str) -> None:
    for form in FORMS:
        for section in SECTIONS:
            if section == "compare":
                continue
            text = _report(store, section, "--format", form, *filters)
            if form == "json":
                validator("report").validate(json.loads(text))
            else:
                assert not [order for order in ORDERS if order in text], (section, form)
        if form != "csv":
            _report(store, "--format", form, *filters)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 2))
def test_every_report_of_a_broken_history(
    recording: Recording,  # noqa: F811
    tmp_path: Path,
    seed: int,
) -> None:
    """Whatever was merged can be reported, filtered, and written in every form."""
    chance = random.Random(seed)
    path, _ = _damage(recording, tmp_path, chance, _both)
    journal = _damage_journal(recording.journal, tmp_path, chance)
    store = tmp_path / "unified.db"
    merge_project(recordings.PROJECT, path, journals=[journal], store=store, all_projects=True)

    _check_all(store)
    for filters in (
        ("--session", "last"),
        ("--directory", str(recordings.PROJECT)),
        ("--since", "1d", "--source", "call"),
        ("--skill", "code-agent"),
        ("--model", "glm-4.7"),
    ):
        for section in SECTIONS:
            if section != "compare":
                _report(store, section, "--format", "json", *filters)


def _damage_store(store: Path, chance: random.Random) -> None:
    """Whatever the merge lets through, in every column that may be without a value."""
    values = [each for each in STRANGE if not isinstance(each, (list, dict))]
    values = [each for each in values if isinstance(each, str | None) or 0 <= each < 2**53]
    db = sqlite3.connect(store)
    for table in ("sessions", "messages", "calls", "skill_metrics", "iteration_metrics",
                  "edit_metrics", "rlm_metrics", "intent_metrics", "events"):  # fmt: skip
        columns: list[Any] = [
            row for row in db.execute(f"PRAGMA table_info({table})") if not row[5] and not row[3]
        ]
        keys = [row[0] for row in db.execute(f"SELECT * FROM {table}")]
        key = next(db.execute(f"PRAGMA table_info({table})"))[1]
        for row_key in keys:
            if chance.random() < 0.3:
                _, name, kind, *_ = chance.choice(columns)
                fits = str if kind == "TEXT" else int
                value = chance.choice([v for v in values if v is None or isinstance(v, fits)])
                db.execute(f"UPDATE {table} SET {name} = ? WHERE {key} = ?", (value, row_key))
    db.commit()
    db.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 2))
def test_every_report_of_strange_values(
    recording: Recording,  # noqa: F811
    tmp_path: Path,
    seed: int,
) -> None:
    """Titles that give orders, numbers beyond all bounds, times of any age: written, not obeyed."""
    store = tmp_path / "unified.db"
    shutil.copyfile(recording.database, tmp_path / "opencode.db")
    merge_project(
        recordings.PROJECT,
        tmp_path / "opencode.db",
        journals=[recording.journal],
        store=store,
        all_projects=True,
    )
    _damage_store(store, random.Random(seed))

    _check_all(store)
    _check_all(store, "--directory", "/")


@pytest.mark.slow
def test_the_unified_records_of_a_broken_history(
    recording: Recording,  # noqa: F811
    tmp_path: Path,
) -> None:
    """They are what their schema says, whatever was merged."""
    for seed in range(5):
        path, _ = _damage(recording, tmp_path, random.Random(seed), _both)
        out = tmp_path / f"{seed}.json"
        command = ["merge", "--db", path, "--metrics", recording.journal, "--all-projects"]
        command += ["--store", tmp_path / f"{seed}.db", "--json", out, "--quiet"]

        result = CliRunner().invoke(app, [str(each) for each in command])

        assert 0 == result.exit_code, result.output
        validator("unified").validate(orjson.loads(out.read_bytes()))
