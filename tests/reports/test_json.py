"""The report as JSON, and its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.reports.json_schema import report_schema

from ..reports_store import DAY, NOW, ReportsStore

# The contract's fields (DESIGN.md), which every row has at least.
CONTRACT = {
    "skills": """skill versions loads failed_loads runs succeeded failed success_rate success_low
        success_high run_p50_ms run_p95_ms window_p50_ms window_p95_ms load_p50_ms tokens_input
        tokens_output tokens_cache_read cost context_tokens iterations retries
        max_iterations_reached escalations tool_calls failed_tool_calls sessions first_used
        last_used run_tokens_input run_tokens_output""",
    "edits": """model format attempts successes success_rate success_low success_high edits
        edits_succeeded first_try_rate attempts_per_edit tokens_wasted""",
    "best_formats": "model format attempts success_rate evidence",
    "iterations": """skill stage runs iterations passed pass_rate iterations_per_run retries
        max_reached escalations failed_criteria""",
    "rlm": """skill mode runs chunks succeeded chunk_size_p50 duration_p50_ms duration_p95_ms
        wall_ms speedup tokens tokens_per_chunk accuracy_mean accuracy_n""",
    "intents": """intent classified labelled correct accuracy confidence_mean escalated
        escalation_rate""",
    "confusion": "actual predicted count",
    "calibration": "confidence_low confidence_high n accuracy",
    "tools": "tool calls succeeded failed success_rate duration_p50_ms duration_p95_ms",
    "models": """model messages tokens_input tokens_output tokens_reasoning tokens_cache_read
        tokens_cache_write cost""",
    "sessions": """session_id title directory parent_id started ended calls failed skills
        tokens_input tokens_output cost todos todos_completed""",
    "calls": "session_id call_id tool skill outcome reason started duration_ms model events",
    "trend": "period skill",
    "unused": "skill path loads reads instrumented last_used description_tokens",
    "compare": """metric before after n_before n_after difference low high verdict
        runs_needed""",
}

OPTIONS = [reports.Installed([reports.InstalledSkill("idle", "/srv/SKILL.md", 9)])]


@pytest.fixture(scope="module")
def schema() -> Any:
    """A validator by the schema of reports."""
    made = report_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


@pytest.fixture(scope="module")
def full() -> ReportsStore:
    """A store with rows in every section, known and unknown values among them."""
    store = ReportsStore()
    store.session(title="A title", directory="/srv/demo")
    store.message(tokens_input=5, cost=0.1, completed=NOW)
    store.call(duration_ms=5, outcome="failed", reason="exit 3")
    store.call(outcome="running", started=None, tool=None)
    store.load(context_chars=400, skill_version="a", window_ms=5, started=NOW - 2 * DAY)
    store.load(skill_version="b", started=NOW - DAY)
    for _ in range(6):
        store.run(outcome="failed", run_ms=0.5, error_type="ValueError")
    store.run(None, None)
    store.iteration(passed=0, number=1, maximum=1, failed_criteria=["logic"])
    store.retry()
    store.edit(("hashline", 1), ("x", 0), tokens=4)
    store.edit((None, None), model=None)
    for _ in range(6):
        store.edit(("hashline", 1))
        store.edit(("whole", 0))
    store.chunk(duration_ms=5.0, accuracy=0.5, size=10)
    store.chunk(mode=None, unit=None)
    store.intent(confidence=1.0, actual="git", correct=0, escalated=1)
    store.intent(None)
    store.event()
    return store


@pytest.mark.parametrize("section", [None, *reports.SECTIONS])
def test_every_report_fits_the_schema(full: ReportsStore, schema: Any, section: str | None) -> None:
    """Of a full store and of an empty one, filtered and not."""
    for store in (full, ReportsStore()):
        for filters in (reports.Filters(), reports.Filters(since=NOW - 2 * DAY, model="glm-4.7")):
            made = reports.build(store.connection, section, filters, options=OPTIONS, now_ms=NOW)
            schema.validate(json.loads(to_json(made)))


def test_the_keys_stand_in_the_order_of_the_contract(full: ReportsStore) -> None:
    """What it is, what it is about, what it covers, the whole, the sections but `calls`."""
    document = json.loads(to_json(reports.build(full.connection, now_ms=NOW)))

    assert ["schema", "generated_at", "filters", "coverage", "totals"] == list(document)[:5]
    assert ("tachikoma.report/1", NOW) == (document["schema"], document["generated_at"])
    shown = [each for each in reports.SECTIONS.values() if each.in_overview]
    expected = [part for section in shown for part in section.parts]
    assert {"calls", "compare", "patterns", "check", "timeline"} == {
        name for name, section in reports.SECTIONS.items() if not section.in_overview
    }
    assert expected == list(document)[5:]
    assert list(document["coverage"]) == [
        "sessions", "calls", "copies", "events", "exact", "inferred", "orphan", "ambiguous",
        "none", "malformed", "unknown",
    ]  # fmt: skip


@pytest.mark.parametrize("key", CONTRACT)
def test_rows_have_the_fields_of_the_contract(full: ReportsStore, key: str) -> None:
    """In that order, each present in every row, unknown ones null; more may follow."""
    section = next(each for each, s in reports.SECTIONS.items() if key in s.parts)
    report = reports.build(full.connection, section, options=OPTIONS, now_ms=NOW)
    found = json.loads(to_json(report))[key]
    names = [field.name for field in fields(reports.SECTIONS[section].parts[key].row)]

    assert found
    assert all(names == list(row) for row in found)
    assert set(CONTRACT[key].split()) <= set(names)


def test_the_schema_refuses_what_is_wrong(full: ReportsStore, schema: Any) -> None:
    """A missing field, a rate above 1, a negative number, a null where there is none."""
    document = json.loads(to_json(reports.build(full.connection, now_ms=NOW)))
    row = document["skills"][0]
    for field, value in (("success_rate", 1.5), ("loads", -1), ("loads", None), ("skill", 3)):
        broken = document | {"skills": [row | {field: value}]}
        with pytest.raises(jsonschema.ValidationError):
            schema.validate(broken)
    del row["cost"]
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(document)


def test_every_field_says_what_it_means(schema: Any) -> None:
    """The schema is the documentation of the numbers."""
    for definition in schema.schema["$defs"].values():
        for name, field in definition["properties"].items():
            assert field.get("description"), (definition["title"], name)


def test_an_unknown_section_names_what_there_is(full: ReportsStore) -> None:
    """And the one that was probably meant."""
    with pytest.raises(reports.UnknownSectionError, match=r"did you mean skills\?.*edits"):
        reports.build(full.connection, "skill")


def test_a_program_pays_for_neither_pydantic_nor_rich(tmp_path: Path) -> None:
    """Making JSON imports only what it needs: the two cost more than the report."""
    code = (
        "import sys, tachikoma_telemetry.reports, tachikoma_telemetry.reports.forms.as_json, "
        "tachikoma_telemetry.reports.forms.as_csv, tachikoma_telemetry.reports.forms.as_markdown\n"
        "print(sorted({'pydantic', 'rich', 'typer'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
