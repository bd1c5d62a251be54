"""What reports say of runs that no code recorded."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from tachikoma_telemetry import reports, telemetry
from tachikoma_telemetry.project import store_path
from tachikoma_telemetry.store.store import read_store

from ..merging import merge_project
from ..opencode_rows import START, Rows

ROUTER = "python .opencode/skills/cli-router.py full Q"


def _skills(project: Path, **filters: Any) -> dict[str, Any]:
    with closing(read_store(store_path(project))) as store:
        report = reports.build(store, "skills", reports.Filters(**filters), now_ms=START + 10**6)
    return {row.skill: row for row in report.parts["skills"]}


def test_a_skill_without_a_line_of_code_has_a_rate(project: Path, tmp_path: Path) -> None:
    database = Rows(tmp_path / "opencode.db", project)
    session = database.session("ses_a")
    for at, code, behind in ((100, 0, ""), (2000, 1, ""), (4000, 0, ""), (6000, 0, " | head")):
        database.call(
            session,
            "bash",
            f"c{at}",
            at=START + at,
            given={"command": ROUTER + behind},
            metadata={"exit": code},
            ms=at,
        )
    database.call(session, "bash", "c8", at=START + 8000, given={"command": ROUTER})
    envelope = {"run_id": "r", "skill": "cli-router", "session_id": session, "call_id": "c8"}
    telemetry.record(
        "skill_run_finished", {"outcome": "escalated"}, envelope=envelope, time=START + 8050
    )
    merge_project(project, database.close())

    row = _skills(project)["cli-router"]
    assert (row.runs, row.runs_from_calls, row.unfinished) == (5, 4, 1)
    assert (row.succeeded, row.failed, row.escalations) == (2, 1, 1)
    assert row.success_rate == 0.5
    assert (row.step_tokens_input, row.step_tokens_output) == (400, 40)
    assert row.tokens_input is row.cost is None

    seen = _skills(project, source="call")["cli-router"]
    assert (seen.runs, seen.success_rate, seen.instrumented) == (4, 2 / 3, True)
    told = _skills(project, source="event")["cli-router"]
    assert (told.runs, told.runs_from_calls, told.success_rate) == (1, 0, 0)
