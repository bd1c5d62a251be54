"""The predecessor's API, as a drop-in: the same calls, writing real events.

    from tachikoma_telemetry.legacy import get_telemetry

    telemetry = get_telemetry()
    telemetry.log_edit_attempt("glm-4.7", "hashline", True)

What it answers is counted from the journal. Where the predecessor wrote 0 for "not known" (tokens,
durations, accuracy), nothing is recorded; where nothing is known, averages are None.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import delivery, ids
from .clock import now_ms
from .legacy_history import History, read_history
from .plain_file import read_plain
from .recording import record
from .settings import enabled

DEFAULT_CONFIG = ".opencode/telemetry/metrics-config.yaml"
_CONFIG_BYTES_MAX = 1 << 20
_RETENTION_DAYS = 30
# More tries of one edit than anybody makes; the parameter is whatever the caller says.
_ATTEMPTS_MAX = 100
_DAY_MS = 86_400_000

Event = dict[str, Any]


class TelemetryLogger:
    """The predecessor's logger.

    Args:
        config_path: its YAML file; of it, ``enabled`` and ``retention_days`` are heeded. The
            journal is always that of the project, never one of a subfolder.

    """

    def __init__(self, config_path: str = DEFAULT_CONFIG) -> None:
        self._enabled, self._retention_days = _read_config(config_path)

    def is_enabled(self) -> bool:
        """Whether anything is recorded."""
        return self._enabled and enabled()

    def log_skill_invocation(
        self,
        skill_name: str,
        tokens: int,
        duration_ms: int,
        success: bool,
        iterations: int = 1,
        additional_data: Mapping[str, Any] | None = None,
    ) -> None:
        """A skill ran: recorded as a run that began `duration_ms` ago."""
        if not self.is_enabled():
            return
        envelope = {"skill": skill_name, "run_id": ids.run_id()}
        known = isinstance(duration_ms, int | float) and 0 <= duration_ms < now_ms()
        began = now_ms() - int(duration_ms) if known else None
        record("skill_run_started", {"trigger": "legacy"}, envelope=envelope, time=began)
        fields = {
            "outcome": "succeeded" if success else "failed",
            "duration_ms": duration_ms,
            "iterations": iterations,
        }
        extra = additional_data if isinstance(additional_data, Mapping) else {}
        attributes = {**{str(name): value for name, value in extra.items()}, "tokens": tokens}
        record("skill_run_finished", fields, envelope=envelope, attributes=attributes)

    def log_edit_attempt(
        self,
        model: str,
        format_type: str,
        success: bool,
        attempts: int = 1,
        tokens_used: int = 0,
        duration_ms: int = 0,
    ) -> None:
        """An edit, after `attempts` attempts: all but the last one failed."""
        if not self.is_enabled():
            return
        edit = ids.edit_id()
        many = isinstance(attempts, int) and attempts > 1
        last = min(attempts, _ATTEMPTS_MAX) if many else 1
        for attempt in range(1, last + 1):
            final = attempt == last
            fields = {
                "format": format_type,
                "success": bool(success) if final else False,
                "edit_id": edit,
                "attempt": attempt,
                "final": True if final else None,
                "tokens": (tokens_used or None) if final else None,
                "duration_ms": (duration_ms or None) if final else None,
            }
            record("edit_format", fields, envelope={"model": model})

    def log_rlm_performance(
        self,
        chunk_count: int,
        processing_time_ms: int,
        parallel: bool,
        chunk_size: int,
        tokens_processed: int = 0,
        accuracy: float = 0.0,
    ) -> None:
        """A recursive run, told as a whole: one event, with the number of chunks as `total`."""
        if not self.is_enabled():
            return
        fields = {
            "total": chunk_count,
            "size": chunk_size,
            "unit": "chars",
            "mode": "parallel" if parallel else "sequential",
            "success": True,
            "duration_ms": processing_time_ms,
            "tokens": tokens_processed or None,
            "accuracy": accuracy or None,
        }
        record("rlm_chunk", fields, attributes={"whole_run": True})

    def log_intent_classification(
        self, intent: str, confidence: float, correct: bool | None = None, escalated: bool = False
    ) -> None:
        """A request was classified."""
        if not self.is_enabled():
            return
        fields = {
            "intent": intent,
            "confidence": confidence,
            "correct": correct,
            "escalated": escalated,
        }
        record("intent", fields)

    def get_skill_stats(self, skill_name: str) -> dict[str, Any]:
        """Of a skill's finished runs: rates, averages, percentiles; empty when there are none."""
        runs = [run for run in _finished(_events()) if run.get("skill") == skill_name]
        if not runs:
            return {}
        durations = sorted(run["duration_ms"] for run in runs if "duration_ms" in run)
        return {
            "invocations": len(runs),
            "avg_tokens": _mean(_tokens(run) for run in runs),
            "avg_duration_ms": _mean(durations),
            "success_rate": _mean(run["outcome"] == "succeeded" for run in runs),
            "avg_iterations": _mean(run.get("iterations") for run in runs),
            "last_used": _iso(max(run["time"] for run in runs)),
            "p50_duration_ms": _percentile(durations, 50),
            "p90_duration_ms": _percentile(durations, 90),
            "p95_duration_ms": _percentile(durations, 95),
        }

    def get_edit_success_rate(self, model: str) -> dict[str, float]:
        """By format, the share of edits (not of attempts) whose last attempt succeeded."""
        rates: dict[str, list[bool]] = {}
        for edit in _edits(_events()):
            if edit.get("model") == model and "format" in edit and "success" in edit:
                rates.setdefault(edit["format"], []).append(edit["success"])
        return {name: sum(all_) / len(all_) for name, all_ in rates.items()}

    def get_best_format_for_model(self, model: str) -> str | None:
        """The format with the highest success rate; None without data."""
        rates = self.get_edit_success_rate(model)
        return max(rates, key=rates.__getitem__) if rates else None

    def get_rlm_stats(self) -> dict[str, Any]:
        """Of all chunks: counts, averages over what is known, sums."""
        chunks = [event for event in _events() if event["type"] == "rlm_chunk"]
        runs = {_run_of(event): event.get("mode") for event in chunks}
        modes = list(runs.values())
        sequential = modes.count("sequential")
        return {
            "total_chunks": sum(_chunks(event) for event in chunks),
            "parallel_runs": modes.count("parallel"),
            "sequential_runs": sequential,
            "parallel_vs_sequential_ratio": modes.count("parallel") / max(sequential, 1),
            "avg_chunk_size": _mean(event.get("size") for event in chunks),
            "avg_processing_time_ms": _mean(event.get("duration_ms") for event in chunks),
            "avg_accuracy": _mean(event.get("accuracy") for event in chunks),
            "total_tokens": sum(event.get("tokens", 0) for event in chunks),
        }

    def get_intent_stats(self, intent: str) -> dict[str, Any]:
        """Of one intent; accuracy is over those of which it is known."""
        found = [
            event
            for event in _events()
            if event["type"] == "intent" and event.get("intent") == intent
        ]
        return {
            "count": len(found),
            "avg_confidence": _mean(event.get("confidence") for event in found),
            "classification_accuracy": _mean(event.get("correct") for event in found),
            "escalation_rate": _mean(event.get("escalated") for event in found),
        }

    def get_summary(self) -> dict[str, Any]:
        """Totals over everything in the journal."""
        events = _events()
        runs = _finished(events)
        times = [event["time"] for event in events]
        edits = [event for event in events if event["type"] == "edit_format"]
        return {
            "created_at": _iso(min(times)) if times else None,
            "last_updated": _iso(max(times)) if times else None,
            "total_skills": len({run.get("skill") for run in runs}),
            "total_models": len({edit.get("model") for edit in edits}),
            "total_intents": len(
                {event.get("intent") for event in events if event["type"] == "intent"}
            ),
            "total_invocations": len(runs),
            "total_edits": len(edits),
            "overall_success_rate": _mean(run["outcome"] == "succeeded" for run in runs),
            "rlm_stats": self.get_rlm_stats(),
        }

    def export_metrics(self, filepath: str) -> None:
        """Write all events to a file, as JSON.

        Raises:
            OSError: when it can't be written; an older file stays as it was.

        """
        fresh = f"{filepath}.{ids.run_id()}.new"
        try:
            with open(fresh, "x", encoding="utf-8") as file:
                json.dump({"exported_at": _iso(now_ms()), "events": _events()}, file)
            os.replace(fresh, filepath)
        except BaseException:
            if os.path.exists(fresh):
                os.unlink(fresh)
            raise

    def clear_old_metrics(self, days: int | None = None) -> None:
        """Delete events older than `days` (default: the configured retention), merged or not.

        Raises:
            OSError: when the journal can't be written; it is as it was.

        """
        from .journal.prune import prune

        before = now_ms() - int(self._retention_days if days is None else days) * _DAY_MS
        prune(_journal(), lambda event: bool(event["time"] < before), lambda found: found)


_instance: TelemetryLogger | None = None


def get_telemetry(config_path: str = DEFAULT_CONFIG) -> TelemetryLogger:
    """The one logger of this process; `config_path` counts the first time."""
    global _instance
    if _instance is None:
        _instance = TelemetryLogger(config_path)
    return _instance


def _read_config(path: str) -> tuple[bool, int]:
    """``enabled`` and ``retention_days`` of the predecessor's YAML file, if it is there."""
    try:
        text = read_plain(path, _CONFIG_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return True, _RETENTION_DAYS
    off = re.search(r"(?im)^\s{0,2}enabled\s*:\s*(false|no|off)\b", text)
    days = re.search(r"(?m)^\s{0,2}retention_days\s*:\s*([0-9]{1,6})\b", text)
    return off is None, int(days[1]) if days else _RETENTION_DAYS


def _journal() -> Path:
    return Path(delivery.target().path)


def _events() -> list[Event]:
    """Every event of the project's journal once, by time."""
    from .journal.read import JournalReader, journal_files

    found = {
        line.event["id"]: line.event
        for file in journal_files(_journal())
        for line in JournalReader(file)
    }
    return sorted(found.values(), key=lambda event: (event["time"], event["id"]))


def _finished(events: Iterable[Event]) -> list[Event]:
    """The last end of each run."""
    ends = {_run_of(event): event for event in events if event["type"] == "skill_run_finished"}
    return [event for event in ends.values() if isinstance(event.get("outcome"), str)]


def _edits(events: Iterable[Event]) -> list[Event]:
    """The last attempt of each edit."""
    attempts = (event for event in events if event["type"] == "edit_format")
    return list({event.get("edit_id") or event["id"]: event for event in attempts}.values())


def _run_of(event: Event) -> str:
    return str(event.get("run_id") or event["id"])


def _chunks(event: Event) -> int:
    whole = event.get("attributes", {}).get("whole_run") is True
    return int(event.get("total", 1)) if whole else 1


def _tokens(run: Event) -> float | None:
    told: list[float] = [run[name] for name in ("tokens_input", "tokens_output") if name in run]
    told += [run["attributes"]["tokens"]] if "tokens" in run.get("attributes", {}) else []
    return float(sum(told)) if told else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _percentile(ordered: list[float], percent: int) -> float | None:
    """Nearest rank."""
    return ordered[math.ceil(percent * len(ordered) / 100) - 1] if ordered else None


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()


__all__ = ["History", "TelemetryLogger", "get_telemetry", "read_history"]
