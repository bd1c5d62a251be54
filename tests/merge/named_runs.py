"""Events of runs whose id was chosen by hand, and the runs that a merge makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tachikoma_telemetry import telemetry

from ..merging import rows
from ..opencode_rows import START

MINUTE = 60_000
HOUR = 60 * MINUTE


def record(kind: str, at: int, session: str | None, run: str = "fix-1", **fields: Any) -> str:
    """Record an event `at` ms after the start, of a run in a session."""
    envelope = {"run_id": run, "session_id": session, "skill": "fixer"}
    return telemetry.record(kind, fields, envelope=envelope, time=START + at)


def begin(at: int, session: str | None = "ses_a", run: str = "fix-1") -> str:
    return record("skill_run_started", at, session, run)


def step(at: int, session: str | None = "ses_a", run: str = "fix-1") -> str:
    return record("iteration", at, session, run, stage="verify", index=1)


def end(
    at: int,
    session: str | None = "ses_a",
    run: str = "fix-1",
    took: float | None = None,
    outcome: str = "succeeded",
) -> str:
    return record("skill_run_finished", at, session, run, outcome=outcome, duration_ms=took)


def runs_of(project: Path) -> list[tuple[Any, ...]]:
    """Each run: its start and end after the start, its outcome and iterations."""
    return [
        (begun - START, ended and ended - START, outcome, iterations)
        for begun, ended, outcome, iterations in rows(
            project,
            "SELECT started, ended, outcome, iterations FROM skill_metrics WHERE kind = 'run' "
            "ORDER BY started, metric_id",
        )
    ]
