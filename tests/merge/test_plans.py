"""No statement that a merge executes more than a few times reads a whole table each time."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.merge import merge

from ..merging import few_at_a_time, merge_project
from ..opencode_rows import START, Rows

SESSIONS = 12
# What every merge may do once, or some times, however much it brings.
FEW = SESSIONS // 2
LARGE = ("events", "calls", "messages", "sessions", "edit_metrics", "iteration_metrics")


class Statements(sqlite3.Connection):
    """A connection that keeps the plan and number of each statement it executes."""

    plans: dict[str, list[str]] = {}  # noqa: RUF012 - of all connections
    times: Counter[str] = Counter()  # noqa: RUF012

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._look_at(sql, 1)
        return super().execute(sql, *values)

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        many = list(rows)
        self._look_at(sql, len(many))
        return super().executemany(sql, many)

    def _look_at(self, sql: str, times: int) -> None:
        if sql.split(None, 1)[0].upper() not in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            return
        # What differs between two of the same kind is but how many parameters there are.
        kind = re.sub(r"(\?, )+\?", "?", " ".join(sql.split()))
        self.times[kind] += times
        # A plan may be another one once there are more indexes.
        nothing = (None,) * sql.count("?") if not re.search(r"\?\d|:[a-z]", sql) else _Nothing()
        try:
            plan = super().execute(f"EXPLAIN QUERY PLAN {sql}", nothing).fetchall()
        except sqlite3.ProgrammingError:
            plan = super().execute(f"EXPLAIN QUERY PLAN {sql}", (None,)).fetchall()
        steps = [step if isinstance(step, str) else step.decode() for *_, step in plan]
        if any(step in ("SCAN events", "SCAN e") for step in steps) and self._has_no_events():
            return  # before the events of a first merge are read, there is no index and no need
        self.plans[kind] = self.plans.get(kind, []) + steps

    def _has_no_events(self) -> bool:
        (any_event,) = super().execute("SELECT EXISTS (SELECT 1 FROM main.events)").fetchone()
        return not any_event


class _Nothing(dict[str, None]):
    def __missing__(self, name: str) -> None:
        return None


def _is_scan(step: str) -> bool:
    """Whether a step of a plan reads all of a large table, or all that some condition leaves."""
    found = re.match(r"SCAN (\w+)", step)
    return found is not None and _LARGE_NAMES.fullmatch(found[1]) is not None


# Tables, and the names that the statements of the merge give them.
_LARGE_NAMES = re.compile(rf"{'|'.join(LARGE)}|[cemosr]")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> type[Statements]:
    """Lets the merge use connections that keep the plans."""
    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **{**named, "factory": Statements})

    monkeypatch.setattr(Statements, "plans", {})
    monkeypatch.setattr(Statements, "times", Counter())
    monkeypatch.setattr(sqlite3, "connect", connected)
    return Statements


def _write(database: Rows, sessions: range) -> None:
    """Sessions that load a skill, run commands again and edit, with events of every kind."""
    for number in sessions:
        session, at = f"ses_{number}", START + number * 100_000
        database.session(session, at=at, parent="ses_0" if number % 4 == 3 else None)
        database.user(session, at=at)
        database.call(session, "skill", "load", at=at + 1000, given={"name": "a"})
        child = {"sessionId": f"ses_{number + 1}"}
        database.call(session, "task", "task", at=at + 2000, metadata=child)
        for turn in range(3):
            database.call(
                *(session, "bash", f"call_{turn}"),
                at=at + 3000 + turn * 1000,
                status="error",
                error="it broke",
                given={"command": "make"},
            )
            database.call(session, "edit", f"edit_{turn}", at=at + 7000, given={"filePath": "/a"})
        named = {"session_id": session, "call_id": f"call_{number % 5}", "run_id": f"run_{number}"}
        for envelope in (
            named,
            {"call_id": f"call_{number % 5}"},
            {"session_id": session},
            {"run_id": "fix-1"},
            {},
        ):
            for kind, fields in (
                ("skill_run_started", {}),
                ("iteration", {"index": 1, "passed": False, "failed_criteria": ["x"]}),
                ("retry", {"attempt": 2}),
                ("edit_format", {"format": "hashline", "success": True, "edit_id": "e1"}),
                ("rlm_chunk", {"index": 1}),
                ("intent", {"intent": "debug"}),
                ("skill_run_finished", {"outcome": "succeeded", "duration_ms": 40}),
            ):
                telemetry.record(kind, fields, envelope=envelope, time=at + 3050)


@pytest.mark.slow
def test_no_statement_reads_a_table_for_each_row(
    project: Path, tmp_path: Path, statements: type[Statements], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a first merge, in one that brings more, and in one that reads all again: what is executed
    for each session, event, call or run finds its rows by an index.
    """
    monkeypatch.setenv("OPENCODE", "1")
    database = Rows(tmp_path / "opencode.db", project)
    _write(database, range(SESSIONS))
    with few_at_a_time(40):
        merge_project(project, database.path)
    _write(database, range(SESSIONS, 2 * SESSIONS))
    merge_project(project, database.path)
    merge.merge(
        merge.MergeRequest(
            store=project / ".opencode" / "telemetry" / "unified.db",
            root=project,
            databases=[database.close()],
            rebuild=True,
        )
    )

    often = {kind for kind, times in statements.times.items() if times > FEW}
    assert len(often) > 30
    scans = {
        kind: {step for step in statements.plans.get(kind, ()) if _is_scan(step)} for kind in often
    }
    assert {} == {kind: steps for kind, steps in scans.items() if steps}
