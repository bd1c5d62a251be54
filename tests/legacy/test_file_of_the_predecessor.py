"""The file that the predecessor wrote: it goes on to count, and is read as rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tachikoma_telemetry.legacy import TelemetryLogger, read_history

from ..journal_at import event

_OLD = {
    "skills": {
        "x": {
            "invocations": 3,
            "success_count": 2,
            "total_tokens": 900,
            "total_duration_ms": 600,
            "total_iterations": 6,
            "last_used": "2026-01-06T10:00:00",
            "history": [{"duration_ms": 100}, {"duration_ms": 200}, {"duration_ms": 300}],
        }
    },
    "edits": {
        "glm-4.7": {
            "format_success": {"hashline": {"attempts": 6, "successes": 3}},
            "format_usage": {"hashline": 3},
        }
    },
    "rlm": {
        "total_chunks": 4,
        "chunk_sizes": [100, 300],
        "processing_times": [1000, 3000],
        "parallel_runs": 1,
        "sequential_runs": 1,
        "total_tokens": 50,
        "accuracy_scores": [0.0, 0.5],
    },
    "intents": {
        "debug": {"count": 3, "total_confidence": 1.5, "correct_count": 1, "escalation_count": 3}
    },
    "created_at": "2026-01-05T10:00:00",
    "last_updated": "2026-01-06T10:00:00",
}


@pytest.mark.parametrize("set_aside", [False, True])
def test_the_getters_know_the_old_file(
    telemetry: TelemetryLogger, journal: Path, set_aside: bool
) -> None:
    """What the predecessor counted goes on to count, before and after the first new event."""
    journal.parent.mkdir()
    journal.write_text(json.dumps(_OLD))
    stats = telemetry.get_skill_stats("x")
    assert (3, 2 / 3, 300.0, 200.0, 2.0, 200) == tuple(
        stats[name]
        for name in (
            "invocations",
            "success_rate",
            "avg_tokens",
            "avg_duration_ms",
            "avg_iterations",
            "p50_duration_ms",
        )
    )
    if set_aside:
        telemetry.log_skill_invocation("x", 100, 400, True, 6)
        telemetry.log_edit_attempt("zai/glm-4.7", "hashline", False)
        telemetry.log_rlm_performance(2, 5000, True, 200)
        telemetry.log_intent_classification("debug", 0.9, correct=False)
        assert journal.with_name("metrics.legacy.json").exists()
    new = int(set_aside)
    assert (3 + new, (2 + new) / (3 + new)) == tuple(
        telemetry.get_skill_stats("x")[name] for name in ("invocations", "success_rate")
    )
    # By edits, as everywhere: all three succeeded, whatever number of attempts it took.
    assert {"hashline": 3 / (3 + new)} == telemetry.get_edit_success_rate("glm-4.7")
    assert (4 + 2 * new, 1 + new, 200, 0.5, 50) == tuple(
        telemetry.get_rlm_stats()[name]
        for name in (
            "total_chunks",
            "parallel_runs",
            "avg_chunk_size",
            "avg_accuracy",
            "total_tokens",
        )
    )
    # How many of the old ones were judged is not known, so neither is their accuracy.
    intent = telemetry.get_intent_stats("debug")
    assert (3 + new, 0.0 if new else None) == (intent["count"], intent["classification_accuracy"])
    assert (1.5 + 0.9 * new) / (3 + new) == pytest.approx(intent["avg_confidence"])
    summary = telemetry.get_summary()
    assert (1, 1, 1, 3 + new, 6 + new) == tuple(
        summary[name]
        for name in (
            "total_skills",
            "total_models",
            "total_intents",
            "total_invocations",
            "total_edits",
        )
    )
    assert summary["created_at"].startswith("2026-01-0")


def test_clearing_what_the_predecessor_left(
    telemetry: TelemetryLogger, journal: Path, tmp_path: Path
) -> None:
    """A file of which everything is older goes; the export has it while it is there."""
    journal.parent.mkdir()
    journal.write_text(json.dumps(_OLD))
    telemetry.log_intent_classification("debug", 0.5)
    telemetry.export_metrics(str(tmp_path / "out.json"))
    (old,) = json.loads((tmp_path / "out.json").read_text())["predecessor"]
    assert "x" == old["skills"][0]["skill"]
    telemetry.clear_old_metrics(100_000)
    assert 3 == telemetry.get_summary()["total_invocations"]
    telemetry.clear_old_metrics(30)
    assert 0 == telemetry.get_summary()["total_invocations"]
    assert 1 == telemetry.get_summary()["total_intents"]


def test_an_empty_section_is_no_error(telemetry: TelemetryLogger, journal: Path) -> None:
    """Defect: a file with an empty `rlm` raised KeyError."""
    journal.parent.mkdir()
    journal.write_text('{"skills": {}, "edits": {}, "rlm": {}, "intents": {}}')
    telemetry.log_rlm_performance(3, 100, False, 10)
    assert 3 == telemetry.get_rlm_stats()["total_chunks"]
    assert journal.with_name("metrics.legacy.json").exists()


def test_its_file_is_read_as_typed_rows(tmp_path: Path) -> None:
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
