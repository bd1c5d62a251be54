"""The predecessor's API: the same calls, none of its defects."""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path

import pytest

from tachikoma_telemetry import legacy, recording
from tachikoma_telemetry.legacy import TelemetryLogger, get_telemetry, read_history

from .journal_at import Event, document, done, event, python


@pytest.fixture
def telemetry(project: Path) -> TelemetryLogger:
    """A logger in a project of its own."""
    return TelemetryLogger()


@pytest.fixture
def journal(project: Path) -> Path:
    """The project's journal."""
    return project / ".opencode" / "telemetry" / "metrics.json"


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
def test_the_api(name: str) -> None:
    """Every method is there, with the same parameters in the same order."""
    parameters = list(inspect.signature(getattr(TelemetryLogger, name)).parameters)
    assert ["self", *SIGNATURES[name].split()] == parameters


def test_one_logger(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`get_telemetry` returns the same logger each time."""
    monkeypatch.setattr(legacy, "_instance", None)
    assert get_telemetry() is get_telemetry("elsewhere.yaml")


def test_real_events(telemetry: TelemetryLogger, journal: Path) -> None:
    """Its calls write events, with unknown values absent instead of 0."""
    telemetry.log_skill_invocation("code-agent", 5000, 2500, True, 2, {"lang": "py"})
    telemetry.log_edit_attempt("glm-4.7", "patch", True)
    telemetry.log_rlm_performance(10, 4000, True, 50_000)
    telemetry.log_intent_classification("debug", 0.8)
    started, ended, edit, chunk, intent = document(journal)
    assert 2500 <= ended["time"] - started["time"] <= 60_000
    assert ("succeeded", 2500, 2) == tuple(
        ended[name] for name in ("outcome", "duration_ms", "iterations")
    )
    assert {"tokens": 5000, "lang": "py"} == ended["attributes"]
    assert ("apply_patch", True, "glm-4.7") == (edit["format"], edit["success"], edit["model"])
    assert not {"tokens", "duration_ms"} & edit.keys()
    assert (10, "parallel", 4000) == (chunk["total"], chunk["mode"], chunk["duration_ms"])
    assert not {"tokens", "accuracy"} & chunk.keys()
    assert "correct" not in intent


_LOG = """
from tachikoma_telemetry.legacy import get_telemetry
for _ in range(200):
    get_telemetry().log_intent_classification("debug", 0.5)
"""


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


def test_an_empty_section_is_no_error(telemetry: TelemetryLogger, journal: Path) -> None:
    """Defect: a file with an empty `rlm` raised KeyError."""
    journal.parent.mkdir()
    journal.write_text('{"skills": {}, "edits": {}, "rlm": {}, "intents": {}}')
    telemetry.log_rlm_performance(3, 100, False, 10)
    assert 3 == telemetry.get_rlm_stats()["total_chunks"]
    assert journal.with_name("metrics.legacy.json").exists()


def test_success_on_the_second_try(telemetry: TelemetryLogger) -> None:
    """Defect: a format that always works on the second try showed 50 %."""
    for _ in range(4):
        telemetry.log_edit_attempt("m", "hashline", True, attempts=2)
    telemetry.log_edit_attempt("m", "udiff", False, attempts=3)
    assert {"hashline": 1.0, "udiff": 0.0} == telemetry.get_edit_success_rate("m")
    assert "hashline" == telemetry.get_best_format_for_model("m")
    assert telemetry.get_best_format_for_model("other") is None


def test_not_judged_is_not_wrong(telemetry: TelemetryLogger) -> None:
    """Defect: `correct=None` counted as wrong."""
    telemetry.log_intent_classification("debug", 0.8, correct=True)
    telemetry.log_intent_classification("debug", 0.6, escalated=True)
    stats = telemetry.get_intent_stats("debug")
    assert (1.0, 0.5) == (stats["classification_accuracy"], stats["escalation_rate"])
    assert 0.7 == pytest.approx(stats["avg_confidence"])
    assert telemetry.get_intent_stats("none")["classification_accuracy"] is None


def test_an_unset_accuracy_is_not_averaged(telemetry: TelemetryLogger) -> None:
    """Defect: the unset accuracy of 0.0 was averaged in."""
    telemetry.log_rlm_performance(2, 100, True, 50, accuracy=0.9)
    telemetry.log_rlm_performance(4, 300, False, 150)
    stats = telemetry.get_rlm_stats()
    assert (0.9, 6, 1, 1) == tuple(
        stats[name] for name in ("avg_accuracy", "total_chunks", "parallel_runs", "sequential_runs")
    )
    assert (100, 200) == (stats["avg_chunk_size"], stats["avg_processing_time_ms"])


def test_clearing_clears_the_totals(telemetry: TelemetryLogger) -> None:
    """Defect: clearing kept the totals."""
    recording.record("intent", {"intent": "debug"}, time=1_000_000_000_000)
    telemetry.log_intent_classification("debug", 0.5)
    assert 2 == telemetry.get_intent_stats("debug")["count"]
    telemetry.clear_old_metrics(30)
    assert 1 == telemetry.get_intent_stats("debug")["count"]
    telemetry.clear_old_metrics()
    assert 1 == telemetry.get_summary()["total_intents"]


def test_the_median_of_1_to_100(telemetry: TelemetryLogger) -> None:
    """Defect: the median of 1…100 was 51."""
    for duration in range(1, 101):
        telemetry.log_skill_invocation("x", 1, duration, duration > 25)
    stats = telemetry.get_skill_stats("x")
    assert (50, 90, 95) == tuple(stats[f"p{percent}_duration_ms"] for percent in (50, 90, 95))
    assert (100, 0.75, 50.5, 1) == tuple(
        stats[name] for name in ("invocations", "success_rate", "avg_duration_ms", "avg_tokens")
    )
    assert {} == telemetry.get_skill_stats("y")


def test_a_subfolder(project: Path, monkeypatch: pytest.MonkeyPatch, journal: Path) -> None:
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


def test_summary_and_export(telemetry: TelemetryLogger, tmp_path: Path) -> None:
    """The summary counts what is in the journal; the export holds it."""
    telemetry.log_skill_invocation("x", 1, 1, True)
    telemetry.log_skill_invocation("y", 1, 1, False)
    telemetry.log_edit_attempt("m", "whole", True, attempts=2)
    summary = telemetry.get_summary()
    assert (2, 1, 0, 2, 2, 0.5) == tuple(
        summary[name]
        for name in (
            "total_skills",
            "total_models",
            "total_intents",
            "total_invocations",
            "total_edits",
            "overall_success_rate",
        )
    )
    telemetry.export_metrics(str(tmp_path / "out.json"))
    assert 6 == len(json.loads((tmp_path / "out.json").read_text())["events"])


def test_its_configuration(project: Path, journal: Path) -> None:
    """Of its configuration file, `enabled` and `retention_days` are heeded."""
    config = project / "config.yaml"
    config.write_text("telemetry:\n  enabled: false\n  retention_days: 7\n")
    telemetry = TelemetryLogger(str(config))
    telemetry.log_intent_classification("debug", 0.5)
    assert not telemetry.is_enabled()
    assert not journal.exists()


def test_history(tmp_path: Path) -> None:
    """Its file is read as typed rows; what is malformed in it is left out."""
    path = tmp_path / "metrics.legacy.json"
    path.write_text(
        json.dumps(
            {
                "skills": {
                    "x": {"invocations": 3, "success_count": 2, "total_tokens": 9},
                    "y": 4,
                },
                "edits": {
                    "glm": {
                        "format_success": {"hashline": {"attempts": 4, "successes": 2}},
                        "format_usage": {"hashline": 2},
                    }
                },
                "rlm": {},
                "intents": {"debug": {"count": 2, "total_confidence": 1.5, "correct_count": 1}},
                "created_at": "2026-01-05T10:00:00",
            }
        )
    )
    history = read_history(path)
    assert [("x", 3, 2, 9), ("y", 0, 0, None)] == [each[:4] for each in history.skills]
    assert ("glm", "hashline", 2, 4, 2) == history.edits[0][:5]
    assert ("debug", 2, 1, 0, 0.75) == history.intents[0]
    assert (None, "2026-01-05T10:00:00", None) == (
        history.rlm,
        history.created_at,
        history.last_updated,
    )
    path.write_bytes(event(1)[:-3])
    with pytest.raises(ValueError):
        read_history(path)
