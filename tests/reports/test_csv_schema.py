"""CSV holds what the JSON Schema says: read back by it, each row is a row of the report."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.forms.as_csv import to_csv

from ..full_store import full_store
from ..reports_store import DAY, NOW, ReportsStore

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/report.schema.json").read_text("utf-8"))
OPTIONS = [reports.Installed([reports.InstalledSkill("idle", "/srv/SKILL.md", 9)])]


@pytest.fixture(scope="module")
def store() -> ReportsStore:
    """Something of everything, two versions of a skill included."""
    store = full_store(30)
    for version, at in (("aa", NOW - 9 * DAY), ("bb", NOW - 2 * DAY)):
        store.load("code-agent", skill_version=version * 32, started=at, session_id=version)
        store.run("code-agent", started=at + 1, session_id=version, run_ms=5.0)
    return store


def value_of(text: str, schema: dict[str, Any]) -> Any:
    """A cell as the value that its column holds."""
    kinds = [each.get("type") for each in schema.get("anyOf", [schema])]
    if "object" in kinds:
        pairs = [each.rsplit(" ", 1) for each in text.split("; ") if text]
        return {name: int(many) for name, many in pairs}
    if "array" in kinds:
        return text.split("; ") if text else []
    if text == "" and "null" in kinds:
        return None
    if "boolean" in kinds:
        return {"true": True, "false": False}[text]
    for kind, make in (("integer", int), ("number", float)):
        if kind in kinds:
            return make(text)
    return text


@pytest.mark.slow
def test_every_part_reads_back_as_the_schema_s_rows(store: ReportsStore) -> None:
    """The same values as in the JSON document, and valid there."""
    read = set()
    for name, section in reports.SECTIONS.items():
        report = reports.build(store.connection, name, options=OPTIONS, now_ms=NOW)
        for part in section.parts:
            definition = SCHEMA["properties"][part]["items"]["$ref"].rpartition("/")[2]
            columns = SCHEMA["$defs"][definition]["properties"]
            reader = csv.DictReader(io.StringIO(to_csv(report, part)))
            assert list(columns) == reader.fieldnames
            rows = [
                {column: value_of(text, columns[column]) for column, text in row.items()}
                for row in reader
            ]
            jsonschema.validate(
                rows,
                {"type": "array", "items": SCHEMA["$defs"][definition], "$defs": SCHEMA["$defs"]},
            )
            for row, made in zip(rows, report.parts[part], strict=True):
                assert {column: getattr(made, column) for column in row} == row
            if rows:
                read.add(part)

    # `check` and `legacy` may have none; the others are of something.
    assert {"skills", "edits", "trend", "compare", "calls", "iterations", "unused"} <= read
