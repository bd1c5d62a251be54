"""The sections `tools`, `models`, `sessions`, `calls`, and what every report begins with."""

from __future__ import annotations

from typing import Any

import pytest

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports.blocks import Sentence, Sheet
from tachikoma_telemetry.reports.document import blocks_of
from tachikoma_telemetry.reports.sections.sessions import section as usage

from ..reports_store import DAY, HOUR, NOW, ReportsStore


def report(store: ReportsStore, section: str | None = None) -> reports.Report:
    return reports.build(store.connection, section, now_ms=NOW)


def test_tools_count_what_finished() -> None:
    """Failed is failed, timed out and invalid; cancelled and running are in no rate."""
    store = ReportsStore()
    store.session(updated=NOW)
    outcomes = ("succeeded", "succeeded", "failed", "timed_out", "invalid", "cancelled")
    for place, outcome in enumerate(outcomes):
        store.call("bash", outcome, duration_ms=(place + 1) * 10)
    store.call("bash", "running", started=NOW)
    store.call("bash", copied=1, counted=0)
    store.call("bash", copied=1, counted=1, duration_ms=1)

    (row,) = report(store, "tools").parts["tools"]

    assert (8, 3, 3, 0.5) == (row.calls, row.succeeded, row.failed, row.success_rate)
    assert (1, 1, 1, 0, 1) == (
        row.timed_out, row.invalid, row.cancelled, row.abandoned, row.running,
    )  # fmt: skip
    assert (20, 50) == (row.duration_p50_ms, row.duration_p95_ms)


def test_a_renamed_tool_is_one_tool() -> None:
    """Calls before and after the change of its name count together, under the newest name that is
    there; each call keeps its own, and either name finds both.
    """
    store = ReportsStore()
    store.session(updated=NOW)
    for name, outcome in (("bash", "succeeded"), ("shell", "failed"), ("task", "succeeded")):
        store.call(name, outcome, duration_ms=10, reason="exit 1" if outcome == "failed" else None)
    store.call("read")

    tools = {row.tool: row for row in report(store, "tools").parts["tools"]}
    trend = reports.build(
        store.connection, "trend", options=[reports.Calendar("tools")], now_ms=NOW
    )

    assert {"shell", "task", "read"} == tools.keys() == {row.name for row in trend.parts["trend"]}
    assert (2, 0.5, "bash") == (
        tools["shell"].calls, tools["shell"].success_rate, tools["shell"].former_name,
    )  # fmt: skip
    assert tools["task"].former_name is None
    for asked in ("bash", "shell"):
        calls = reports.build(store.connection, "calls", reports.Filters(tool=asked), now_ms=NOW)
        assert ["bash", "shell"] == [row.tool for row in calls.parts["calls"]]
    subagents = reports.Filters(tool="subagent")
    found = reports.build(store.connection, "calls", subagents, now_ms=NOW)
    assert ["task"] == [row.tool for row in found.parts["calls"]]


@pytest.mark.parametrize(
    ("later_message", "silent_ms", "outcome"),
    [(None, 0, "running"), ("assistant", 0, "abandoned"), (None, 6 * HOUR, "abandoned"),
     (None, 6 * HOUR - 1, "running"), ("user", 0, "running"), ("user", 6 * HOUR, "abandoned")],
)  # fmt: skip
def test_an_unfinished_call_is_abandoned_once_its_session_moved_on(
    later_message: str | None, silent_ms: int, outcome: str
) -> None:
    """By a later message of the model, or after six hours in which nothing changed there.

    What a person writes meanwhile waits until the model is asked again.
    """
    store = ReportsStore()
    changed = NOW - silent_ms
    store.session(created=changed - HOUR, updated=changed - 500)
    store.message(message_id="m1", created=changed - 2000, updated=changed)
    store.call(outcome="running", started=changed - 1000, updated=changed - 900)
    if later_message:
        store.message(created=changed - 10, model="other/model", role=later_message)

    (row,) = report(store, "calls").parts["calls"]
    filtered = reports.build(
        store.connection, "calls", reports.Filters(model="glm-4.7"), now_ms=NOW
    )

    assert outcome == row.outcome
    assert outcome == filtered.parts["calls"][0].outcome


def test_models_count_messages_of_the_assistant_once() -> None:
    """A fork's copies and the user's messages do not count; unknown tokens are null."""
    store = ReportsStore()
    store.message(tokens_input=10, cost=0.5, created=NOW, completed=NOW + 700)
    store.message(tokens_input=5, error_type="APIError", session_id="s2")
    store.message(tokens_input=99, copied=1, counted=0)
    store.message(role="user", model=None)

    (row,) = report(store, "models").parts["models"]

    assert ("zai/glm-4.7", 2, 2, 1) == (row.model, row.messages, row.sessions, row.errors)
    assert (15, None, 0.5, 700) == (
        row.tokens_input, row.tokens_output, row.cost, row.duration_p50_ms,
    )  # fmt: skip


def test_sessions_stand_newest_first_with_their_own_numbers() -> None:
    """A subagent's session is a row of its own; a session without anything has unknown tokens."""
    store = ReportsStore()
    store.session("old", title="First", created=NOW - 2 * DAY, todos=3, todos_completed=1)
    store.session("child", parent_id="old", created=NOW - DAY)
    store.message("old", tokens_output=7, created=NOW - 2 * DAY, completed=NOW - DAY)
    store.call(session_id="old", outcome="failed", started=NOW - 2 * DAY, ended=NOW - HOUR)
    store.load(session_id="old")
    store.load("other", "failed", session_id="old")

    child, old = report(store, "sessions").parts["sessions"]

    assert ("child", "old", 0, None, None) == (
        child.session_id, child.parent_id, child.calls, child.tokens_output, child.ended,
    )  # fmt: skip
    assert ("old", "First", 1, 1, 1, 7) == (
        old.session_id, old.title, old.calls, old.failed, old.skills, old.tokens_output,
    )  # fmt: skip
    assert (NOW - HOUR, 3, 1) == (old.ended, old.todos, old.todos_completed)


def test_calls_name_their_skill_and_their_events() -> None:
    """A load names the skill it loads, any other call the one in whose window it ran."""
    store = ReportsStore()
    store.call("skill", skill="code-agent", active_skill="other", started=NOW)
    key = store.call("bash", active_skill="code-agent", started=NOW + 1, duration_ms=9)
    store.event(call_key=key)
    store.event("retry", call_key=key, match="inferred")
    store.event(call_key=key)
    store.event(match="orphan")

    rows = report(store, "calls").parts["calls"]

    assert [
        ("skill", "code-agent", 0, {}),
        ("bash", "code-agent", 3, {"iteration": 2, "retry": 1}),
    ] == [(row.tool, row.skill, row.events, row.recorded) for row in rows]


def test_calls_of_a_tool_or_an_outcome() -> None:
    """An abandoned call is one, and no running one; other sections are as they were."""
    store = ReportsStore()
    store.call("bash", "failed", started=NOW - 9)
    store.call("bash", started=NOW - 8)
    store.call("read", "failed", started=NOW - 7)
    store.call("bash", "running", session_id="s2", started=NOW - DAY)

    def chosen(section: str = "calls", **filters: Any) -> list[Any]:
        chosen = reports.Filters(**filters)
        return reports.build(store.connection, section, chosen, now_ms=NOW).parts[section]

    assert 3 == len(chosen(tool="bash"))
    assert [NOW - 9] == [row.started for row in chosen(tool="bash", outcome="failed")]
    assert [NOW - DAY] == [row.started for row in chosen(outcome="abandoned")]
    assert [] == chosen(outcome="running")
    assert 2 == len(chosen("tools", tool="bash", outcome="failed"))


def test_coverage_says_how_events_joined() -> None:
    """Each event is counted under its match, copies apart from calls."""
    store = ReportsStore()
    store.session()
    store.call()
    store.call(copied=1, counted=0)
    matches = ("exact", "exact", "inferred", "orphan", "ambiguous", "none")
    for match in matches:
        store.event(match=match)
    store.event("label", label_of="x", match="none")
    for source in ("a", "b"):
        store.add(
            "merge_state", source=source, kind="database", state="{}", malformed=2, merged=NOW
        )

    seen = report(store, "rlm").coverage

    assert (1, 1, 1, 7) == (seen.sessions, seen.calls, seen.copies, seen.events)
    assert (2, 1, 1, 1, 2, 4) == (
        seen.exact, seen.inferred, seen.orphan, seen.ambiguous, seen.none, seen.malformed,
    )  # fmt: skip


def test_totals_are_the_whole_in_a_few_numbers() -> None:
    """Median tokens by nearest rank over sessions, cost over the days begun."""
    store = ReportsStore()
    for place, tokens in enumerate((10, 20, 30, 40)):
        session = store.session(f"s{place}")
        store.message(
            session, tokens_input=tokens, tokens_cache_read=1, cost=1.0, created=NOW + place * DAY
        )
    store.call("bash", "failed", session_id="s0", started=NOW - 5)
    store.call("bash", session_id="elsewhere", started=NOW)
    store.event(time=NOW + 9 * DAY)

    totals = report(store).totals

    assert totals is not None
    assert (4, 5, 4, 2, 1, 1) == (
        totals.sessions, totals.active_sessions, totals.messages, totals.calls, totals.succeeded,
        totals.failed,
    )  # fmt: skip
    assert (100, None, 4, 21) == (
        totals.tokens_input, totals.tokens_output, totals.tokens_cache_read,
        totals.tokens_per_session_median,
    )  # fmt: skip
    assert (4.0, 4.0 / 3) == (totals.cost, totals.cost_per_day)
    assert (NOW - 5, NOW + 9 * DAY) == (totals.first_activity, totals.last_activity)


def test_an_empty_store_gives_an_empty_report() -> None:
    """Nothing is an answer, not an error: no rows, counts of 0, the rest unknown."""
    empty = report(ReportsStore())

    assert empty.empty
    assert not any(empty.parts.values())
    assert empty.totals is not None
    assert (0, None, None) == (
        empty.totals.calls, empty.totals.success_rate, empty.totals.cost_per_day,
    )  # fmt: skip


def test_a_table_of_sessions_shows_the_newest() -> None:
    """Of many, the newest and how many there are; the report itself has them all."""
    store = ReportsStore()
    for number in range(usage.SESSIONS_SHOWN + 1):
        store.session(f"s{number}", created=NOW - DAY + number, updated=NOW)
    found = report(store, "sessions")

    _, sentence, sheet = blocks_of(found)

    assert isinstance(sentence, Sentence)
    assert isinstance(sheet, Sheet)
    assert sentence.text.startswith("The first 1,000 of 1,001 sessions;")
    assert (1000, 1001) == (len(sheet.rows), len(found.parts["sessions"]))
    assert f"s{usage.SESSIONS_SHOWN}" == found.parts["sessions"][0].session_id


def test_sessions_say_what_began_them() -> None:
    """Where a command began one, by a nested `opencode run`; else there is no such column."""
    store = ReportsStore()
    store.session("outer", created=NOW)
    store.session("agent", parent_id="outer", created=NOW - 1)
    without = blocks_of(report(store, "sessions"))[-1]
    store.session("inner", parent_id="outer", parent_call_id="call_7", created=NOW - 2)
    found = report(store, "sessions")

    *_, sheet = blocks_of(found)

    assert isinstance(without, Sheet)
    assert isinstance(sheet, Sheet)
    assert "begun by" not in [column.title for column in without.columns]
    at = [column.title for column in sheet.columns].index("begun by")
    assert ["–", "a session", "a command"] == [row[at].text for row in sheet.rows]
    assert [None, None, "call_7"] == [row.parent_call for row in found.parts["sessions"]]
