"""A real Tachikoma work day, merged: the numbers are those that were counted by hand."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tachikoma_telemetry.merge.merge import MergeRequest, Summary, merge
from tachikoma_telemetry.project import journal_path
from tachikoma_telemetry.reports import Filters, build
from tachikoma_telemetry.reports.forms.as_json import to_json

from ..tachikoma_day import build_rows, record_events, work_day
from ..validators import validator

EXPECTED = work_day()["expected"]


@pytest.fixture
def summary(project: Path, tmp_path: Path) -> Summary:
    """The day, recorded and merged."""
    record_events()
    database = build_rows(tmp_path / "opencode.db", project)
    return merge(
        MergeRequest(
            tmp_path / "unified.db", project, [journal_path(project)], databases=[database]
        )
    )


@pytest.fixture
def store(summary: Summary, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The unified store of the day."""
    connection = sqlite3.connect(tmp_path / "unified.db", isolation_level=None)
    yield connection
    connection.close()


def _report(store: sqlite3.Connection, section: str, **filters: Any) -> dict[str, Any]:
    import orjson

    report = build(store, section, Filters(**filters), now_ms=1_771_500_000_000)
    document: dict[str, Any] = orjson.loads(to_json(report))
    validator("report").validate(document)
    return document


def test_every_event_joins_its_call(summary: Summary) -> None:
    """All events of the day name their call, and all of them find it."""
    runs = 2 * (EXPECTED["gvr"]["runs"] + EXPECTED["events_by_kind"]["rlm_run"])
    recorded = EXPECTED["events"] - EXPECTED["events_by_kind"]["rlm_run"] + runs

    assert recorded == summary.events
    assert recorded == summary.matches["exact"]
    assert EXPECTED["parts"] == summary.calls


@pytest.mark.slow
def test_the_edit_matrix_is_that_of_the_day(store: sqlite3.Connection) -> None:
    """Attempts and successes of each format with each model are those of the day."""
    rows = _report(store, "edits", source="event")["edits"]
    matrix = {f"{r['model']}|{r['format']}": [r["attempts"], r["successes"]] for r in rows}

    assert EXPECTED["edit_matrix_attempts_successes"] == matrix


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "attempts", "edits", "succeeded", "first_try"),
    [("event", 17, 11, 10, 6), ("all", 23, 17, 16, 12), ("call", 6, 6, 6, 6)],
)
def test_an_edit_of_two_sources_counts_once(
    store: sqlite3.Connection,
    source: str,
    attempts: int,
    edits: int,
    succeeded: int,
    first_try: int,
) -> None:
    """An edit that an event and a call tell of counts once, in each view of the sources."""
    rows = _report(store, "edits", source=source)["edits"]

    assert attempts == sum(row["attempts"] for row in rows)
    assert edits == sum(row["edits"] for row in rows)
    assert succeeded == sum(row["edits_succeeded"] for row in rows)
    assert first_try == round(sum(row["edits"] * (row["first_try_rate"] or 0) for row in rows))


@pytest.mark.slow
def test_the_loops_have_their_iterations_and_escalations(store: sqlite3.Connection) -> None:
    """Four loops, three of them over several calls, with their iterations and escalations."""
    rows = _report(store, "iterations")["iterations"]
    loops = next(row for row in rows if row["stage"] == "verify")
    expected = EXPECTED["gvr"]

    assert (expected["runs"], expected["iterations"]) == (loops["runs"], loops["iterations"])
    assert expected["PASS"] == loops["passed"]
    assert expected["max_iterations_reached"] == loops["max_reached"]
    assert expected["failed_criteria"] == loops["failed_criteria"]
    assert expected["ESCALATE"] == sum(r["escalations"] for r in rows if r["stage"] is None)
    assert len(EXPECTED["retry"]) == sum(r["retries"] for r in rows if r["stage"] is None)


@pytest.mark.slow
def test_the_recursive_run_has_its_chunks_tokens_and_time(store: sqlite3.Connection) -> None:
    """The run's chunks, tokens and time, over two calls and two parallel waves."""
    (row,) = _report(store, "rlm")["rlm"]
    expected = EXPECTED["rlm"]

    assert (1, expected["chunks"], expected["ok"]) == (
        row["runs"],
        row["chunks"],
        row["succeeded"],
    )
    assert expected["tokens"] == row["tokens"]
    assert sorted(expected["chunk_sizes"])[4] == row["chunk_size_p50"]
    assert expected["sum_ms"] == pytest.approx(row["speedup"] * row["wall_ms"])
    assert 30_000 <= row["wall_ms"] < expected["sum_ms"]
    assert row["accuracy_mean"] is None


@pytest.mark.slow
def test_the_intents_are_those_of_the_day(store: sqlite3.Connection) -> None:
    """Labelled, right and confused intents are those of the day."""
    document = _report(store, "intents")
    rows = document["intents"]
    expected = EXPECTED["intent"]
    confusions = {
        f"{row['actual']}->{row['predicted']}": row["count"]
        for row in document["confusion"]
        if row["actual"] != row["predicted"]
    }

    assert expected["events"] == sum(row["classified"] for row in rows)
    assert expected["labelled"] == sum(row["labelled"] for row in rows)
    assert expected["correct"] == sum(row["correct"] for row in rows)
    assert expected["escalated"] == sum(row["escalated"] or 0 for row in rows)
    assert expected["confusion"] == confusions


@pytest.mark.slow
def test_skill_loads(store: sqlite3.Connection) -> None:
    """Loads that succeeded and that failed, by skill; an aborted load failed."""
    rows = _report(store, "skills")["skills"]
    counted = {
        row["skill"]: {
            name: number
            for name, number in (("completed", row["loads"]), ("error", row["failed_loads"]))
            if number
        }
        for row in rows
    }

    # A router that was never loaded: commands ran its file.
    assert {} == counted.pop("cli-router")
    assert EXPECTED["skill_loads"] == counted


def test_a_command_with_another_exit_code_failed(store: sqlite3.Connection) -> None:
    """A command that exits with another code than 0 failed, though its call completed."""
    outcomes = Counter(
        store.execute("SELECT tool, outcome FROM calls WHERE tool = 'bash'").fetchall()
    )

    assert EXPECTED["bash_exit_nonzero_but_completed"] == outcomes["bash", "failed"]
    assert 1 == outcomes["bash", "running"]
