"""The predecessor's API: the same calls, none of its defects, and what comes of them."""

from __future__ import annotations

import inspect
import json
import math
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.legacy import TelemetryLogger, get_telemetry
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports import build
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.store.store import read_store

from ..journal_at import Event, document, done, python
from ..merging import merge_project


def report(project: Path, section: str) -> Any:
    """A section of the report, as its JSON has it."""
    with closing(read_store(store_path(project))) as store:
        return json.loads(to_json(build(store, section)))


SIGNATURES = {
    "log_skill_invocation": "skill_name tokens duration_ms success iterations additional_data",
    "log_edit_attempt": "model format_type success attempts tokens_used duration_ms",
    "log_rlm_performance": "chunk_count processing_time_ms parallel chunk_size tokens_processed "
    "accuracy",
    "log_intent_classification": "intent confidence correct escalated",
    "get_skill_stats": "skill_name",
    "get_edit_success_rate": "model",
    "get_best_format_for_model": "model",
    "get_rlm_stats": "",
    "get_intent_stats": "intent",
    "get_summary": "",
    "export_metrics": "filepath",
    "clear_old_metrics": "days",
    "is_enabled": "",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_method_has_its_parameters(name: str) -> None:
    """Every method is there, with the same parameters in the same order."""
    parameters = list(inspect.signature(getattr(TelemetryLogger, name)).parameters)
    assert ["self", *SIGNATURES[name].split()] == parameters


def test_get_telemetry_returns_one_logger(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`get_telemetry` returns the same logger each time."""
    monkeypatch.setattr("tachikoma_telemetry.legacy.logger._instance", None)
    assert get_telemetry() is get_telemetry("elsewhere.yaml")


def test_its_calls_write_events(telemetry: TelemetryLogger, journal: Path) -> None:
    """Its calls write events, with unknown values absent instead of 0."""
    telemetry.log_skill_invocation("code-agent", 5000, 2500, True, 2, {"lang": "py"})
    telemetry.log_edit_attempt("glm-4.7", "patch", True)
    telemetry.log_intent_classification("debug", 0.8)
    started, first, second, ended, edit, intent = document(journal)
    assert 2500 <= ended["time"] - started["time"] <= 60_000
    assert ("succeeded", 2500, 2) == tuple(
        ended[name] for name in ("outcome", "duration_ms", "iterations")
    )
    assert [1, 2] == [first["index"], second["index"]]
    assert not {"passed", "verdict", "stage"} & first.keys()
    assert {"tokens": 5000, "lang": "py"} == ended["attributes"]
    assert ("apply_patch", True, "glm-4.7") == (edit["format"], edit["success"], edit["model"])
    assert not {"tokens", "duration_ms"} & edit.keys()
    assert "correct" not in intent


def test_a_recursive_run_is_its_chunks(telemetry: TelemetryLogger, journal: Path) -> None:
    """Ten chunks are ten, and the time of all is not that of one; nothing unknown is made up."""
    telemetry.log_rlm_performance(10, 4000, True, 50_000, tokens_processed=1003, accuracy=0.9)

    chunks = document(journal)

    assert [*range(10)] == [chunk["index"] for chunk in chunks]
    assert {(10, 50_000, "parallel")} == {
        (chunk["total"], chunk["size"], chunk["mode"]) for chunk in chunks
    }
    assert 1 == len({chunk["run_id"] for chunk in chunks})
    assert (1003, [0.9]) == (
        sum(chunk["tokens"] for chunk in chunks),
        [chunk["accuracy"] for chunk in chunks if "accuracy" in chunk],
    )
    assert not [chunk for chunk in chunks if {"duration_ms", "success"} & chunk.keys()]
    assert (10, 1, 4000, 1003, 0.9) == tuple(
        telemetry.get_rlm_stats()[name]
        for name in (
            "total_chunks",
            "parallel_runs",
            "avg_processing_time_ms",
            "total_tokens",
            "avg_accuracy",
        )
    )


def test_the_report_of_a_recursive_run(telemetry: TelemetryLogger, project: Path) -> None:
    """The section `rlm` has one run of ten chunks, and no time of a chunk or of a wave."""
    telemetry.log_rlm_performance(10, 4000, True, 50_000, tokens_processed=1000)
    telemetry.log_rlm_performance(1, 300, False, 50_000)
    merge_project(project)

    parallel, sequential = report(project, "rlm")["rlm"]

    assert {
        "runs": 1,
        "chunks": 10,
        "tokens": 1000,
        "tokens_per_chunk": 100.0,
        "duration_p50_ms": None,
        "wall_ms": None,
        "speedup": None,
        "success_rate": None,
    }.items() <= parallel.items()
    # The time of a run with one chunk is that chunk's.
    assert (1, 300) == (sequential["chunks"], sequential["duration_p50_ms"])


def test_the_iterations_of_an_invocation_are_in_the_reports(
    telemetry: TelemetryLogger, project: Path
) -> None:
    """The iterations of an invocation are in the reports."""
    telemetry.log_skill_invocation("verifier", 5000, 2500, True, 3)
    merge_project(project)

    (skill,) = report(project, "skills")["skills"]
    (loop,) = report(project, "iterations")["iterations"]

    assert (1, 3, 2500) == (skill["runs"], skill["iterations"], skill["run_p50_ms"])
    assert (3, 3.0, None) == (loop["iterations"], loop["iterations_per_run"], loop["pass_rate"])


def test_what_an_edit_took_is_no_attempts(telemetry: TelemetryLogger, journal: Path) -> None:
    """Time and tokens of an edit in several attempts are of none of them."""
    telemetry.log_edit_attempt("m", "hashline", True, 3, tokens_used=900, duration_ms=3000)
    telemetry.log_edit_attempt("m", "hashline", True, 1, tokens_used=400, duration_ms=1000)

    *several, alone = document(journal)

    assert not [each for each in several if {"tokens", "duration_ms"} & each.keys()]
    assert {"edit_tokens": 900, "edit_duration_ms": 3000} == several[-1]["attributes"]
    assert (400, 1000) == (alone["tokens"], alone["duration_ms"])


def test_a_list_in_additional_data_is_kept_as_json(
    telemetry: TelemetryLogger, journal: Path
) -> None:
    """A list or a mapping is kept as its JSON text; nothing is said to the agent."""
    data = {"files": ["a.py", "b.py"], "counts": {"new": 2}, "one": ("x",), "set": {2, 1}}
    telemetry.log_skill_invocation("x", 1, 1, True, additional_data=data)  # strict: would raise
    assert {
        "files": '["a.py","b.py"]',
        "counts": '{"new":2}',
        "one": '["x"]',
        "set": "[1,2]",
        "tokens": 1,
    } == document(journal)[-1]["attributes"]


_LOG = """
from tachikoma_telemetry.legacy import get_telemetry
for _ in range(200):
    get_telemetry().log_intent_classification("debug", 0.5)
"""


@pytest.mark.slow
def test_eight_processes_lose_nothing(project: Path, telemetry: TelemetryLogger) -> None:
    """Defect: of 1,600 events of eight processes, 200 survived."""
    for writer in [python(_LOG, cwd=project) for _ in range(8)]:
        done(writer)
    assert 1600 == telemetry.get_intent_stats("debug")["count"]


def test_a_corrupt_file_is_kept(telemetry: TelemetryLogger, journal: Path) -> None:
    """Defect: a corrupt file silently started over."""
    telemetry.log_intent_classification("debug", 0.5)
    journal.write_bytes(journal.read_bytes()[:-20])
    telemetry.log_intent_classification("debug", 0.5)
    assert 1 == len(list(journal.parent.glob("metrics-quarantine-*")))
    assert 1 == telemetry.get_intent_stats("debug")["count"]


def test_a_subfolder_has_no_store_of_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, journal: Path
) -> None:
    """Defect: a relative path made a second store in a subfolder."""
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    TelemetryLogger().log_intent_classification("debug", 0.5)
    assert 1 == len(document(journal))
    assert [] == list((project / "sub").iterdir())


def test_what_can_not_be_is_dropped(
    telemetry: TelemetryLogger, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: NaN and negative durations were taken."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    telemetry.log_skill_invocation("x", -5, math.nan, True)  # type: ignore[arg-type]
    telemetry.log_skill_invocation("x", 5, -100, True)
    telemetry.log_intent_classification("debug", math.inf)
    assert not [each for each in document(journal) if {"duration_ms", "confidence"} & each.keys()]
    assert 2 == telemetry.get_skill_stats("x")["invocations"]
    assert telemetry.get_skill_stats("x")["avg_duration_ms"] is None


def test_a_value_that_is_no_json(
    telemetry: TelemetryLogger, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defect: a value that is not JSON left the file broken."""
    monkeypatch.setenv("TACHIKOMA_TELEMETRY_STRICT", "0")
    telemetry.log_skill_invocation("x", 1, 1, True, additional_data={"a": object(), "b": 2})
    ended: Event = document(journal)[-1]
    assert {"tokens": 1, "b": 2} == ended["attributes"]
