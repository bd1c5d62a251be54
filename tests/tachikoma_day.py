"""A Tachikoma work day (tests/data/tachikoma_sessions.json) as OpenCode rows and journal events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tachikoma_telemetry import telemetry

from .opencode_rows import Rows

DATA = Path(__file__).parent / "data" / "tachikoma_sessions.json"


def work_day() -> dict[str, Any]:
    """The file as it is."""
    day: dict[str, Any] = json.loads(DATA.read_bytes())
    return day


def build_rows(path: Path, directory: Path) -> Path:
    """The database that OpenCode would have written that day."""
    day = work_day()
    rows = Rows(path, directory)
    first: dict[str, int] = {}
    for part in day["parts"]:
        first.setdefault(part["session"], part["start"])
    for session_id, session in day["sessions"].items():
        at = first[session_id] - 1000
        rows.session(session_id, at=at, parent=session["parent"], title=session["title"])
        rows.user(session_id, at=at + 1)
    for part in day["parts"]:
        loads = part["tool"] == "skill" and part["status"] == "completed"
        rows.call(
            part["session"],
            part["tool"],
            part["callID"],
            at=part["start"],
            ms=None if part["end"] is None else part["end"] - part["start"],
            status=part["status"],
            given=part["input"],
            error=part["error"],
            metadata=part["metadata"],
            output=f'<skill_content name="{part["input"]["name"]}">…' if loads else "",
            model=day["sessions"][part["session"]]["model"],
        )
    return rows.close()


def record_events() -> None:
    """Record the day's events through the public API, with the ids and times that they had."""
    run_of: dict[str, dict[str, Any]] = {}
    for part in work_day()["parts"]:
        for event in part["events"]:
            _record(event, part, run_of)
    for run_id, run in run_of.items():
        fields = {"outcome": run["outcome"]}
        telemetry.record("skill_run_finished", fields, envelope=run["envelope"], time=run["end"])
        assert run_id


def _record(event: dict[str, Any], part: dict[str, Any], run_of: dict[str, Any]) -> None:
    kind, run_id = event["kind"], event.get("run_id")
    skill = event.get("skill") or ("rlm" if kind in ("rlm_chunk", "rlm_run") else None)
    envelope = {
        "session_id": event["session_id"],
        "call_id": event["call_id"],
        "model": event["model"],
        "run_id": run_id,
        "skill": skill,
    }
    if run_id is not None and run_id not in run_of:
        run_of[run_id] = {"envelope": envelope, "outcome": "succeeded"}
        telemetry.record("skill_run_started", {}, envelope=envelope, time=part["start"])
    if run_id is not None:
        run_of[run_id]["end"] = part["end"]
        if event.get("final_state") == "ESCALATE":
            run_of[run_id]["outcome"] = "escalated"
    if kind == "rlm_run":
        return
    name, fields, attributes = _MAPPING[kind](event)
    telemetry.record(name, fields, envelope=envelope, attributes=attributes, time=part["end"])


Mapped = tuple[str, dict[str, Any], dict[str, Any]]


def _edit(event: dict[str, Any]) -> Mapped:
    fields = {
        "format": event["format_type"],
        "success": event["success"],
        "edit_id": event["edit_id"],
        "attempt": event["attempt"],
        "final": event["final"],
        "derived": event.get("derived_from_part"),
    }
    return "edit_format", fields, {}


def _iteration(event: dict[str, Any]) -> Mapped:
    fields = {
        "stage": event["phase"],
        "index": event["iteration"],
        "max": event["max_iterations"],
        "passed": event["overall_pass"],
        "failed_criteria": event["failed_criteria"],
    }
    return "iteration", fields, {"confidence": event["confidence"]}


def _retry(event: dict[str, Any]) -> Mapped:
    fields = {
        "attempt": event["attempt"],
        "max": event["max_attempts"],
        "reason": event["reason"],
    }
    return "retry", fields, {}


def _intent(event: dict[str, Any]) -> Mapped:
    fields = {
        "intent": event["intent"],
        "confidence": event["confidence"],
        "actual": event["actual_intent"],
        "correct": event["correct"],
        "escalated": event["escalated"],
    }
    return "intent", fields, {"action": event["action"]}


def _chunk(event: dict[str, Any]) -> Mapped:
    fields = {
        "index": int(event["chunk_id"].removeprefix("chunk_")),
        "size": event["chunk_size"],
        "unit": "chars",
        "mode": "parallel" if event["parallel"] else "sequential",
        "wave": event["wave"],
        "success": event["success"],
        "duration_ms": event["processing_time_ms"],
        "tokens": event["tokens_processed"] or None,
        "content_type": event["content_type"],
    }
    return "rlm_chunk", fields, {"confidence": event["confidence"]}


_MAPPING = {
    "edit": _edit,
    "iteration": _iteration,
    "retry": _retry,
    "intent": _intent,
    "rlm_chunk": _chunk,
}
