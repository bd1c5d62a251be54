"""One session: what it was about, how it ended, and its calls with what was recorded in them."""

from __future__ import annotations

from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.blocks import Sentence
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.reports.sections.timeline.details import detail, outcome
from tachikoma_telemetry.reports.table_view import TableView

from ..goldens import drawn
from ..reports_store import DAY, NOW, ReportsStore


@pytest.fixture
def store() -> ReportsStore:
    """Two sessions; in one a call recorded an iteration, and an event belongs to no call."""
    store = ReportsStore()
    for name in ("ses_one", "ses_two"):
        store.session(name, title=f"Title of {name}", created=NOW)
        store.message(name, created=NOW, completed=NOW + 9000)
    call = store.call("bash", "failed", reason="exit 1", session_id="ses_one", started=NOW + 1000)
    store.call("read", session_id="ses_one", started=NOW + 5000)
    store.call("edit", session_id="ses_two", started=NOW + 5000)
    verify = '{"stage": "verify", "index": 2, "max": 3, "passed": false}'
    here = {"session": "ses_one", "session_id": "ses_one", "skill": "code-agent"}
    store.event("iteration", call_key=call, time=NOW + 1500, body=verify, **here)
    store.event("retry", "none", time=NOW + 3000, body='{"attempt": 2}', **here)
    return store


def _session(store: ReportsStore, session: str | None = "ses_o") -> reports.Report:
    filters = reports.Filters(session=session)
    return reports.build(store.connection, None, filters, now_ms=NOW + 60_000, utc=True)


def test_the_report_of_a_session_is_its_timeline(store: ReportsStore) -> None:
    """Not a history of everything; an event is under its call, another between them by its time."""
    text = drawn(_session(store))

    assert "session ses_one ─" in text
    assert "Title of ses_one\nEnded with an answer.\n" in text
    assert "9.0 s, 2 calls (1 failed), 2 recorded events" in text
    names = [line[10:22].strip() for line in text.splitlines() if line[2:3] == ":"]
    assert ["bash", "└ iteration", "└ retry", "read"] == names
    assert "verify 2 of 3" in text
    assert "edit" not in text
    assert "tools ─" not in text


def test_a_timeline_of_several_days_has_their_dates(store: ReportsStore) -> None:
    """A time of the day alone would put yesterday's calls and today's beside each other."""
    report = reports.build(store.connection, "timeline", now_ms=NOW + 60_000, utc=True)
    assert "2027-01-1" not in drawn(report)

    for number in range(2):
        store.call("grep", session_id="ses_two", started=NOW + DAY + 5000 + number)

    report = reports.build(store.connection, "timeline", now_ms=NOW + 2 * DAY, utc=True)
    dates = [line[:10] for line in drawn(report).splitlines() if line.startswith("2027-01-1")]
    assert ["2027-01-15", "2027-01-16"] == dates


def test_a_run_that_goes_on_is_no_line_of_its_own(store: ReportsStore) -> None:
    """That it began, or was left open, is in the document only: its first event says as much."""
    here = {"session": "ses_one", "session_id": "ses_one", "time": NOW + 3000}
    for kind in ("skill_run_started", "skill_run_paused", "skill_run_finished"):
        store.event(kind, "none", body="{}", **here)
    report = _session(store)

    lines = [line for line in drawn(report).splitlines() if line.startswith("08:00:03")]
    assert ["└ retry", "└ run"] == [line[10:21].strip() for line in lines]
    assert "skill_run_started" in [row.name for row in report.parts["timeline"]]


def test_a_long_session_says_where_the_rest_is(store: ReportsStore) -> None:
    """`--all` without a section would be every section."""
    blocks = blocks_of(_session(store), TableView(lines=9, screen=(9, 80)))
    said = [block.text for block in blocks if isinstance(block, Sentence)]

    assert "`report timeline --session ses_one --all` has them all." in said[-1]


def test_everything_of_a_session_is_the_overview(store: ReportsStore) -> None:
    """With every section, as without the filter."""
    text = "".join(
        getattr(block, "text", "")
        for block in blocks_of(_session(store), TableView(everything=True))
    )

    assert "skills" in text
    assert "overview · session ses_one" in text


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"completed": None}, "Its last turn has no end."),
        ({"error_type": "MessageAbortedError"}, "The user stopped it (MessageAbortedError)."),
        ({"error_type": "APIError"}, "Ended in an error (APIError)."),
        ({"role": "idle", "turn_outcome": "interrupted"}, "The user stopped it."),
        ({"role": "idle", "turn_outcome": "succeeded"}, "Ended with an answer."),
    ],
)
def test_how_it_ended(store: ReportsStore, message: dict[str, Any], said: str) -> None:
    """As its last turn did."""
    store.message("ses_one", created=NOW + 20_000, **{"completed": NOW + 21_000, **message})

    assert said in drawn(_session(store))


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("iteration", {"stage": "verify", "failed_criteria": ["a", "b"]}, "verify, a b"),
        ("retry", {"attempt": 1, "max": 3, "reason": "timeout"}, "1 of 3, timeout"),
        ("edit_format", {"format": "whole", "attempt": 2, "success": True}, "whole, attempt 2"),
        ("rlm_chunk", {"index": 0, "total": 9, "size": 50_000, "unit": "chars"},
         "1 of 9, 50.0k chars"),
        ("intent", {"intent": "debug", "confidence": 0.82, "actual": "git", "escalated": True},
         "debug (82 % sure), was git, asked the user"),
        ("skill_run_finished", {"outcome": "failed", "reason": "no test"}, "no test"),
        ("skill_run_started", {}, None),
        ("label", {"event_id": "01a2", "actual": "git", "correct": False}, "wrong, was git"),
        ("label", {"event_id": "01a2", "accuracy": 0.5}, "accuracy 50 %"),
        ("made_up", {"depth": 3, "good": True, "names": ["x"]}, "depth 3, good yes, names x"),
        ("iteration", {"stage": 5, "index": "x", "max": []}, "5"),
    ],
)  # fmt: skip
def test_an_event_in_words(kind: str, fields: dict[str, Any], said: str | None) -> None:
    """Its fields as a reader wants them; those of an unknown type by their names."""
    assert said == detail(kind, fields)


def test_whether_an_event_went_well() -> None:
    """Where it says so."""
    assert "succeeded" == outcome({"passed": True})
    assert "failed" == outcome({"success": False})
    assert "escalated" == outcome({"outcome": "escalated"})
    assert outcome({"attempt": 2}) is None


def test_a_broken_body_is_no_error(store: ReportsStore) -> None:
    """Any program can write into a store."""
    for body in ("nonsense", "[]", '{"duration_ms": "x"}'):
        store.event("retry", "none", time=NOW, body=body, session="ses_one", session_id="ses_one")

    assert "5 recorded events" in drawn(_session(store))


def test_a_session_that_is_at_work(store: ReportsStore) -> None:
    """`/telemetry` asks from inside of a call that has not ended: nothing is wrong with that."""
    store.session("ses_now", created=NOW)
    store.message("ses_now", created=NOW)
    store.call("bash", "running", session_id="ses_now", started=NOW + 1000)

    assert "\nStill at work.\n" in drawn(_session(store, "ses_now"))
