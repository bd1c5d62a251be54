"""What the predecessor's getters answer, without its defects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tachikoma_telemetry import recording
from tachikoma_telemetry.legacy import TelemetryLogger


def test_success_on_the_second_try_is_success(telemetry: TelemetryLogger) -> None:
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


def test_models_with_and_without_their_provider(telemetry: TelemetryLogger) -> None:
    """Who asks for `glm-4.7` gets what was recorded of `zai/glm-4.7`, and the other way around."""
    telemetry.log_edit_attempt("zai/glm-4.7", "hashline", True)
    telemetry.log_edit_attempt("glm-4.7", "hashline", False)
    for model in ("glm-4.7", "zai/glm-4.7", "other/glm-4.7"):
        assert {"hashline": 0.5} == telemetry.get_edit_success_rate(model)
    assert 1 == telemetry.get_summary()["total_models"]


def test_the_summary_counts_and_the_export_holds_the_journal(
    telemetry: TelemetryLogger, tmp_path: Path
) -> None:
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
    assert 8 == len(json.loads((tmp_path / "out.json").read_text())["events"])
