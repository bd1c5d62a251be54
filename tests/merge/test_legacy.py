"""The predecessor's metrics.json becomes history without sessions."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tachikoma_telemetry import telemetry
from tachikoma_telemetry.project import journal_path, store_path
from tachikoma_telemetry.store.records import unified_records
from tachikoma_telemetry.store.store import read_store

from ..command_line import run
from ..merging import merge_project, rows
from ..validators import validator

TOTALS = {
    "skills": {"code-agent": {"invocations": 3, "success_count": 2, "total_tokens": 900}},
    "edits": {
        "glm-4.7": {
            "format_usage": {"hashline": 3},
            "format_success": {"hashline": {"attempts": 4, "successes": 2}},
        }
    },
    "rlm": {"total_chunks": 10, "parallel_runs": 1},
    "intents": {"debug": {"count": 4, "correct_count": 2, "total_confidence": 3.0}},
    "created_at": "2026-01-05T10:00:00",
    "last_updated": "2026-02-05T10:00:00",
}

_QUERY = "SELECT kind, name, format, uses, attempts, succeeded FROM legacy_metrics ORDER BY kind"
_ROWS = [
    ("edit", "glm-4.7", "hashline", 3, 4, 2),
    ("intent", "debug", "", 4, None, 2),
    ("rlm", "", "", 1, 10, None),
    ("skill", "code-agent", "", 3, None, 2),
]


def _leave_totals(project: Path) -> None:
    journal_path(project).parent.mkdir()
    journal_path(project).write_text(json.dumps(TOTALS, indent=2))


def test_totals_are_taken_in(project: Path) -> None:
    """A project that used the predecessor finds its totals, before anything new is recorded."""
    _leave_totals(project)

    summary = merge_project(project)

    assert 0 == summary.events
    assert _ROWS == rows(project, _QUERY)


def test_totals_as_json_have_their_own_types(project: Path) -> None:
    """Escalations are a number and the last date is a text, though columns of other tables with
    these names are flags.
    """
    _leave_totals(project)
    merge_project(project)

    with closing(read_store(store_path(project))) as store:
        document = orjson.loads(b"".join(unified_records(store)))

    validator("unified").validate(document)
    assert {TOTALS["last_updated"]} == {row["last"] for row in document["legacy_metrics"]}
    assert [0] == [row["escalated"] for row in document["legacy_metrics"] if row["name"] == "debug"]


def test_totals_are_taken_in_once(project: Path) -> None:
    """When the first event has set the file aside, the totals are still there once."""
    _leave_totals(project)
    merge_project(project)
    telemetry.retry("timeout", attempt=1)

    summary = merge_project(project)

    assert 1 == summary.events
    assert _ROWS == rows(project, _QUERY)


@pytest.mark.slow
def test_totals_are_reported(project: Path) -> None:
    """They stand in a section of their own, in the overview too, and in no other number."""
    _leave_totals(project)
    merge_project(project)

    document = orjson.loads(run("report", "--no-merge", "--format", "json").stdout)
    shown = run("report", "--no-merge").stdout
    filtered = orjson.loads(
        run("report", "legacy", "--no-merge", "--since", "7d", "--format", "json").stdout
    )

    assert ["edit", "intent", "rlm", "skill"] == [row["kind"] for row in document["legacy"]]
    assert [] == document["skills"] == document["edits"] == filtered["legacy"]
    assert "Totals of the predecessor from 2026-01-05 to 2026-02-05" in shown
