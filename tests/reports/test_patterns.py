"""The section `patterns`: what precedes a failure, what follows what, which errors recur."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tachikoma_telemetry import reports

from ..reports_store import DAY, NOW, ReportsStore


def patterns(store: ReportsStore, **filters: Any) -> dict[str, list[Any]]:
    chosen = reports.Filters(**filters)
    return reports.build(store.connection, "patterns", chosen, now_ms=NOW).parts


def session(store: ReportsStore, number: int, *calls: tuple[str, str]) -> None:
    for at, (tool, outcome) in enumerate(calls):
        store.call(tool, outcome, session_id=f"s{number}", started=NOW - DAY + number * 100 + at)


def test_what_fails_more_often_after_something_is_told() -> None:
    """An edit fails after a failed edit, and hardly after a read."""
    store = ReportsStore()
    for number in range(100):
        session(store, number, ("read", "succeeded"), ("edit", "succeeded"))
    for number in range(100, 130):
        second = "timed_out" if number % 5 else "succeeded"
        session(store, number, ("edit", "failed"), ("edit", second))

    rows = patterns(store)["patterns"]

    (again,) = [row for row in rows if row.before == "edit!" and row.before_last is None]
    assert ("edit", 30, 24, 0.8, 24) == (
        again.tool, again.calls, again.failed, again.failure_rate, again.sessions,
    )  # fmt: skip
    assert again.usual_rate == (30 + 24) / 160
    # The first call of these sessions failed too, and that began a session.
    assert ("(start)", 30) == (rows[0].before, rows[0].failed)
    assert not [row for row in rows if row.before == "read"]


def test_three_calls_are_told_only_when_they_say_more_than_two() -> None:
    """What edit! → edit says already, grep → edit! → edit need not repeat."""
    store = ReportsStore()
    for number in range(60):
        session(store, number, ("grep", "succeeded"), ("edit", "failed"), ("edit", "failed"))
        session(store, number + 100, *[("edit", "succeeded")] * 5)

    rows = patterns(store)["patterns"]

    assert [(None, "edit!"), (None, "grep")] == sorted(
        (row.before_last, row.before) for row in rows
    )


@pytest.mark.slow
def test_chance_is_no_pattern() -> None:
    """Of calls that fail at random, a sequence is shown in at most 1 of 20 histories; seeded."""
    dice = random.Random(11)
    tools = {"bash": 0.15, "read": 0.03, "edit": 0.2, "grep": 0.02, "write": 0.1, "task": 0.05}
    shown = 0
    for _ in range(20):
        store = ReportsStore()
        store.connection.execute("BEGIN")
        for number in range(60):
            calls = [
                (tool, "failed" if dice.random() < tools[tool] else "succeeded")
                for tool in dice.choices([*tools], (6, 5, 3, 3, 1, 1), k=20)
            ]
            session(store, number, *calls)
        shown += bool(patterns(store)["patterns"])

    assert shown <= 1


def test_which_skill_is_loaded_after_which() -> None:
    """Within a session, in the order of the loads."""
    store = ReportsStore()
    for session_id, names in (("a", ("plan", "code", "verify")), ("b", ("plan", "verify"))):
        for at, name in enumerate(names):
            store.load(name, session_id=session_id, started=NOW - DAY + at)
    store.load("plan", "failed", session_id="b", started=NOW)

    rows = patterns(store)["skill_order"]

    assert [
        ("plan", "code", 1, 0.5),
        ("plan", "verify", 1, 0.5),
        ("verify", None, 2, 1.0),
        ("code", "verify", 1, 1.0),
    ] == [(row.skill, row.next, row.times, row.followed) for row in rows]


def test_recurring_errors_of_every_source() -> None:
    """Calls by their reason, events by their error type, messages by their error's name."""
    store = ReportsStore()
    for number in range(3):
        store.call("bash", "failed", reason="exit 3", session_id=f"s{number}", started=NOW - number)
    store.call("bash", "failed", reason="exit 3", counted=0)
    store.call("bash", "succeeded", reason="exit 3")
    store.run(outcome="failed", error_type="ValueError")
    store.run(outcome="escalated", reason="max_iterations")
    store.edit(("hashline", 0), error_type="HashMismatch")
    store.chunk(success=0, error_type="Timeout")
    store.retry(source="event", reason="timeout")
    store.message(error_type="APIError")
    for stopped in ("MessageAbortedError", "aborted"):  # no error, but what the user wanted
        store.message(error_type=stopped)

    rows = patterns(store)["errors_seen"]

    assert ("call", "bash", "exit 3", 3, 3, NOW - 2, NOW) == (
        rows[0].source, rows[0].name, rows[0].error, rows[0].times, rows[0].sessions,
        rows[0].first_seen, rows[0].last_seen,
    )  # fmt: skip
    assert {
        ("run", "code-agent", "ValueError"),
        ("run", "code-agent", "max_iterations"),
        ("edit", "hashline", "HashMismatch"),
        ("chunk", "parallel", "Timeout"),
        ("retry", "code-agent", "timeout"),
        ("message", "zai/glm-4.7", "APIError"),
    } == {(row.source, row.name, row.error) for row in rows[1:]}
