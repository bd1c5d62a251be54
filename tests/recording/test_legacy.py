"""The predecessor's API: the same calls, none of its defects."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import legacy, recording
from tachikoma_telemetry.legacy import TelemetryLogger, get_telemetry, read_history
from tachikoma_telemetry.legacy import __main__ as legacy_command
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.reports import build
from tachikoma_telemetry.reports.forms.as_json import to_json
from tachikoma_telemetry.store.store import read_store

from ..journal_at import Event, document, done, event, python
from ..merging import merge_project


def report(project: Path, section: str) -> Any:
    """A section of the report, as its JSON has it."""
    with closing(read_store(store_path(project))) as store:
        return json.loads(to_json(build(store, section)))


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
    monkeypatch.setattr("tachikoma_telemetry.legacy.logger._instance", None)
    assert get_telemetry() is get_telemetry("elsewhere.yaml")


def test_real_events(telemetry: TelemetryLogger, journal: Path) -> None:
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


def test_the_report_of_an_invocation(telemetry: TelemetryLogger, project: Path) -> None:
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


def test_lists_in_additional_data(telemetry: TelemetryLogger, journal: Path) -> None:
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


def test_models_with_and_without_their_provider(telemetry: TelemetryLogger) -> None:
    """Who asks for `glm-4.7` gets what was recorded of `zai/glm-4.7`, and the other way around."""
    telemetry.log_edit_attempt("zai/glm-4.7", "hashline", True)
    telemetry.log_edit_attempt("glm-4.7", "hashline", False)
    for model in ("glm-4.7", "zai/glm-4.7", "other/glm-4.7"):
        assert {"hashline": 0.5} == telemetry.get_edit_success_rate(model)
    assert 1 == telemetry.get_summary()["total_models"]


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
    assert 8 == len(json.loads((tmp_path / "out.json").read_text())["events"])


def test_its_configuration(project: Path, journal: Path) -> None:
    """Of its configuration file, `enabled` and `retention_days` are heeded."""
    config = project / "config.yaml"
    config.write_text("telemetry:\n  enabled: false\n  retention_days: 7\n")
    telemetry = TelemetryLogger(str(config))
    telemetry.log_intent_classification("debug", 0.5)
    assert not telemetry.is_enabled()
    assert not journal.exists()


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


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("enabled: false", False),
        ("enabled: off  # for now", False),
        ("telemetry:\n  enabled: no", False),
        ("enabled: true\nalerts:\n  enabled: false", True),
        ("enabled: true", True),
    ],
)
def test_the_configuration_holds_in_subfolders(
    project: Path, journal: Path, monkeypatch: pytest.MonkeyPatch, text: str, records: bool
) -> None:
    """`enabled: false` of the project is heeded wherever in it the process works."""
    config = project / legacy.DEFAULT_CONFIG
    config.parent.mkdir()
    config.write_text(text)
    (project / "sub").mkdir()
    for folder in (project, project / "sub"):
        monkeypatch.chdir(folder)
        telemetry = TelemetryLogger()
        assert records == telemetry.is_enabled()
        telemetry.log_intent_classification("debug", 0.5)
        telemetry.log_rlm_performance(2, 10, True, 5)
    assert records == journal.exists()


def test_its_commands(
    telemetry: TelemetryLogger, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands of its script print what the getters answer."""
    telemetry.log_skill_invocation("x", 1, 100, True)
    telemetry.log_edit_attempt("zai/m", "hashline", True)

    def said(*arguments: str) -> object:
        legacy_command.main(arguments)
        return json.loads(capsys.readouterr().out)

    assert telemetry.get_summary() == said("stats", "--summary")
    assert telemetry.get_skill_stats("x") == said("stats", "--skill", "x")
    assert {"hashline": 1.0} == said("stats", "--model", "m")
    assert telemetry.get_intent_stats("debug") == said("stats", "--intent", "debug")
    assert telemetry.get_rlm_stats() == said("stats", "--rlm")
    for arguments in (["stats"], [], ["stats", "--rlm", "--summary"]):
        with pytest.raises(SystemExit, match="2"):
            legacy_command.main(arguments)
    with pytest.raises(SystemExit, match="1"):
        legacy_command.main(["export", str(project / "nowhere" / "out.json")])
    legacy_command.main(["export", str(project / "out.json")])
    legacy_command.main(["clear", "--days", "0"])
    assert (project / "out.json").exists()


def test_its_script(telemetry: TelemetryLogger, project: Path) -> None:
    """`python -m tachikoma_telemetry.legacy stats --summary` prints the summary."""
    telemetry.log_skill_invocation("x", 1, 100, True)
    done = subprocess.run(
        [sys.executable, "-m", "tachikoma_telemetry.legacy", "stats", "--summary"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("", 1) == (done.stderr, json.loads(done.stdout)["total_invocations"])


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
