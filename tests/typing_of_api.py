"""What a type checker says of the public API; mypy reads this file, and nothing runs it.

A change that makes a type wider, or `Any`, fails here before it fails at a user's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_type

from tachikoma_telemetry import (
    Attempt,
    Attempts,
    Chunk,
    EditChain,
    RlmRun,
    Run,
    SkillRun,
    reports,
    telemetry,
    testing,
)
from tachikoma_telemetry.legacy import TelemetryLogger, get_telemetry


def of_functions() -> None:
    """An event's id is a text; what does not become an event at once is an object."""
    assert_type(telemetry.enabled(), bool)
    assert_type(telemetry.current(), Run | None)
    assert_type(telemetry.iteration("verify", 1, max=3, passed=True, note="free"), str)
    assert_type(telemetry.retry("timeout", attempt=1), str)
    assert_type(telemetry.edit("hashline", True), str)
    assert_type(telemetry.intent("debug", 0.8, alternatives={"plan": 0.1}), str)
    assert_type(telemetry.label("id", correct=True), str)
    assert_type(telemetry.record("retry", {"attempt": 1}, time=0), str)
    assert_type(telemetry.rlm_chunk(0, 10), Chunk)
    assert_type(telemetry.rlm(10), RlmRun)
    assert_type(telemetry.attempts(3), Attempts)
    assert_type(telemetry.edit_chain(), EditChain)


def of_runs() -> None:
    """A run is a context, and has the functions as methods."""
    assert_type(telemetry.skill_run("code-agent"), SkillRun)
    with telemetry.skill_run("code-agent", exit_code=True) as run:
        assert_type(run, Run)
        assert_type(run.id, str)
        assert_type(run.iteration("verify", passed=False), str)
    for attempt in telemetry.attempts(3, retry_on=OSError):
        assert_type(attempt, Attempt)
        with attempt:
            pass
    with telemetry.rlm_chunk(0) as chunk:
        assert_type(chunk, Chunk)


async def of_decorated() -> None:
    """A decorated function keeps its signature."""

    @telemetry.skill_run
    def bare(path: Path, *, deep: bool = False) -> int:
        return int(deep)

    @telemetry.skill_run("code-agent")
    def named(path: Path) -> str:
        return str(path)

    @telemetry.skill_run("code-agent")
    async def awaited(path: Path) -> str:
        return str(path)

    assert_type(bare(Path(), deep=True), int)
    assert_type(named(Path()), str)
    assert_type(await awaited(Path()), str)
    functions: list[Callable[[Path], object]] = [bare, named, awaited]
    assert functions


def of_tests() -> None:
    """What a test captures is events."""
    with testing.capture(strict=False) as events:
        assert_type(events, testing.Captured)
        assert_type(events.one("retry"), dict[str, Any])
        assert_type(events.of("retry"), list[dict[str, Any]])


def of_reports(connection: sqlite3.Connection) -> None:
    """A report is rows by their key."""
    report = reports.build(connection, "edits", reports.Filters(model="glm-4.7"))
    assert_type(report, reports.Report)
    assert_type(report.parts, dict[str, list[Any]])
    assert_type(report.filters, reports.Filters)
    assert_type(report.empty, bool)
    assert_type(reports.best_format("glm-4.7", store="unified.db"), str | None)
    assert_type(reports.get_session_skills("ses_1"), list[reports.Skill])
    assert_type(reports.read_thresholds(Path()), reports.Thresholds)


def of_the_predecessor() -> None:
    """Its logger has the types that it had."""
    assert_type(get_telemetry(), TelemetryLogger)
    assert_type(get_telemetry().get_edit_success_rate("glm-4.7"), dict[str, float])
    assert_type(get_telemetry().get_best_format_for_model("glm-4.7"), str | None)
